using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// A DPoP proof that passed every check but replay. Only <see cref="DpopVerifier"/>'s checks make one.
/// </summary>
public sealed class VerifiedProof
{
    private const int MaxJtiBytes = 256;

    private VerifiedProof(JwkThumbprint key, Sha256Digest replayKey, long issuedAt)
    {
        Key = key;
        ReplayKey = replayKey;
        IssuedAt = issuedAt;
    }

    /// <summary>The thumbprint of the key that signed the proof.</summary>
    public JwkThumbprint Key { get; }

    /// <summary>SHA-256 over the thumbprint's 32 bytes and the <c>jti</c>: two clients that choose the same <c>jti</c> do not collide.</summary>
    public Sha256Digest ReplayKey { get; }

    /// <summary>The <c>iat</c> claim, Unix seconds.</summary>
    public long IssuedAt { get; }

    /// <summary>Rows 11 to 18: the signature by <paramref name="key"/>, then the claims it covers.</summary>
    internal static bool TryVerify(
        P256PublicKey key, in JwsSegments jws, in DpopContext context, AcceptedBaseUrls baseUrls, long now,
        [NotNullWhen(true)] out VerifiedProof? proof, out DpopRejection rejection)
    {
        proof = null;
        var signatureFault = CheckSignature(key, jws);
        if (signatureFault != DpopFault.None)
        {
            rejection = DpopRejection.Of(signatureFault);
            return false;
        }

        Span<byte> payload = stackalloc byte[StrictBase64Url.DecodedLength(jws.Payload.Length)];
        if (!StrictBase64Url.TryDecode(jws.Payload, payload, out var length))
        {
            rejection = DpopRejection.Of(DpopFault.PayloadEncoding);
            return false;
        }

        Span<byte> scratch = stackalloc byte[length];
        if (DpopClaims.TryRead(payload[..length], scratch, out var claims) is { } detail)
        {
            rejection = DpopRejection.Payload(detail);
            return false;
        }

        rejection = CheckClaims(claims, context, baseUrls, now);
        if (rejection.Fault != DpopFault.None)
        {
            return false;
        }

        proof = new VerifiedProof(key.Thumbprint, ReplayKeyOf(key.Thumbprint, claims.Jti), claims.Iat);
        return true;
    }

    private static DpopFault CheckSignature(P256PublicKey key, in JwsSegments jws)
    {
        // Room for a 66-byte overlong signature, so that a wrong length is told from a wrong encoding.
        Span<byte> signature = stackalloc byte[StrictBase64Url.DecodedLength(jws.Signature.Length)];
        return !StrictBase64Url.TryDecode(jws.Signature, signature, out var length) ? DpopFault.SignatureEncoding
            : length != P256PublicKey.SignatureSize ? DpopFault.SignatureLength
            : !key.Verify(jws.SigningInput, signature[..length]) ? DpopFault.Signature
            : DpopFault.None;
    }

    private static DpopRejection CheckClaims(in DpopClaims claims, in DpopContext context, AcceptedBaseUrls baseUrls, long now)
    {
        if (claims.Jti.Length is 0 or > MaxJtiBytes)
        {
            return DpopRejection.Of(DpopFault.JtiLength);
        }

        if (!System.Text.Ascii.Equals(claims.Htm, context.Method))
        {
            return DpopRejection.Htm(context.Method, claims.Htm);
        }

        Span<byte> htu = stackalloc byte[claims.Htu.Length + 1];
        if (!Htu.TryNormalise(claims.Htu, htu, out var length))
        {
            return DpopRejection.Of(DpopFault.HtuMalformed);
        }

        if (!baseUrls.Matches(htu[..length], context.Path))
        {
            return DpopRejection.Htu(baseUrls.Expected(context.Path), htu[..length]);
        }

        // Compared without arithmetic on the claim, which may be any 64-bit integer.
        if (claims.Iat < now - DpopVerifier.MaxAgeSeconds)
        {
            return DpopRejection.TooOld(claims.Iat, now);
        }

        if (claims.Iat > now + DpopVerifier.ClockSkewSeconds)
        {
            return DpopRejection.InFuture(claims.Iat, now);
        }

        return IsHashOf(claims.Ath, context.Token) ? default : DpopRejection.Of(DpopFault.Ath);
    }

    private static bool IsHashOf(ReadOnlySpan<byte> ath, ReadOnlySpan<byte> token)
    {
        Span<byte> claimed = stackalloc byte[Sha256Digest.Size];
        if (ath.Length != JwkThumbprint.TextLength || !StrictBase64Url.TryDecodeExactly(ath, claimed))
        {
            return false;
        }

        Span<byte> actual = stackalloc byte[Sha256Digest.Size];
        SHA256.HashData(token, actual);
        return CryptographicOperations.FixedTimeEquals(claimed, actual);
    }

    private static Sha256Digest ReplayKeyOf(JwkThumbprint key, ReadOnlySpan<byte> jti)
    {
        Span<byte> text = stackalloc byte[Sha256Digest.Size + MaxJtiBytes];
        key.Bytes.CopyTo(text);
        jti.CopyTo(text[Sha256Digest.Size..]);
        return Sha256Digest.Of(text[..(Sha256Digest.Size + jti.Length)]);
    }
}
