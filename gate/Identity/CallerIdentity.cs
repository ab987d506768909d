using System.Diagnostics.CodeAnalysis;

namespace LatchGate.Identity;

/// <summary>Why nobody is known behind a connection.</summary>
public enum IdentityFault
{
    /// <summary>No fault: the caller is known.</summary>
    None,

    /// <summary>The connection carries no peer credentials (<c>identity_unauthenticated</c>, 401).</summary>
    Unauthenticated,

    /// <summary>The peer's user is not mapped to a principal (<c>identity_forbidden</c>, 403).</summary>
    Forbidden,
}

/// <summary>Who is behind a connection, before any lease. Only <see cref="IdentityProvider"/> makes one.</summary>
public sealed class CallerIdentity
{
    private CallerIdentity(string principal, IReadOnlyList<string>? maxScopes, string? owner, string method)
    {
        (Principal, MaxScopes, Owner, Method) = (principal, maxScopes, owner, method);
    }

    /// <summary>The principal, <c>sub</c> of leases.</summary>
    public string Principal { get; }

    /// <summary>The scopes that may be leased; null is unrestricted, empty is none.</summary>
    public IReadOnlyList<string>? MaxScopes { get; }

    /// <summary>Who answers for the principal.</summary>
    public string? Owner { get; }

    /// <summary>How the caller was identified: <c>none</c>, <c>peercred</c> or <c>peercred:unmapped</c>.</summary>
    public string Method { get; }

    // Nobody named scopes for such a user: it has the one that calling needs, and no other.
    private static IReadOnlyList<string> UnmappedScopes { get; } = [Scopes.ToolsCall];

    internal static CallerIdentity Anonymous { get; } = new("dev:anonymous", null, null, "none");

    internal static bool TryFromPeer(PeercredMap map, uint? uid, [NotNullWhen(true)] out CallerIdentity? identity, out IdentityFault fault)
    {
        identity = null;
        if (uid is not { } user)
        {
            fault = IdentityFault.Unauthenticated;
            return false;
        }

        identity = map.Find(user) is { } entry ? new CallerIdentity(entry.Principal, entry.Scopes, entry.Owner, "peercred")
            : map.NameOf(user) is { } unmapped ? new CallerIdentity(unmapped, UnmappedScopes, null, "peercred:unmapped")
            : null;
        fault = identity is null ? IdentityFault.Forbidden : IdentityFault.None;
        return identity is not null;
    }
}

/// <summary>Names the caller of a connection, by its kernel-checked user or, in the insecure posture, not at all.</summary>
/// <param name="map">The users; null is provider <c>none</c>, under which everybody is <c>dev:anonymous</c>.</param>
public sealed class IdentityProvider(PeercredMap? map)
{
    /// <summary>Identifies the peer of a connection.</summary>
    /// <param name="peerUid">The uid that the kernel reported when the connection was accepted, if it is a Unix socket.</param>
    /// <param name="identity">The caller.</param>
    /// <param name="fault">Why there is none.</param>
    public bool TryIdentify(uint? peerUid, [NotNullWhen(true)] out CallerIdentity? identity, out IdentityFault fault)
    {
        if (map is not null)
        {
            return CallerIdentity.TryFromPeer(map, peerUid, out identity, out fault);
        }

        (identity, fault) = (CallerIdentity.Anonymous, IdentityFault.None);
        return true;
    }

    /// <summary>
    /// False when a lease is presented by somebody else's process: its principal is not the one of the connection's user. Without peer
    /// identity nothing can be said, and it is true.
    /// </summary>
    public bool MayPresent(VerifiedLease lease, uint? peerUid) =>
        map is null || (peerUid is { } uid && string.Equals(map.NameOf(uid), lease.Principal, StringComparison.Ordinal));
}
