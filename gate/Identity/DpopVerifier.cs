using System.Diagnostics.CodeAnalysis;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// Verifies DPoP proofs (RFC 9449 §4.3) of agents and operators. Every rule is applied to every proof, in the order of
/// reference/wire.md §4.2; what is remembered between proofs is only that a point is on the curve, and its import.
/// </summary>
/// <remarks>
/// <code>
/// rows  1–2   size, three segments, base64url of the header
/// rows  3–8   header: JSON, typ, alg, jwk                    DpopHeader
/// rows  9–10  point on the curve, thumbprint == bound key
/// rows 11–13  signature                                      VerifiedProof
/// rows 14–18  payload: claims, htm, htu, iat, ath            VerifiedProof
/// row  19     replay                                         IReplayStore, by the authenticators
/// </code>
/// The payload is untrusted text until the signature over it has been verified, and is not parsed before.
/// </remarks>
public sealed class DpopVerifier(AcceptedBaseUrls baseUrls)
{
    /// <summary>A proof may be this many seconds old. A constant: widening it only widens the replay window.</summary>
    public const int MaxAgeSeconds = 60;

    /// <summary>A proof may be this many seconds ahead of the gate's clock.</summary>
    public const int ClockSkewSeconds = 5;

    /// <summary>Longest proof in bytes.</summary>
    public const int MaxProofBytes = 8192;

    private const int MaxCachedKeys = 4096;

    private readonly LruCache<P256PublicKey> _keys = new(MaxCachedKeys);

    /// <summary>Verifies a proof at the time <paramref name="nowSeconds"/> (Unix seconds).</summary>
    public bool TryVerify(in DpopContext context, long nowSeconds, [NotNullWhen(true)] out VerifiedProof? proof, out DpopRejection rejection)
    {
        proof = null;
        if (context.Proof.Length > MaxProofBytes)
        {
            rejection = DpopRejection.Of(DpopFault.TooLarge);
            return false;
        }

        if (!JwsSegments.TrySplit(context.Proof, out var jws))
        {
            rejection = DpopRejection.Of(DpopFault.SegmentCount);
            return false;
        }

        return TryResolveKey(jws.Header, context.BoundKey, out var key, out var isNew, out rejection)
            && VerifiedProof.TryVerify(key, jws, context, baseUrls, nowSeconds, out proof, out rejection)
            && Remember(key, isNew);
    }

    /// <summary>Rows 2 to 10: the key of the header, if it may be used and is the bound one.</summary>
    private bool TryResolveKey(
        ReadOnlySpan<byte> segment, JwkThumbprint boundKey, [NotNullWhen(true)] out P256PublicKey? key, out bool isNew, out DpopRejection rejection)
    {
        (key, isNew) = (null, false);
        Span<byte> header = stackalloc byte[StrictBase64Url.DecodedLength(segment.Length)];
        if (!StrictBase64Url.TryDecode(segment, header, out var length))
        {
            rejection = DpopRejection.Of(DpopFault.HeaderEncoding);
            return false;
        }

        Span<byte> scratch = stackalloc byte[length];
        Span<byte> x = stackalloc byte[P256PublicKey.CoordinateSize];
        Span<byte> y = stackalloc byte[P256PublicKey.CoordinateSize];
        if (!DpopHeader.TryRead(header[..length], scratch, x, y, out rejection))
        {
            return false;
        }

        var thumbprint = JwkThumbprint.Of(x, y);
        if (!_keys.TryGet(thumbprint.Digest, out key))
        {
            isNew = P256PublicKey.TryCreate(x, y, out key);
        }

        rejection = key is null ? DpopRejection.Of(DpopFault.PointNotOnCurve)
            : thumbprint != boundKey ? DpopRejection.Of(DpopFault.KeyBinding)
            : default;
        return key is not null && rejection.Fault == DpopFault.None;
    }

    /// <summary>Only a key that made a good proof is worth a place: strangers cannot flush the cache.</summary>
    private bool Remember(P256PublicKey key, bool isNew)
    {
        if (isNew)
        {
            _keys.Add(key.Thumbprint.Digest, key);
        }

        return true;
    }
}
