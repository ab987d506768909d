namespace LatchGate.Evidence;

/// <summary>What an operator can revoke one of.</summary>
public enum RevocationKind
{
    /// <summary>A lease, by its <c>jti</c>.</summary>
    Lease,

    /// <summary>A session, by its id.</summary>
    Session,

    /// <summary>All leases of a principal that were issued before.</summary>
    Principal,

    /// <summary>A grant, by its id: also that of a call which waits for an operator.</summary>
    Grant,
}

/// <summary>The words of <see cref="RevocationKind"/>.</summary>
public static class RevocationKinds
{
    /// <summary><c>lease</c>, <c>session</c>, <c>principal</c> or <c>grant</c>.</summary>
    public static string ToWire(this RevocationKind kind) => kind switch
    {
        RevocationKind.Lease => "lease",
        RevocationKind.Session => "session",
        RevocationKind.Principal => "principal",
        RevocationKind.Grant => "grant",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind."),
    };

    /// <summary>Reads a word; false when it names no kind.</summary>
    public static bool TryParse(string? word, out RevocationKind kind)
    {
        (var known, kind) = word switch
        {
            "lease" => (true, RevocationKind.Lease),
            "session" => (true, RevocationKind.Session),
            "principal" => (true, RevocationKind.Principal),
            "grant" => (true, RevocationKind.Grant),
            _ => (false, default),
        };
        return known;
    }
}

/// <summary>One revocation as the ledger keeps it.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Of which.</param>
/// <param name="Epoch">A principal's: leases of earlier epochs are refused. 0 for the others, which name one thing.</param>
/// <param name="Blocked">A principal's: it gets no new lease either.</param>
/// <param name="ExpiresAt">When nothing is left that it could refuse; does not end a block.</param>
public sealed record Revocation(RevocationKind Kind, string Id, long Epoch, bool Blocked, DateTimeOffset ExpiresAt);

/// <summary>All revocations.</summary>
/// <param name="Epoch">The epoch that new leases are stamped with.</param>
/// <param name="Floor">Everything of an earlier epoch is refused.</param>
/// <param name="Entries">Single revocations.</param>
public sealed record RevocationState(long Epoch, long Floor, IReadOnlyList<Revocation> Entries);

/// <summary>What a revocation changes, in one commit with its event.</summary>
/// <param name="Epoch">The epoch afterwards.</param>
/// <param name="Floor">The floor afterwards.</param>
/// <param name="Entry">The single revocation that is set; null when everything is revoked.</param>
/// <param name="EndsApprovals">Whether calls that wait for an operator end as denied: all of them, or those that the entry is about.</param>
/// <param name="Operator">Who revokes.</param>
public sealed record RevocationChange(long Epoch, long Floor, Revocation? Entry, bool EndsApprovals, string Operator);
