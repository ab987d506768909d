using System.Collections.Concurrent;
using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Identity;

/// <summary>
/// What operators revoked, in memory: asked at authentication, after policy, at an approval and before the intent, without a lock and
/// without the disk (reference/kernel.md D-35, D-36). <see cref="RevocationDesk"/> changes it and keeps it in the ledger.
/// </summary>
/// <remarks>
/// One counter, the epoch, is stamped into each lease and follows what the lease leads to: plan, grant. Revoking everything raises the
/// floor below which an epoch is refused; revoking a principal sets that principal's own floor. Epochs, unlike a lease's whole-second
/// <c>iat</c>, tell what came before a revocation from what came after it in the same second.
/// </remarks>
public sealed class Revocations
{
    private readonly ConcurrentDictionary<string, Revocation> _leases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Revocation> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Revocation> _principals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Revocation> _grants = new(StringComparer.Ordinal);
    private long _epoch;
    private long _floor;

    /// <summary>The epoch that new leases are stamped with, 0 or more.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Everything of an earlier epoch is refused.</summary>
    public long Floor => Volatile.Read(ref _floor);

    /// <summary>Whether what is done on behalf of <paramref name="subject"/> is refused.</summary>
    /// <param name="subject">Principal, session and lease.</param>
    /// <param name="epoch">The epoch of the lease that it came with.</param>
    /// <param name="grantId">The grant, where there is one.</param>
    public bool Refuses(CallSubject subject, long epoch, string? grantId = null) =>
        Refuses(subject.Principal, subject.SessionId, subject.LeaseJti, epoch) || (grantId is not null && _grants.ContainsKey(grantId));

    /// <summary>Whether a lease is refused.</summary>
    public bool Refuses(VerifiedLease lease) => Refuses(lease.Principal, lease.SessionId, lease.Jti, lease.Epoch);

    /// <summary>Whether a principal gets no new lease.</summary>
    public bool Blocks(string principal) => _principals.TryGetValue(principal, out var revocation) && revocation.Blocked;

    /// <summary>The revocation of one thing, or null.</summary>
    internal Revocation? Find(RevocationKind kind, string id) => Of(kind).GetValueOrDefault(id);

    /// <summary>Takes what the ledger holds.</summary>
    internal void Load(RevocationState state)
    {
        foreach (var entry in state.Entries)
        {
            Set(entry);
        }

        RaiseFloor(state.Floor);
        Advance(state.Epoch);
    }

    /// <summary>Refuses everything of an epoch before <paramref name="floor"/>.</summary>
    internal void RaiseFloor(long floor) => Volatile.Write(ref _floor, Math.Max(Floor, floor));

    /// <summary>Stamps new leases with <paramref name="epoch"/>.</summary>
    internal void Advance(long epoch) => Volatile.Write(ref _epoch, Math.Max(Epoch, epoch));

    /// <summary>Sets one revocation, in place of an earlier one of the same thing.</summary>
    internal void Set(Revocation revocation) => Of(revocation.Kind)[revocation.Id] = revocation;

    /// <summary>Forgets revocations that can refuse nothing any more.</summary>
    internal void Purge(DateTimeOffset now)
    {
        Purge(_leases, now);
        Purge(_sessions, now);
        Purge(_principals, now);
        Purge(_grants, now);
    }

    private bool Refuses(string principal, string sessionId, string leaseJti, long epoch) =>
        epoch < Floor
        || (_principals.TryGetValue(principal, out var revocation) && (revocation.Blocked || epoch < revocation.Epoch))
        || _leases.ContainsKey(leaseJti)
        || _sessions.ContainsKey(sessionId);

    private ConcurrentDictionary<string, Revocation> Of(RevocationKind kind) => kind switch
    {
        RevocationKind.Lease => _leases,
        RevocationKind.Session => _sessions,
        RevocationKind.Principal => _principals,
        RevocationKind.Grant => _grants,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind."),
    };

    private static void Purge(ConcurrentDictionary<string, Revocation> revocations, DateTimeOffset now)
    {
        foreach (var entry in revocations)
        {
            if (!entry.Value.Blocked && entry.Value.ExpiresAt <= now)
            {
                // Only this very revocation: one that an operator set meanwhile stays.
                revocations.TryRemove(entry);
            }
        }
    }
}
