using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// Revokes on behalf of operators. A revocation is in force before it is recorded, and answered when the record is durable: where the
/// disk takes nothing, everything stays refused until it does.
/// </summary>
internal sealed class RevocationDesk(Ledger ledger, Revocations revocations, TimeProvider time) : IDisposable
{
    /// <summary>
    /// No lease lives longer than an hour, and no call that it asked for waits longer than a day after that: then nothing is left that a
    /// single revocation could refuse.
    /// </summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2 * LeaseIssuer.MaxTtlSeconds + Config.ApprovalsConfig.LongestTtlSeconds);

    // One change at a time, so that memory follows the ledger in the ledger's order.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // In force, but the ledger could not record it: to be written when it is asked for again.
    private readonly HashSet<Revocation> _unrecorded = [];

    /// <summary>Revokes every lease, grant and waiting call; null when that could not be recorded.</summary>
    internal async ValueTask<EpochChange?> RevokeAllAsync(VerifiedOperator @operator)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            var previous = revocations.Epoch;
            var next = previous + 1;
            revocations.RaiseFloor(next);
            var change = new RevocationChange(next, next, Entry: null, EndsApprovals: true, @operator.Name);
            var note = $"epoch {previous} => {next}";
            if (!await RecordAsync(change, EventOf(@operator, EventTypes.AdminRevokeAll, note) with { Detail = DetailOf(previous, next) }).ConfigureAwait(false))
            {
                return null;
            }

            return new EpochChange(previous, next);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Revokes one lease, session, principal or grant.</summary>
    internal async ValueTask<RevokeOutcome> RevokeAsync(VerifiedOperator @operator, RevocationKind kind, string id, bool block, string? reason)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            var earlier = revocations.Find(kind, id);
            if (earlier is not null && !_unrecorded.Contains(earlier) && (kind != RevocationKind.Principal || earlier.Blocked))
            {
                return RevokeOutcome.Already;
            }

            var isPrincipal = kind == RevocationKind.Principal;
            var epoch = isPrincipal ? revocations.Epoch + 1 : EpochToRecord();
            var entry = new Revocation(kind, id, isPrincipal ? epoch : 0, isPrincipal && block, time.GetUtcNow() + Kept);
            revocations.Set(entry);
            var change = new RevocationChange(epoch, revocations.Floor, entry, EndsApprovals: true, @operator.Name);
            var note = $"{kind.ToWire()} {id}{(entry.Blocked ? ", blocked" : "")}{(reason is null ? "" : ": " + reason)}";
            var recorded = await RecordAsync(change, EventOf(@operator, EventOf(kind), note) with { Detail = DetailOf(entry, reason) }).ConfigureAwait(false);
            if (earlier is not null)
            {
                _unrecorded.Remove(earlier);
            }

            if (!recorded)
            {
                _unrecorded.Add(entry);
            }

            return recorded ? RevokeOutcome.Done : RevokeOutcome.NotRecorded;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets a blocked principal have leases again; those from before the block stay refused.</summary>
    internal async ValueTask<RevokeOutcome> UnblockAsync(VerifiedOperator @operator, string principal, string? reason)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (revocations.Find(RevocationKind.Principal, principal) is not { Blocked: true } blocked)
            {
                return RevokeOutcome.Already;
            }

            var lifted = blocked with { Blocked = false, ExpiresAt = time.GetUtcNow() + Kept };
            var change = new RevocationChange(EpochToRecord(), revocations.Floor, lifted, EndsApprovals: false, @operator.Name);
            var note = $"principal {principal}{(reason is null ? "" : ": " + reason)}";
            var announcement = EventOf(@operator, EventTypes.PrincipalBlockLifted, note) with { Detail = DetailOf(lifted, reason) };
            if (!await RecordAsync(change, announcement).ConfigureAwait(false))
            {
                return RevokeOutcome.NotRecorded;
            }

            // The other way round: what permits is in force only when it is recorded.
            revocations.Set(lifted);
            return RevokeOutcome.Done;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets what can refuse nothing any more; the ledger does with the next change.</summary>
    internal void Purge() => revocations.Purge(time.GetUtcNow());

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    // The epoch to record. A floor that could not be recorded when it was raised lies above the present epoch, and is recorded with what
    // comes next: never beside an epoch below it.
    private long EpochToRecord() => Math.Max(revocations.Epoch, revocations.Floor);

    private async ValueTask<bool> RecordAsync(RevocationChange change, AuditEvent announcement)
    {
        var written = await ledger.RecordRevocationAsync(change, announcement).ConfigureAwait(false);
        if (written.IsDurable)
        {
            revocations.Advance(change.Epoch);
        }

        return written.IsDurable;
    }

    private static AuditEvent EventOf(VerifiedOperator @operator, string type, string note) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = type,
        Decision = AuditDecision.Allow,
        DenyReason = note,
        Principal = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };

    private static string EventOf(RevocationKind kind) => kind switch
    {
        RevocationKind.Lease => EventTypes.LeaseRevoked,
        RevocationKind.Session => EventTypes.SessionRevoked,
        RevocationKind.Principal => EventTypes.PrincipalRevoked,
        RevocationKind.Grant => EventTypes.GrantRevoked,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind."),
    };

    private static CanonicalBytes DetailOf(long previous, long next)
    {
        using var json = new CanonicalWriter();
        return json.BeginObject().Member("new_epoch"u8, next).Member("old_epoch"u8, previous).End().Finish();
    }

    private static CanonicalBytes DetailOf(Revocation entry, string? reason)
    {
        using var json = new CanonicalWriter();
        return json.BeginObject()
            .Member("blocked"u8, entry.Blocked)
            .Member("epoch"u8, entry.Epoch)
            .Member("id"u8, entry.Id)
            .Member("kind"u8, entry.Kind.ToWire())
            .Member("reason"u8, reason)
            .End().Finish();
    }
}

/// <summary>The epoch before and after.</summary>
/// <param name="Previous">Before.</param>
/// <param name="Current">After.</param>
internal sealed record EpochChange(long Previous, long Current);

/// <summary>What became of a revocation.</summary>
internal enum RevokeOutcome
{
    /// <summary>It is in force and recorded.</summary>
    Done,

    /// <summary>It was so before; nothing changed.</summary>
    Already,

    /// <summary>The ledger could not record it. A revocation is in force until the gate stops; a lifted block is not.</summary>
    NotRecorded,
}
