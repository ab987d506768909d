using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// Verifies leases. A lease seen before is recognised by the digest of the whole token, so its signature is paid for once; its time and
/// its revocation epoch are checked on every use.
/// </summary>
/// <param name="issuerKey">The issuer's public key.</param>
/// <param name="keyId">The issuer's <c>kid</c>.</param>
/// <param name="currentEpoch">The revocation epoch; leases of earlier ones are refused.</param>
public sealed class LeaseVerifier(P256PublicKey issuerKey, string keyId, Func<long> currentEpoch)
{
    /// <summary>The longest token in bytes.</summary>
    public const int MaxTokenBytes = 16 * 1024;

    private const int MaxCachedLeases = 4096;

    private readonly LruCache<VerifiedLease> _leases = new(MaxCachedLeases);

    /// <summary>Verifies what an issuer in this process issues.</summary>
    public LeaseVerifier(LeaseIssuer issuer, Func<long> currentEpoch) : this(issuer.PublicKey, issuer.KeyId, currentEpoch)
    {
    }

    /// <summary>Verifies a token at a time in Unix seconds; the lease is null unless the result is <see cref="LeaseFault.None"/>.</summary>
    public LeaseFault Verify(ReadOnlySpan<byte> token, long nowSeconds, out VerifiedLease? lease)
    {
        lease = null;
        if (token.Length > MaxTokenBytes)
        {
            return LeaseFault.TooLarge;
        }

        var digest = Sha256Digest.Of(token);
        if (!_leases.TryGet(digest, out var authentic))
        {
            var fault = VerifiedLease.TryVerify(token, issuerKey, keyId, out authentic);
            if (fault != LeaseFault.None)
            {
                return fault;
            }

            _leases.Add(digest, authentic!);
        }

        var faultNow = authentic!.CheckNow(nowSeconds, currentEpoch());
        lease = faultNow == LeaseFault.None ? authentic : null;
        return faultNow;
    }
}
