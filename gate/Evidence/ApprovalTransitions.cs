using System.Security.Cryptography;

namespace LatchGate.Evidence;

/// <summary>Why an approval was or was not claimed.</summary>
public enum ClaimOutcome
{
    /// <summary>The caller holds it now.</summary>
    Claimed,

    /// <summary>No such approval.</summary>
    NotFound,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Another operator holds it, or its execution is under way.</summary>
    AlreadyClaimed,

    /// <summary>It is approved, denied or failed.</summary>
    AlreadyCompleted,

    /// <summary>The ledger could not write; nothing changed.</summary>
    LedgerUnavailable,
}

/// <summary>The result of a claim.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Token">The token that deciding needs; present exactly when claimed.</param>
/// <param name="Approval">The approval as it now stands; null when not found or not available.</param>
public readonly record struct ClaimResult(ClaimOutcome Outcome, string? Token, StoredApproval? Approval);

/// <summary>Why an approval was or was not completed.</summary>
public enum CompletionOutcome
{
    /// <summary>It is now in its final state.</summary>
    Completed,

    /// <summary>No such approval.</summary>
    NotFound,

    /// <summary>It is not held under this token.</summary>
    NotClaimed,

    /// <summary>It was completed before; nothing changed.</summary>
    AlreadyCompleted,

    /// <summary>The ledger could not write; nothing changed.</summary>
    LedgerUnavailable,
}

/// <summary>How an approval ends.</summary>
/// <param name="ApprovalId">Which.</param>
/// <param name="ClaimToken">The token of the claim.</param>
/// <param name="State">Approved, denied or failed.</param>
/// <param name="Operator">Who decided.</param>
/// <param name="Reason">Why it was denied or failed: a code or the operator's words.</param>
public sealed record ApprovalCompletion(string ApprovalId, string ClaimToken, ApprovalState State, string Operator, string? Reason = null);

/// <summary>The moves between states, each with its event, inside the caller's transaction (reference/kernel.md §9.2).</summary>
internal static class ApprovalTransitions
{
    /// <summary>A claim that was not followed by an intent may be taken over after this long.</summary>
    internal static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(120);

    // What a caller is told whose evidence could not be stored, for the same reason: it is not known whether the effect happened.
    private const string Interrupted = "evidence_persistence_failed";

    // What whoever waits for a revoked call is told.
    private const string Revoked = "revoked";

    internal static bool Insert(LedgerTables tables, StoredApproval approval, AuditEvent announcement)
    {
        if (tables.Approvals.TryInsert(approval) is not { } digest)
        {
            return false;
        }

        tables.Append(announcement with { ApprovalId = approval.ApprovalId }, new RecordDigests(Approval: digest));
        return true;
    }

