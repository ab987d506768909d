using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>The client side of DPoP (RFC 9449 §4.2): makes proofs with a P-256 key, for the CLI and the agents that are built on it.</summary>
public sealed class DpopProofFactory : IDisposable
{
    private readonly P256SigningKey _key;
    private readonly TimeProvider _time;
    private readonly string _header;

    /// <summary>Makes proofs with <paramref name="key"/>, which is disposed with this.</summary>
    public DpopProofFactory(P256SigningKey key, TimeProvider? time = null)
    {
        _key = key;
        _time = time ?? TimeProvider.System;
        _header = Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
            $$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{JwkOf(key.PublicKey)}}}"""));
    }

    /// <summary>The public JWK <c>{"kty":"EC","crv":"P-256","x":…,"y":…}</c>, as POST /v1/leases takes it.</summary>
    public string PublicJwk => JwkOf(_key.PublicKey);

    /// <summary>The thumbprint (RFC 7638) that leases and credentials are bound to, 43 characters.</summary>
    public string Thumbprint => _key.PublicKey.Thumbprint.ToString();

    /// <summary>A fresh proof for one request.</summary>
    /// <param name="method">Upper case.</param>
    /// <param name="uri">Absolute; query and fragment are left out of the proof.</param>
    /// <param name="token">The lease JWT or API key sent in <c>Authorization</c>.</param>
    public string Create(string method, string uri, string token) => Create(method, uri, Encoding.UTF8.GetBytes(token));

    /// <inheritdoc cref="Create(string, string, string)"/>
    public string Create(string method, string uri, ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        if (!Htu.TryNormalise(uri, out var htu))
        {
            throw new ArgumentException("A proof is for an absolute URI.", nameof(uri));
        }

        var payload = new ArrayBufferWriter<byte>(384);
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteString("jti"u8, Uuid7.New(_time.GetUtcNow()));
            json.WriteString("htm"u8, method);
            json.WriteString("htu"u8, htu);
            json.WriteNumber("iat"u8, _time.GetUtcNow().ToUnixTimeSeconds());
            json.WriteString("ath"u8, Base64Url.EncodeToString(hash));
            json.WriteEndObject();
        }

        return JwsWriter.Sign(_header, payload.WrittenSpan, _key);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string JwkOf(P256PublicKey key) =>
        $$"""{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(key.X)}}","y":"{{Base64Url.EncodeToString(key.Y)}}"}""";
}
