using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LatchGate.Tests.Catalogue;

/// <summary>A certificate authority of the test, and a certificate of each host that it is asked for.</summary>
internal sealed class VendorCertificates : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, SslStreamCertificateContext> _leaves = new(StringComparer.Ordinal);

    internal VendorCertificates()
    {
        var request = new CertificateRequest("CN=Vendors", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    internal X509Certificate2 Root { get; }

    public void Dispose()
    {
        Root.Dispose();
        foreach (var leaf in _leaves.Values)
        {
            leaf.TargetCertificate.Dispose();
        }

        _rootKey.Dispose();
        _leafKey.Dispose();
    }

    /// <summary>The certificate of exactly this host.</summary>
    internal SslStreamCertificateContext Of(string host) => _leaves.GetOrAdd(host, name =>
    {
        var request = new CertificateRequest("CN=vendor", _leafKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var now = DateTimeOffset.UtcNow;
        using var issued = request.Create(Root, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return SslStreamCertificateContext.Create(issued.CopyWithPrivateKey(_leafKey), null, offline: true);
    });
}
