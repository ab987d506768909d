using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Reads the keys that a policy gives as text: one PEM block (RFC 7468) with a certificate or a SubjectPublicKeyInfo,
/// or a JWK or a JWK set (RFC 7517 §4, §5; RFC 7518 §6; RFC 8037 §2).
/// </summary>
internal static class JwtKeys
{
    private const int MaxKeys = 256;

    /// <summary>The keys, or null where the text is neither.</summary>
    internal static List<JwtKey>? Parse(string text, Evaluation evaluation)
    {
        if (Pem.Find(text, out var block, out var rest))
        {
            var key = rest.IsEmpty ? Public(block) : null;
            return key is null ? null : [key];
        }

        return Encodings.Unmarshal(text, evaluation) is RegoObject json ? Parse(json) : null;
    }

    /// <summary>The keys of a JWK or a set; a set with one that cannot be read is refused whole.</summary>
    internal static List<JwtKey>? Parse(RegoObject json)
    {
        if (json.Get("keys") is not { } set)
        {
            return TryParse(json, out var single) ? [single] : null;
        }

        if (set is not RegoArray { Count: <= MaxKeys } members)
        {
            return null;
        }

        var keys = new List<JwtKey>();
        foreach (var member in members.Items)
        {
            if (member is not RegoObject one || !TryParse(one, out var key))
            {
                Release(keys);
                return null;
            }

            // A key for an algorithm that is unknown here serves none.
            if (key.Algorithm.Length == 0 || Jws.IsKnown(key.Algorithm))
            {
                keys.Add(key);
            }
            else
            {
                key.Dispose();
            }
        }

        return keys;
    }

    internal static void Release(List<JwtKey>? keys)
    {
        foreach (var key in keys ?? [])
        {
            key.Dispose();
        }
    }

    private static JwtKey? Public(PemBlock block)
    {
        var info = block.Label switch
        {
            "CERTIFICATE" => X509Certificates.PublicKeyInfoOf(block.Bytes),
            "PUBLIC KEY" => block.Bytes,
            _ => null,
        };
        return info is null ? null : X509PublicKey.Parse(info)?.ToJwtKey();
    }

    private static bool TryParse(RegoObject jwk, [NotNullWhen(true)] out JwtKey? key)
    {
        var (algorithm, id) = (Text(jwk, "alg"), Text(jwk, "kid"));
        key = Text(jwk, "kty") switch
        {
            "oct" when Bytes(jwk, "k") is { Length: > 0 } secret => JwtKey.OfSecret(secret, algorithm, id),
            "RSA" => Rsa(jwk, algorithm, id),
            "EC" when Bytes(jwk, "x") is { } x && Bytes(jwk, "y") is { } y => JwtKey.OfPoint(Text(jwk, "crv"), new ECPoint { X = x, Y = y }, algorithm, id),
            "OKP" when Text(jwk, "crv") == "Ed25519" && Bytes(jwk, "x") is { } ed && (Bytes(jwk, "d") is { } || jwk.Get("d") is null) =>
                JwtKey.OfEd25519(ed, Bytes(jwk, "d"), algorithm, id),
            _ => null,
        };
        return key is not null;
    }

    private static JwtKey? Rsa(RegoObject jwk, string algorithm, string id)
    {
        if (Bytes(jwk, "n") is not { Length: > 0 } modulus || Bytes(jwk, "e") is not { } exponent)
        {
            return null;
        }

        var parameters = new RSAParameters { Modulus = modulus.AsSpan().TrimStart((byte)0).ToArray(), Exponent = exponent };
        if (jwk.Get("d") is null)
        {
            return JwtKey.OfRsa(parameters, algorithm, id);
        }

        // The base library wants every number at its full length, and the primes.
        var half = (parameters.Modulus.Length + 1) / 2;
        parameters.D = Bytes(jwk, "d", parameters.Modulus.Length);
        parameters.P = Bytes(jwk, "p", half);
        parameters.Q = Bytes(jwk, "q", half);
        parameters.DP = Bytes(jwk, "dp", half);
        parameters.DQ = Bytes(jwk, "dq", half);
        parameters.InverseQ = Bytes(jwk, "qi", half);
        return parameters is { D: not null, P: not null, Q: not null, DP: not null, DQ: not null, InverseQ: not null }
            ? JwtKey.OfRsa(parameters, algorithm, id)
            : null;
    }

    private static string Text(RegoObject jwk, string name) => (jwk.Get(name) as RegoString)?.Value ?? "";

    private static byte[]? Bytes(RegoObject jwk, string name) => jwk.Get(name) is RegoString text ? Encodings.Bytes(text.Value, url: true) : null;

    private static byte[]? Bytes(RegoObject jwk, string name, int length)
    {
        if (Bytes(jwk, name) is not { } bytes || bytes.Length > length)
        {
            return null;
        }

        var padded = new byte[length];
        bytes.CopyTo(padded, length - bytes.Length);
        return padded;
    }
}