    internal static ClaimResult Claim(LedgerTables tables, string approvalId, string @operator, AuditEvent announcement)
    {
        var now = tables.Now;
        if (tables.Approvals.Find(approvalId) is not { } approval)
        {
            return new ClaimResult(ClaimOutcome.NotFound, null, null);
        }

        switch (approval.State)
        {
            case ApprovalState.Approved or ApprovalState.Denied or ApprovalState.Failed:
                return new ClaimResult(ClaimOutcome.AlreadyCompleted, null, approval);
            case ApprovalState.Executing:
            case ApprovalState.Claimed when approval.ClaimedAt > now - ClaimLifetime:
                return new ClaimResult(ClaimOutcome.AlreadyClaimed, null, approval);
            case ApprovalState.Expired:
            case var _ when approval.ExpiresAt <= now:
                return new ClaimResult(ClaimOutcome.Expired, null, approval);
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var claimed = approval with
        {
            State = ApprovalState.Claimed,
            ClaimedBy = @operator,
            ClaimedAt = now,
            ClaimTokenHash = ApprovalTable.HashOf(token),
        };
        tables.Append(announcement with { ApprovalId = approvalId }, new RecordDigests(Approval: tables.Approvals.Update(claimed)));
        return new ClaimResult(ClaimOutcome.Claimed, token, claimed);
    }

    /// <summary>Moves a held approval to its end and returns the digest of that state; the caller appends the event.</summary>
    internal static CompletionOutcome TryComplete(
        LedgerTables tables, ApprovalCompletion completion, string? receiptId, out Crypto.Sha256Digest digest)
    {
        digest = default;
        if (tables.Approvals.Find(completion.ApprovalId) is not { } approval)
        {
            return CompletionOutcome.NotFound;
        }

        if (approval.State is not (ApprovalState.Claimed or ApprovalState.Executing))
        {
            return approval.State == ApprovalState.Pending ? CompletionOutcome.NotClaimed : CompletionOutcome.AlreadyCompleted;
        }

        if (!ApprovalTable.HoldsToken(approval, completion.ClaimToken))
        {
            return CompletionOutcome.NotClaimed;
        }

        digest = tables.Approvals.Update(approval with
        {
            State = completion.State,
            DecidedBy = completion.Operator,
            DecidedAt = tables.Now,
            ReceiptId = receiptId,
            Reason = completion.Reason,
        });
        return CompletionOutcome.Completed;
    }

    internal static List<StoredApproval> Expire(LedgerTables tables, int limit)
    {
        // A fresh claim is being decided: it may still end well, since its plan carries its own expiry.
        var now = tables.Now;
        var expired = tables.Approvals.Expired(now, limit)
            .FindAll(a => a.State == ApprovalState.Pending || a.ClaimedAt is null || a.ClaimedAt <= now - ClaimLifetime);
        for (var i = 0; i < expired.Count; i++)
        {
            expired[i] = expired[i] with { State = ApprovalState.Expired, DecidedAt = now };
            tables.Append(
                new AuditEvent
                {
                    TraceId = expired[i].TraceId,
                    EventType = EventTypes.ApprovalExpired,
                    Decision = AuditDecision.Deny,
                    Principal = expired[i].Principal,
                    SessionId = expired[i].SessionId,
                    ActionId = expired[i].ActionId,
                    RequestHash = expired[i].RequestHash,
                    ApprovalId = expired[i].ApprovalId,
                    DenyReason = "approval expired",
                },
                new RecordDigests(Approval: tables.Approvals.Update(expired[i])));
        }

        return expired;
    }

    /// <summary>Denies the approvals that a revocation ends: those that wait, and those that an operator took and did not dispatch.</summary>
    internal static int Revoke(LedgerTables tables, RevocationChange change)
    {
        if (!change.EndsApprovals)
        {
            return 0;
        }

        var ended = tables.Approvals.Undispatched(
            change.Entry is { Kind: RevocationKind.Principal } ofPrincipal ? ofPrincipal.Id : null,
            change.Entry is { Kind: RevocationKind.Session } ofSession ? ofSession.Id : null);
        foreach (var approval in ended)
        {
            var denied = approval with { State = ApprovalState.Denied, DecidedBy = change.Operator, DecidedAt = tables.Now, Reason = Revoked };
            tables.Append(
                new AuditEvent
                {
                    TraceId = approval.TraceId,
                    EventType = EventTypes.ApprovalDenied,
                    Decision = AuditDecision.Deny,
                    Principal = approval.Principal,
                    SessionId = approval.SessionId,
                    ActionId = approval.ActionId,
                    RequestHash = approval.RequestHash,
                    ApprovalId = approval.ApprovalId,
                    ApprovedBy = change.Operator,
                    DenyReason = Revoked,
                },
                new RecordDigests(Approval: tables.Approvals.Update(denied)));
        }

        return ended.Count;
    }

    /// <summary>
    /// Ends approvals whose execution another run of the gate began and did not bring to a receipt. They are never run again: the
    /// effect may have happened, which the intent without a receipt says.
    /// </summary>
    internal static int EndInterrupted(LedgerTables tables, int limit)
    {
        var interrupted = tables.Approvals.Executing(limit);
        foreach (var approval in interrupted)
        {
            var ended = approval with { State = ApprovalState.Failed, DecidedBy = approval.ClaimedBy, DecidedAt = tables.Now, Reason = Interrupted };
            tables.Append(
                new AuditEvent
                {
                    TraceId = approval.TraceId,
                    EventType = EventTypes.ApprovalFailed,
                    Decision = AuditDecision.Error,
                    Principal = approval.Principal,
                    SessionId = approval.SessionId,
                    ActionId = approval.ActionId,
                    RequestHash = approval.RequestHash,
                    ApprovalId = approval.ApprovalId,
                    ApprovedBy = approval.ClaimedBy,
                    DenyReason = Interrupted,
                },
                new RecordDigests(Approval: tables.Approvals.Update(ended)));
        }

        return interrupted.Count;
    }
}
