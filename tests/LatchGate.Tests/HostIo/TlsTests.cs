using System.Security.Cryptography.X509Certificates;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>Pinning an address changes nothing in what TLS checks: the name of the URL.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task A_certificate_for_the_host_of_a_trusted_root_is_accepted()
    {
        using var certificate = TestCertificates.SelfSigned("api.test");
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
        using var certificate = TestCertificates.SelfSigned("other.test");
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
        using var certificate = TestCertificates.SelfSigned("api.test");
        using var known = TestCertificates.SelfSigned("known.test");
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: known);

        var (_, body, calls) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
        Assert.Equal(EgressReason.TlsFailed, calls.FirstRefusal?.Reason);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(-2, -1)]
    [InlineData(1, 2)]
    public async Task A_certificate_that_is_not_valid_now_is_refused(int from, int to)
    {
        using var certificate = TestCertificates.SelfSigned("api.test", from, to);
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: certificate);

        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_certificate_for_an_address_is_accepted_where_the_url_has_that_address()
    {
        using var certificate = TestCertificates.SelfSigned("127.0.0.1");
        await using var server = new LoopbackServer(Hello, certificate);
        using var rig = new Rig(root: certificate);

        var (byAddress, _, _) = await rig.GetAsync($"https://127.0.0.1:{server.Port}/");
        var (byName, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.True(byAddress);
        Assert.False(byName);
        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_upstream_that_speaks_no_TLS_is_refused()
    {
        await using var server = new RawServer(async (socket, stop) =>
        {
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var rig = new Rig();

        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("tls_failed", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_handshake_that_stalls_hits_the_connect_time_out()
    {
        await using var server = new RawServer((_, stop) => Task.Delay(Timeout.Infinite, stop));
        using var rig = new Rig { Limits = EgressLimits.Default with { ConnectMs = 200 } };

        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("connect_timeout", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_rules_CA_file_is_trusted_beside_the_other_roots_and_read_again_when_it_changes()
    {
        using var directory = new Config.TempDirectory();
        using var common = TestCertificates.SelfSigned("api.test");
        using var own = TestCertificates.SelfSigned("api.test");
        using var next = TestCertificates.SelfSigned("api.test");
        await using var commonServer = new LoopbackServer(Hello, common);
        await using var ownServer = new LoopbackServer(Hello, own);
        await using var nextServer = new LoopbackServer(Hello, next);
        var file = directory["ca.pem"];
        File.WriteAllText(file, "# our own\n" + own.ExportCertificatePem());
        using var rig = new Rig(root: common) { CaFile = file };

        Assert.Equal("ok", await AskAsync(commonServer));
        Assert.Equal("ok", await AskAsync(ownServer));
        Assert.Equal("tls_failed", await AskAsync(nextServer));

        File.WriteAllText(file, next.ExportCertificatePem());
        Assert.Equal("ok", await AskAsync(nextServer));
        Assert.Equal("tls_failed", await AskAsync(ownServer));
        Assert.Equal("ok", await AskAsync(commonServer));

        // Without the file only the others are left.
        rig.CaFile = null;
        Assert.Equal("tls_failed", await AskAsync(nextServer));

        async Task<string?> AskAsync(LoopbackServer server)
        {
            var (ok, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");
            return ok ? "ok" : body.GetProperty("code").GetString();
        }
    }

    // As files are mounted into containers: the named link never changes, the one that it leads through does.
    [Fact]
    public async Task A_CA_file_behind_links_is_followed_when_one_of_them_is_moved()
    {
        using var directory = new Config.TempDirectory();
        using var own = TestCertificates.SelfSigned("api.test");
        using var other = TestCertificates.SelfSigned("api.test");
        await using var server = new LoopbackServer(Hello, own);
        foreach (var (name, certificate) in new[] { ("old", other), ("new", own) })
        {
            Directory.CreateDirectory(directory[name]);
            File.WriteAllText(Path.Combine(directory[name], "ca.pem"), certificate.ExportCertificatePem());
        }

        Directory.CreateSymbolicLink(directory["data"], directory["old"]);
        File.CreateSymbolicLink(directory["ca.pem"], Path.Combine(directory["data"], "ca.pem"));
        using var rig = new Rig(root: other) { CaFile = directory["ca.pem"] };
        var (before, _, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        File.Delete(directory["data"]);
        Directory.CreateSymbolicLink(directory["data"], directory["new"]);
        var (after, _, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.False(before);
        Assert.True(after);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no certificate at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task A_CA_file_that_cannot_be_used_closes_its_rule(string? content)
    {
        using var directory = new Config.TempDirectory();
        using var certificate = TestCertificates.SelfSigned("api.test");
        await using var server = new LoopbackServer(Hello, certificate);
        if (content is not null)
        {
            File.WriteAllText(directory["ca.pem"], content);
        }

        using var rig = new Rig(root: certificate) { CaFile = directory["ca.pem"] };
        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("ca_unusable", body.GetProperty("code").GetString());
        Assert.DoesNotContain(directory.Path, body.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
    }

    private static Task Hello(SeenRequest request, Stream stream, CancellationToken stop) =>
        stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(LoopbackServer.Ok("hello")), stop).AsTask();
}
