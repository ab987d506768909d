using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Crypto;

/// <summary>A P-256 private key that makes ES256 signatures: the lease issuer's, an agent's or an operator's. Safe for concurrent use.</summary>
/// <remarks>The scalar lives in OpenSSL's memory; copies that pass through this class are wiped.</remarks>
public sealed class P256SigningKey : IDisposable
{
    private readonly ECDsa _ecdsa;
    private readonly Lock _signing = new();

    private P256SigningKey(ECDsa ecdsa, P256PublicKey publicKey)
    {
        _ecdsa = ecdsa;
        PublicKey = publicKey;
    }

    /// <summary>The public half.</summary>
    public P256PublicKey PublicKey { get; }

    /// <summary>Makes a fresh key.</summary>
    public static P256SigningKey Generate() =>
        TryWrap(ECDsa.Create(ECCurve.NamedCurves.nistP256), out var key)
            ? key
            : throw new CryptographicException("A fresh P-256 key did not satisfy the curve equation.");

    /// <summary>
    /// Reads a PKCS#8 <c>PRIVATE KEY</c> or SEC 1 <c>EC PRIVATE KEY</c> PEM; false when it is neither, or on another curve.
    /// </summary>
    public static bool TryImportPem(ReadOnlySpan<char> pem, [NotNullWhen(true)] out P256SigningKey? key)
    {
        key = null;
        var ecdsa = ECDsa.Create();
        try
        {
            // ImportFromPem also takes public keys; TryWrap refuses a key that cannot sign.
            ecdsa.ImportFromPem(pem);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            ecdsa.Dispose();
            return false;
        }

        return TryWrap(ecdsa, out key);
    }

    /// <summary>Writes the PKCS#8 PEM as ASCII bytes, which the caller wipes.</summary>
    public byte[] ExportPem()
    {
        var der = _ecdsa.ExportPkcs8PrivateKey();
        var characters = new char[PemEncoding.GetEncodedSize("PRIVATE KEY".Length, der.Length)];
        try
        {
            if (!PemEncoding.TryWrite("PRIVATE KEY", der, characters, out var written))
            {
                throw new CryptographicException("The key does not fit its PEM form.");
            }

            var pem = new byte[written + 1];
            Encoding.ASCII.GetBytes(characters.AsSpan(0, written), pem);
            pem[written] = (byte)'\n';
            return pem;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            Array.Clear(characters);
        }
    }

    /// <summary>Signs <paramref name="message"/> into the first 64 bytes of <paramref name="signature"/> as r‖s.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signature.Length, P256PublicKey.SignatureSize);
        lock (_signing)
        {
            if (!_ecdsa.TrySignData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out var written)
                || written != P256PublicKey.SignatureSize)
            {
                throw new CryptographicException("No ES256 signature was made.");
            }
        }
    }

    /// <summary>The DER SubjectPublicKeyInfo (RFC 5480).</summary>
    public byte[] ExportSubjectPublicKeyInfo() => _ecdsa.ExportSubjectPublicKeyInfo();

    /// <inheritdoc/>
    public void Dispose() => _ecdsa.Dispose();

    private static bool TryWrap(ECDsa ecdsa, [NotNullWhen(true)] out P256SigningKey? key)
    {
        key = null;
        ECParameters parameters = default;
        try
        {
            parameters = ecdsa.ExportParameters(includePrivateParameters: true);
            if (parameters.Curve.Oid is { Value: "1.2.840.10045.3.1.7" } or { FriendlyName: "nistP256" or "ECDSA_P256" }
                && P256PublicKey.TryCreate(parameters.Q.X, parameters.Q.Y, out var publicKey))
            {
                key = new P256SigningKey(ecdsa, publicKey);
            }
        }
        catch (CryptographicException)
        {
            // A PEM that held only a public key has no private parameters to export: not a signing key.
            key = null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }

        if (key is null)
        {
            ecdsa.Dispose();
        }

        return key is not null;
    }
}
