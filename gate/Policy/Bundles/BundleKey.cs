using System.Security.Cryptography;
using System.Text;
using LatchGate.Pipeline;

namespace LatchGate.Policy.Bundles;

/// <summary>The public key whose signature a bundle must bear: RSA of 2048 bits or more, or ECDSA over P-256, P-384 or P-521.</summary>
/// <remarks>
/// The key settles the algorithms (RFC 7518 §3.1): RS256, RS384, RS512, PS256, PS384 and PS512 for RSA; ES256, ES384 or ES512, by
/// its curve, for ECDSA. A shared secret (HS256 …) is none of them: whoever could check it could sign.
/// </remarks>
internal sealed class BundleKey : IDisposable
{
    private const int FewestRsaBits = 2048;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;

    private BundleKey(RSA? rsa, ECDsa? ecdsa) => (_rsa, _ecdsa) = (rsa, ecdsa);

    /// <summary>Reads a key.</summary>
    /// <param name="pem">PEM with the label PUBLIC KEY (RFC 7468 §13).</param>
    /// <exception cref="StartupException">It is not such a key.</exception>
    internal static BundleKey Parse(ReadOnlySpan<byte> pem)
    {
        var text = Encoding.UTF8.GetString(pem);
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] != "PUBLIC KEY")
        {
            throw Bad("is no PEM file with a PUBLIC KEY.");
        }

        var der = Convert.FromBase64String(text[fields.Base64Data]);
        return OfEcdsa(der) ?? OfRsa(der) ?? throw Bad("is neither an RSA nor an ECDSA key.");
    }

    /// <summary>Whether the signature over the JWS signing input is this key's.</summary>
    /// <param name="algorithm">The JWS algorithm that the token names.</param>
    /// <param name="message">The signing input.</param>
    /// <param name="signature">Its signature.</param>
    internal bool Verify(string algorithm, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (algorithm.Length != 5 || HashOf(algorithm[2..]) is not { Name: not null } hash)
        {
            return false;
        }

        return (algorithm[..2], _rsa, _ecdsa) switch
        {
            ("RS", { } rsa, _) => rsa.VerifyData(message, signature, hash, RSASignaturePadding.Pkcs1),
            ("PS", { } rsa, _) => rsa.VerifyData(message, signature, hash, RSASignaturePadding.Pss),
            ("ES", _, { } ecdsa) => Curve(ecdsa) == algorithm && ecdsa.VerifyData(message, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => false,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    private static HashAlgorithmName HashOf(string bits) => bits switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        "512" => HashAlgorithmName.SHA512,
        _ => default,
    };

    // The curve belongs to the algorithm (RFC 7518 §3.4).
    private static string Curve(ECDsa key) => key.KeySize switch
    {
        256 => "ES256",
        384 => "ES384",
        521 => "ES512",
        _ => "",
    };

    private static BundleKey? OfEcdsa(byte[] der)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(der, out _);
        }
        catch (CryptographicException)
        {
            // Of another kind, or broken: the caller tries the other kind.
            key.Dispose();
            return null;
        }

        var name = key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value;
        if (name is "1.2.840.10045.3.1.7" or "1.3.132.0.34" or "1.3.132.0.35")
        {
            return new BundleKey(null, key);
        }

        key.Dispose();
        throw Bad("is an ECDSA key over another curve than P-256, P-384 and P-521.");
    }

    private static BundleKey? OfRsa(byte[] der)
    {
        var key = RSA.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(der, out _);
        }
        catch (CryptographicException)
        {
            // No key of any kind that is known here; the caller says so.
            key.Dispose();
            return null;
        }

        if (key.KeySize >= FewestRsaBits)
        {
            return new BundleKey(key, null);
        }

        key.Dispose();
        throw Bad($"is an RSA key of fewer than {FewestRsaBits} bits.");
    }

    private static StartupException Bad(string what) =>
        PolicyLoading.Bad($"The key of the policy bundle {what}", "Set policy_bundle_key to the public half of the key that the bundle is signed with, as PEM.");
}
