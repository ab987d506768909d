using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>Pinning an address changes nothing in what TLS checks: the name of the URL.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task A_certificate_for_the_host_of_a_trusted_root_is_accepted()
    {
        using var certificate = SelfSigned("api.test");
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: certificate);

        var (ok, body, calls) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.True(ok);
        Assert.Equal("hello", body.GetProperty("body_text").GetString());
        Assert.Equal($"https://api.test:{server.Port}", Assert.Single(calls.Evidence).Origin);
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused()
    {
        using var certificate = SelfSigned("other.test");
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: certificate);

        var (ok, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_root_is_refused()
    {
        using var certificate = SelfSigned("api.test");
        using var known = SelfSigned("known.test");
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: known);

        var (_, body, calls) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
        Assert.Equal(EgressReason.TlsFailed, calls.FirstRefusal?.Reason);
        Assert.Empty(server.Requests);
    }

    private static Task Hello(SeenRequest request, Stream stream, CancellationToken stop) =>
        stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(LoopbackServer.Ok("hello")), stop).AsTask();

    private static X509Certificate2 SelfSigned(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
