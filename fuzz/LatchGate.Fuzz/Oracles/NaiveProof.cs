using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LatchGate.Fuzz.Oracles;

/// <summary>RFC 9449 §4.3, checked step by step with the base library.</summary>
internal static class NaiveProof
{
    /// <summary>The P-256 key that RFC 7515 Appendix A.3.1 prints, so that no secret is in the repository.</summary>
    internal static ECDsa ExampleKey() => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint
        {
            X = Base64Url.DecodeFromChars("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            Y = Base64Url.DecodeFromChars("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        },
        D = Base64Url.DecodeFromChars("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
    });

    /// <summary>Whether a proof is good for a request.</summary>
    internal static bool IsGood(byte[] proof, ECDsa key, byte[] token, string method, string path, long now)
    {
        var parts = Encoding.UTF8.GetString(proof).Split('.');
        if (parts.Length != 3)
        {
            return false;
        }

        var signature = Base64Url.DecodeFromChars(parts[2]);
        if (!key.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
        {
            return false;
        }

        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        return IsGoodHeader(header.RootElement, key) && IsGoodPayload(payload.RootElement, token, method, path, now);
    }

    private static bool IsGoodHeader(JsonElement header, ECDsa key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        var jwk = header.GetProperty("jwk");
        return header.GetProperty("typ").GetString() == "dpop+jwt"
            && header.GetProperty("alg").GetString() == "ES256"
            && !header.TryGetProperty("crit", out _)
            && !jwk.TryGetProperty("d", out _)
            && jwk.GetProperty("kty").GetString() == "EC"
            && jwk.GetProperty("crv").GetString() == "P-256"
            && jwk.GetProperty("x").GetString() == Base64Url.EncodeToString(q.X)
            && jwk.GetProperty("y").GetString() == Base64Url.EncodeToString(q.Y);
    }

    private static bool IsGoodPayload(JsonElement payload, byte[] token, string method, string path, long now) =>
        payload.GetProperty("jti").GetString() is { Length: > 0 }
        && payload.GetProperty("htm").GetString() == method
        && IsSamePlace(payload.GetProperty("htu").GetString()!, path)
        && payload.GetProperty("iat").GetInt64() is var iat && Math.Abs(decimal.Subtract(iat, now)) <= 60
        && payload.GetProperty("ath").GetString() == Base64Url.EncodeToString(SHA256.HashData(token));

    // The scheme and the host in any case, a default port or none, and the path to the letter.
    private static bool IsSamePlace(string htu, string path)
    {
        var plain = htu.Split('#')[0].Split('?')[0];
        string[] bases = ["http://localhost:3000", "https://gate.example", "https://gate.example:443"];
        return Array.Exists(bases, place =>
            plain.Length == place.Length + path.Length && plain.StartsWith(place, StringComparison.OrdinalIgnoreCase) && plain.EndsWith(path, StringComparison.Ordinal));
    }
}
