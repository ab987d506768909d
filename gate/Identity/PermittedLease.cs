using System.Diagnostics.CodeAnalysis;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>A lease that its principal may have: scopes cut to what is permitted, key checked. What <see cref="LeaseIssuer"/> issues.</summary>
public sealed class PermittedLease
{
    private PermittedLease(CallerIdentity identity, IReadOnlyList<string> scopes, JwkThumbprint key, LeaseRequest request)
    {
        (Identity, Scopes, Key, Request) = (identity, scopes, key, request);
    }

    /// <summary>Who asked.</summary>
    public CallerIdentity Identity { get; }

    /// <summary>The effective scopes: those requested that the principal may have, in the order requested.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The key that the lease will be bound to.</summary>
    public JwkThumbprint Key { get; }

    /// <summary>The request.</summary>
    public LeaseRequest Request { get; }

    /// <summary>Checks in the order scope intersection, kty, crv, key, scopes present, scope format (reference/wire.md §3.1).</summary>
    public static bool TryPermit(
        LeaseRequest request, CallerIdentity identity, [NotNullWhen(true)] out PermittedLease? lease, out LeaseRequestRejection rejection)
    {
        lease = null;
        var scopes = Intersect(request.RequestedScopes, identity.MaxScopes);
        if (identity.MaxScopes is not null && scopes.Count == 0)
        {
            rejection = LeaseRequestRejection.Of(LeaseRequestFault.ScopeNotPermitted);
            return false;
        }

        rejection = TryReadKey(request.Jwk, out var key);
        if (rejection.Fault != LeaseRequestFault.None)
        {
            return false;
        }

        rejection = CheckFormat(scopes);
        if (rejection.Fault != LeaseRequestFault.None)
        {
            return false;
        }

        lease = new PermittedLease(identity, scopes, key, request);
        return true;
    }

    private static List<string> Intersect(IReadOnlyList<string> requested, IReadOnlyList<string>? permitted)
    {
        var effective = new List<string>(requested.Count);
        foreach (var scope in requested)
        {
            if (permitted is null || permitted.Contains(scope))
            {
                effective.Add(scope);
            }
        }

        return effective;
    }

    private static LeaseRequestRejection TryReadKey(in LeaseRequestJwk jwk, out JwkThumbprint thumbprint)
    {
        thumbprint = default;
        if (jwk.Kty != "EC")
        {
            return LeaseRequestRejection.Kty(jwk.Kty);
        }

        if (jwk.Crv != "P-256")
        {
            return LeaseRequestRejection.Crv(jwk.Crv);
        }

        if (jwk.HasPrivateMember)
        {
            return LeaseRequestRejection.Of(LeaseRequestFault.PrivateKey);
        }

        Span<byte> x = stackalloc byte[P256PublicKey.CoordinateSize];
        Span<byte> y = stackalloc byte[P256PublicKey.CoordinateSize];
        if (!StrictBase64Url.TryDecodeExactly(jwk.X, x) || !StrictBase64Url.TryDecodeExactly(jwk.Y, y) || !P256PublicKey.TryCreate(x, y, out var key))
        {
            return LeaseRequestRejection.Of(LeaseRequestFault.Point);
        }

        thumbprint = key.Thumbprint;
        return default;
    }

    private static LeaseRequestRejection CheckFormat(List<string> scopes)
    {
        foreach (var scope in scopes)
        {
            if (!LatchGate.Identity.Scopes.IsWellFormed(scope))
            {
                return LeaseRequestRejection.Scope(scope);
            }
        }

        return scopes.Count == 0 ? LeaseRequestRejection.Of(LeaseRequestFault.ScopesEmpty) : default;
    }
}
