using LatchGate.Budgets;
using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>Proof that an intent is durable and its grant consumed. Only the ledger makes one, and hands it out after the commit.</summary>
public sealed class RecordedIntent
{
    private RecordedIntent(IntentRecord intent, Sha256Digest digest, long seq, BudgetDebit debit) =>
        (Intent, Digest, Seq, CallsBefore, CallsAfter) = (intent, digest, seq, debit.Before, debit.After);

    /// <summary>What was recorded.</summary>
    public IntentRecord Intent { get; }

    /// <summary>Digest of its canonical text.</summary>
    public Sha256Digest Digest { get; }

    /// <summary>Place of its event in the chain.</summary>
    public long Seq { get; }

    /// <summary>Calls left before the debit under the tightest bound; null without one. The event of the intent has the session's.</summary>
    public long? CallsBefore { get; }

    /// <summary>Calls left after the debit under the tightest bound; null without one.</summary>
    public long? CallsAfter { get; }

    /// <summary>Consumes the grant, debits the budget, moves the approval on and writes the intent: all, or none of it.</summary>
    internal static IntentResult Write(LedgerTables tables, IntentRecord intent, IntentConditions conditions)
    {
        // Everything that can refuse is asked before anything is written, so that a refusal leaves no trace. A revocation is in force
        // before its own commit, so no intent comes after it.
        if (conditions.IsRevoked is { } isRevoked && isRevoked())
        {
            return new IntentResult(IntentOutcome.Revoked, null);
        }

        if (tables.Intents.IsConsumed(intent.GrantId))
        {
            return new IntentResult(IntentOutcome.GrantAlreadyConsumed, null);
        }

        StoredApproval? approval = null;
        if (intent.ApprovalId is not null
            && !tables.Approvals.TryGetClaimed(intent.ApprovalId, conditions.ApprovalClaimToken, out approval))
        {
            return new IntentResult(IntentOutcome.ApprovalNotClaimed, null);
        }

        PrincipalUsage? usage = null;
        if (conditions.Bounds is { } bounds)
        {
            usage = tables.Usage.Find(intent.Principal).Settle(tables.Now);
            if (usage.Refusal(bounds) is { } exhausted)
            {
                return new IntentResult(IntentOutcome.BudgetExhausted, null, exhausted);
            }
        }

        var debit = default(BudgetDebit);
        if (conditions.DebitBudget)
        {
            var refusal = tables.Budgets.TryDebit(intent.SessionId, tables.Now, out debit);
            if (refusal != IntentOutcome.Recorded)
            {
                return new IntentResult(refusal, null, refusal == IntentOutcome.BudgetExhausted ? new BudgetRefusal(BudgetBound.Session) : null);
            }
        }

        var records = new RecordDigests(Approval: approval is null
            ? null
            : tables.Approvals.Update(approval with { State = ApprovalState.Executing }));
        var tightest = debit;
        if (usage is not null)
        {
            var before = Tighter(debit.Before, usage.Remaining(conditions.Bounds!));
            usage.Add(tables.Now);
            tightest = new BudgetDebit(before, before - 1);
            records = records with { Usage = tables.Usage.Store(intent.Principal, usage) };
        }

        var canonical = intent.ToCanonical(tables.Writer);
        var seq = tables.Append(EventOf(intent, debit), records with { Intent = canonical.Digest });
        tables.Intents.Insert(intent, canonical, seq);
        return new IntentResult(IntentOutcome.Recorded, new RecordedIntent(intent, canonical.Digest, seq, tightest));
    }

    private static long? Tighter(long? session, long? principal) =>
        session is { } s && principal is { } p ? Math.Min(s, p) : session ?? principal;

    private static AuditEvent EventOf(IntentRecord intent, BudgetDebit debit) => new()
    {
        TraceId = intent.TraceId,
        EventType = EventTypes.Intent,
        Decision = AuditDecision.Allow,
        Principal = intent.Principal,
        SessionId = intent.SessionId,
        ActionId = intent.ActionId,
        ActionVersion = intent.ActionVersion,
        ActionDigest = intent.ActionDigest,
        RequestHash = intent.RequestHash,
        GrantId = intent.GrantId,
        ApprovalId = intent.ApprovalId,
        ApprovedBy = intent.ApprovedBy,
        CallsBefore = debit.Before,
        CallsAfter = debit.After,
    };
}

/// <summary>The result of recording an intent.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Proof">The proof; present exactly when recorded.</param>
/// <param name="Exhausted">Which budget has no call left; present exactly when that is the outcome.</param>
public readonly record struct IntentResult(IntentOutcome Outcome, RecordedIntent? Proof, BudgetRefusal? Exhausted = null);

/// <summary>What must hold besides an unused grant.</summary>
/// <param name="DebitBudget">Whether the session has a budget, from which one call is taken.</param>
/// <param name="ApprovalClaimToken">The token under which the intent's approval is claimed.</param>
/// <param name="Bounds">The principal's bounds, under which one call is counted; null when it has none.</param>
/// <param name="IsRevoked">Whether an operator revoked the call, its grant, lease, session or principal; asked in the transaction. Null asks nothing.</param>
public readonly record struct IntentConditions(
    bool DebitBudget = false, string? ApprovalClaimToken = null, CallBounds? Bounds = null, Func<bool>? IsRevoked = null);

/// <summary>A session's calls before and after a debit; null for a session without a bound.</summary>
internal readonly record struct BudgetDebit(long? Before, long? After);
