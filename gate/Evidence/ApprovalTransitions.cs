using System.Security.Cryptography;

namespace LatchGate.Evidence;

/// <summary>The moves between states, each with its event, inside the caller's transaction (reference/kernel.md §9.2).</summary>
internal static class ApprovalTransitions
{
    /// <summary>A claim that was not followed by an intent may be taken over after this long.</summary>
    internal static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(120);

    /// <summary>Time synchronisation may step back this far unnoticed.</summary>
    internal static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    // As many as a full store ends of its own before it refuses.
    private const int SweepBatch = 200;

    // What a caller is told whose evidence could not be stored, for the same reason: it is not known whether the effect happened.
    private const string Interrupted = "evidence_persistence_failed";

    // What whoever waits for a revoked call is told.
    private const string Revoked = "revoked";

    /// <summary>
    /// Stores a new approval, or joins the one of the same request that has not ended. One transaction: of many at once, one is stored.
    /// </summary>
    internal static HeldCall Hold(LedgerTables tables, StoredApproval approval, AuditEvent announcement, ApprovalBounds bounds, Func<bool>? isRevoked)
    {
        // A revocation is in force before its own commit, which ends what waits: nothing comes to wait after it.
        if (isRevoked is not null && isRevoked())
        {
            return new HeldCall(HoldOutcome.Revoked, null);
        }

        if (approval.SameKey is { } key && tables.Approvals.FindSame(key) is { } same)
        {
            if (same.State != ApprovalState.Pending || same.ExpiresAt > tables.Latest)
            {
                var detail = tables.Writer.Reset().BeginObject().Member("joined"u8, true).End().Finish();
                tables.Append(announcement with { ApprovalId = same.ApprovalId, Detail = detail }, default);
                return new HeldCall(HoldOutcome.Joined, same.ApprovalId);
            }

            ExpireOne(tables, same);
        }

        if (IsFull(tables, approval.Principal, bounds) && (Expire(tables, SweepBatch).Count == 0 || IsFull(tables, approval.Principal, bounds)))
        {
            return new HeldCall(HoldOutcome.Full, null);
        }

        if (tables.Approvals.TryInsert(approval) is not { } digest)
        {
            throw new InvalidOperationException($"The approval id {approval.ApprovalId} is taken.");
        }

        tables.Append(announcement with { ApprovalId = approval.ApprovalId }, new RecordDigests(Approval: digest));
        return new HeldCall(HoldOutcome.Held, approval.ApprovalId);
    }

    internal static ClaimResult Claim(LedgerTables tables, string approvalId, string @operator, AuditEvent announcement)
    {
        var now = tables.Latest;
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
                return new ClaimResult(ClaimOutcome.Expired, null, approval);
            case var _ when approval.ExpiresAt <= now:
                return new ClaimResult(ClaimOutcome.Expired, null, ExpireOne(tables, approval));
            case var _ when approval.CreatedAt > tables.Now + ClockTolerance:
                return new ClaimResult(ClaimOutcome.ClockSetBack, null, approval);
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

    /// <summary>Gives a claim up: the approval waits again, as if it had not been taken. False when it is not held under the token.</summary>
    internal static bool Release(LedgerTables tables, string approvalId, string token, AuditEvent announcement)
    {
        if (!tables.Approvals.TryGetClaimed(approvalId, token, out var approval))
        {
            return false;
        }

        var waiting = approval with { State = ApprovalState.Pending, ClaimedBy = null, ClaimedAt = null, ClaimTokenHash = null };
        tables.Append(announcement with { ApprovalId = approvalId }, new RecordDigests(Approval: tables.Approvals.Update(waiting)));
        return true;
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

    /// <summary>Ends approvals that nobody decided in time.</summary>
    internal static List<StoredApproval> Expire(LedgerTables tables, int limit)
    {
        // A fresh claim is being decided, and may still end well.
        var now = tables.Latest;
        var expired = tables.Approvals.Due(now, limit)
            .FindAll(a => a.State == ApprovalState.Pending || a.ClaimedAt is null || a.ClaimedAt <= now - ClaimLifetime);
        for (var i = 0; i < expired.Count; i++)
        {
            expired[i] = ExpireOne(tables, expired[i]);
        }

        return expired;
    }

    private static StoredApproval ExpireOne(LedgerTables tables, StoredApproval approval) => End(
        tables, approval with { State = ApprovalState.Expired, DecidedAt = tables.Now }, EventTypes.ApprovalExpired, AuditDecision.Deny, "approval expired");

    // Stores an end that is not an operator's decision on the call, with its event.
    private static StoredApproval End(LedgerTables tables, StoredApproval ended, string eventType, AuditDecision decision, string reason)
    {
        tables.Append(
            new AuditEvent
            {
                TraceId = ended.TraceId,
                EventType = eventType,
                Decision = decision,
                Principal = ended.Principal,
                SessionId = ended.SessionId,
                ActionId = ended.ActionId,
                RequestHash = ended.RequestHash,
                ApprovalId = ended.ApprovalId,
                ApprovedBy = ended.DecidedBy,
                DenyReason = reason,
            },
            new RecordDigests(Approval: tables.Approvals.Update(ended)));
        return ended;
    }

    private static bool IsFull(LedgerTables tables, string principal, ApprovalBounds bounds) =>
        tables.Approvals.Open.Total >= bounds.InAll || tables.Approvals.Open.Of(principal) >= bounds.PerPrincipal;

    /// <summary>Denies the approvals that a revocation ends: those that wait, and those that an operator took and did not dispatch.</summary>
    internal static int Revoke(LedgerTables tables, RevocationChange change)
    {
        if (!change.EndsApprovals)
        {
            return 0;
        }

        var ended = tables.Approvals.Undispatched(change.Entry);
        foreach (var approval in ended)
        {
            var denied = approval with { State = ApprovalState.Denied, DecidedBy = change.Operator, DecidedAt = tables.Now, Reason = Revoked };
            End(tables, denied, EventTypes.ApprovalDenied, AuditDecision.Deny, Revoked);
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
            End(tables, ended, EventTypes.ApprovalFailed, AuditDecision.Error, Interrupted);
        }

        return interrupted.Count;
    }
}
