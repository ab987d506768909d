using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A key of a JSON Web Signature, bound to its own kind: what one kind verifies no other kind can.</summary>
internal sealed class JwtKey : IDisposable
{
    /// <summary>Larger moduli cost more than a decision may take.</summary>
    internal const int MaxRsaBits = 8192;

    private const int MinRsaBits = 1024;

    /// <summary>The <c>alg</c> of a JWK, or empty.</summary>
    internal string Algorithm { get; init; } = "";

    /// <summary>The <c>kid</c> of a JWK, or empty.</summary>
    internal string KeyId { get; init; } = "";

    internal RSA? Rsa { get; private init; }

    internal ECDsa? Ecdsa { get; private init; }

    /// <summary>An Ed25519 public key.</summary>
    internal byte[]? EdPublic { get; private init; }

    /// <summary>An Ed25519 seed.</summary>
    internal byte[]? EdSeed { get; private init; }

    /// <summary>The secret of an HMAC.</summary>
    internal byte[]? Secret { get; private init; }

    /// <summary>Steps that one signature or verification is charged; a signature of RSA costs some hundred times a verification.</summary>
    internal long Cost => Rsa is { } rsa ? 2_000 + (long)rsa.KeySize * rsa.KeySize / 4096 : Ecdsa is not null ? 10_000 : 2_000;

    internal static JwtKey OfSecret(string secret) => new() { Secret = Encoding.UTF8.GetBytes(secret) };

    internal static JwtKey OfSecret(byte[] secret, string algorithm, string keyId) => new() { Secret = secret, Algorithm = algorithm, KeyId = keyId };

    internal static JwtKey? OfEd25519(byte[] publicKey, byte[]? seed, string algorithm, string keyId) =>
        publicKey.Length == Ed25519.PublicKeySize && seed is null or { Length: Ed25519.SeedSize }
            ? new JwtKey { EdPublic = publicKey, EdSeed = seed, Algorithm = algorithm, KeyId = keyId }
            : null;

    /// <summary>A public RSA key, with its private part where that is given; null where the numbers make no key.</summary>
    internal static JwtKey? OfRsa(RSAParameters parameters, string algorithm, string keyId)
    {
        var bits = parameters.Modulus!.Length * 8;
        if (bits is < MinRsaBits or > MaxRsaBits || parameters.Exponent!.Length is 0 or > 4)
        {
            return null;
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportParameters(parameters);
            return new JwtKey { Rsa = rsa, Algorithm = algorithm, KeyId = keyId };
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }

    /// <summary>A point on a NIST curve of RFC 7518 §6.2.1.1; null where it is not on it.</summary>
    internal static JwtKey? OfPoint(string curve, ECPoint point, string algorithm, string keyId)
    {
        var (named, size) = curve switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            _ => (default, 0),
        };
        if (size == 0 || point.X?.Length != size || point.Y?.Length != size)
        {
            return null;
        }

        try
        {
            return new JwtKey { Ecdsa = ECDsa.Create(new ECParameters { Curve = named, Q = point }), Algorithm = algorithm, KeyId = keyId };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rsa?.Dispose();
        Ecdsa?.Dispose();
        CryptographicOperations.ZeroMemory(EdSeed);
        CryptographicOperations.ZeroMemory(Secret);
    }
}
