using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LatchGate.Cli.Client;

/// <summary>A client's P-256 key and the proofs made with it (RFC 9449).</summary>
internal sealed class DpopKey : IDisposable
{
    private readonly ECDsa _key;

    private DpopKey(ECDsa key)
    {
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        X = Base64Url.EncodeToString(point.X);
        Y = Base64Url.EncodeToString(point.Y);
        // RFC 7638 §3: the required members, in lexicographic order, without whitespace.
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{X}}","y":"{{Y}}"}""")));
    }

    /// <summary>The coordinates of the public key in base64url.</summary>
    internal string X { get; }

    /// <inheritdoc cref="X"/>
    internal string Y { get; }

    /// <summary>The key's <c>jkt</c>: SHA-256 thumbprint (RFC 7638), 43 characters of base64url.</summary>
    internal string Thumbprint { get; }

    /// <summary>A fresh key that lives in memory only.</summary>
    internal static DpopKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a PKCS#8 PEM.</summary>
    /// <exception cref="CryptographicException">It is no P-256 key.</exception>
    internal static DpopKey FromPem(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != "1.2.840.10045.3.1.7")
            {
                throw new CryptographicException("The key is not on the curve P-256.");
            }

            return new DpopKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw e as CryptographicException ?? new CryptographicException("The file holds no PKCS#8 private key.", e);
        }
    }

    /// <summary>A proof for one request (RFC 9449 §4.2), bound to <paramref name="accessToken"/> by <c>ath</c>.</summary>
    /// <param name="method"><c>htm</c>.</param>
    /// <param name="url"><c>htu</c>: without query and fragment.</param>
    /// <param name="accessToken">The lease or API key, as bytes of ASCII.</param>
    /// <param name="now"><c>iat</c>.</param>
    internal string Proof(string method, string url, ReadOnlySpan<byte> accessToken, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(accessToken, hash);
        var ath = Base64Url.EncodeToString(hash);
        var header = Segment(json =>
        {
            json.WriteString("typ", "dpop+jwt");
            json.WriteString("alg", "ES256");
            WriteJwk(json, "jwk");
        });
        var payload = Segment(json =>
        {
            json.WriteString("jti", Guid.CreateVersion7(now).ToString());
            json.WriteString("htm", method);
            json.WriteString("htu", url);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteString("ath", ath);
        });
        var signed = $"{header}.{payload}";
        // JWS wants r‖s (RFC 7518 §3.4), not DER.
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The public key as a JWK.</summary>
    internal void WriteJwk(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("kty", "EC");
        json.WriteString("crv", "P-256");
        json.WriteString("x", X);
        json.WriteString("y", Y);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string Segment(Action<Utf8JsonWriter> members) => Base64Url.EncodeToString(GateHttp.Json(members).Span);
}
