using System.Buffers.Text;
using System.Text;

namespace LatchGate.Crypto;

/// <summary>Writes a JWS in compact serialisation (RFC 7515 §7.1) with ES256.</summary>
internal static class JwsWriter
{
    /// <summary>Signs <paramref name="payload"/> under a header that is already base64url.</summary>
    internal static string Sign(string encodedHeader, ReadOnlySpan<byte> payload, P256SigningKey key)
    {
        var payloadLength = Base64Url.GetEncodedLength(payload.Length);
        var token = new byte[encodedHeader.Length + 1 + payloadLength + 1 + Base64Url.GetEncodedLength(P256PublicKey.SignatureSize)];
        var at = Encoding.ASCII.GetBytes(encodedHeader, token);
        token[at++] = (byte)'.';
        at += Base64Url.EncodeToUtf8(payload, token.AsSpan(at));
        Span<byte> signature = stackalloc byte[P256PublicKey.SignatureSize];
        key.Sign(token.AsSpan(0, at), signature);
        token[at++] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, token.AsSpan(at));
        return Encoding.ASCII.GetString(token);
    }
}
