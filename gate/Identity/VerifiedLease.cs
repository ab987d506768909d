using System.Diagnostics.CodeAnalysis;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>A lease whose signature and claims were verified (reference/wire.md §3.2). Only <see cref="LeaseVerifier"/>'s checks make one.</summary>
/// <remarks>It stays authentic for ever but not valid: <see cref="CheckNow"/> is asked on every use.</remarks>
public sealed class VerifiedLease
{
    private VerifiedLease(LeaseClaims claims)
    {
        Principal = claims.Subject!;
        SessionId = claims.SessionId!;
        Jti = claims.Jti!;
        Scopes = claims.Scopes!;
        Key = claims.Key!.Value;
        MaxCalls = claims.MaxCalls;
        Owner = claims.Owner;
        IdentityMethod = claims.IdentityMethod;
        FsRoot = claims.FsRoot;
        Epoch = claims.Epoch;
        IssuedAt = claims.IssuedAt!.Value;
        NotBefore = claims.NotBefore!.Value;
        ExpiresAt = claims.ExpiresAt!.Value;
    }

    /// <summary>The principal (<c>sub</c>).</summary>
    public string Principal { get; }

    /// <summary>The session that budgets are counted by.</summary>
    public string SessionId { get; }

    /// <summary>The id of the lease.</summary>
    public string Jti { get; }

    /// <summary>The effective scopes.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The thumbprint of the key that must sign every proof (<c>cnf.jkt</c>).</summary>
    public JwkThumbprint Key { get; }

    /// <summary>The session's call budget; null is unlimited.</summary>
    public long? MaxCalls { get; }

    /// <summary>Who answers for the principal.</summary>
    public string? Owner { get; }

    /// <summary>How the principal was identified when the lease was issued.</summary>
    public string? IdentityMethod { get; }

    /// <summary>The canonical root for files that the gate admitted when it issued the lease; null for none.</summary>
    public string? FsRoot { get; }

    /// <summary>The revocation epoch it was issued in.</summary>
    public long Epoch { get; }

    /// <summary><c>iat</c>, Unix seconds.</summary>
    public long IssuedAt { get; }

    /// <summary><c>nbf</c>, Unix seconds.</summary>
    public long NotBefore { get; }

    /// <summary><c>exp</c>, Unix seconds; the lease is good up to and including this second.</summary>
    public long ExpiresAt { get; }

    /// <summary>Whether the lease is valid at this time and in this revocation epoch.</summary>
    public LeaseFault CheckNow(long nowSeconds, long currentEpoch) =>
        nowSeconds > ExpiresAt ? LeaseFault.Expired
        : nowSeconds < NotBefore ? LeaseFault.NotYetValid
        : Epoch < currentEpoch ? LeaseFault.Revoked
        : LeaseFault.None;

    /// <summary>Signature first, then claims: <see cref="LeaseFault.Expired"/> and later faults imply an authentic token.</summary>
    internal static LeaseFault TryVerify(ReadOnlySpan<byte> token, P256PublicKey issuerKey, string keyId, out VerifiedLease? lease)
    {
        lease = null;
        if (!JwsSegments.TrySplit(token, out var jws))
        {
            return LeaseFault.Malformed;
        }

        var fault = LeaseHeader.Check(jws.Header, keyId);
        if (fault != LeaseFault.None)
        {
            return fault;
        }

        Span<byte> signature = stackalloc byte[P256PublicKey.SignatureSize];
        if (!StrictBase64Url.TryDecodeExactly(jws.Signature, signature) || !issuerKey.Verify(jws.SigningInput, signature))
        {
            return LeaseFault.Signature;
        }

        var payload = new byte[StrictBase64Url.DecodedLength(jws.Payload.Length)];
        if (!StrictBase64Url.TryDecode(jws.Payload, payload, out var length) || LeaseClaims.TryRead(payload.AsSpan(0, length)) is not { } claims)
        {
            return LeaseFault.Claims;
        }

        if (claims.Issuer != LeaseIssuer.Issuer || claims.Audience != LeaseIssuer.Audience)
        {
            return LeaseFault.Audience;
        }

        lease = new VerifiedLease(claims);
        return LeaseFault.None;
    }
}
