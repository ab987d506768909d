using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LatchGate.Tests.HostIo;

/// <summary>Certificates of test servers.</summary>
internal static class TestCertificates
{
    /// <summary>A server's own root: trusted where it is given as one.</summary>
    internal static X509Certificate2 SelfSigned(string host, int validFrom = -1, int validTo = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // Roots are told apart by their names.
        var request = new CertificateRequest($"CN=Root {Guid.NewGuid():N}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(validFrom), DateTimeOffset.UtcNow.AddDays(validTo));
    }
}
