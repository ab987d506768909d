using System.Collections.Concurrent;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Approvals;

/// <summary>Holds calls that need a human, and carries out what the human decides (docs/approvals.md).</summary>
internal sealed class ApprovalDesk(
    Ledger ledger,
    PlanReview review,
    Revocations revocations,
    LearnedStore learned,
    PlanVault vault,
    Execution execution,
    DrainSwitch drain,
    ApprovalsConfig settings,
    TimeProvider time)
{
    // Their calls were made, their receipts are lost, and the ledger did not take their end either.
    private readonly ConcurrentQueue<UnwrittenEnd> _unwritten = [];

    /// <summary>Hears of steps; null in a gate.</summary>
    internal Action<CallStep>? Reached { get; init; }

    /// <summary>Freezes the plan and stores it, or joins the call that waits for the same.</summary>
    /// <param name="subject">Who asks.</param>
    /// <param name="request">For what.</param>
    /// <param name="task">What the provider would get.</param>
    /// <param name="decision">Policy asks for a human.</param>
    /// <param name="callsRemaining">Calls that the caller has left; null for no bound.</param>
    /// <param name="unlisted">What no rule names.</param>
    internal async ValueTask<HoldResult> HoldAsync(
        CallSubject subject, ValidatedRequest request, ResolvedTask task, PolicyDecision decision, long? callsRemaining, Unlisted unlisted)
    {
        var action = request.Action;
        var plan = FrozenPlan.Freeze(subject, request, task, decision, callsRemaining, unlisted);
        var canonical = plan.ToCanonical();
        var approvalId = AuthorizedCall.NewId();
        var now = time.GetUtcNow();
        var approval = new StoredApproval
        {
            ApprovalId = approvalId,
            TraceId = subject.TraceId,
            Principal = subject.Principal,
            SessionId = subject.SessionId,
            Owner = subject.Owner,
            ActionId = action.Id,
            ActionVersion = action.Version,
            RiskLevel = action.Risk.ToWire(),
            PolicyVersion = decision.PolicyVersion,
            LeaseJti = subject.LeaseJti,
            GrantId = plan.GrantId,
            RequestHash = request.Canonical.Digest,
            SameKey = plan.SameKey(),
            PlanHash = canonical.Digest,
            CreatedAt = now,
            ExpiresAt = now + TimeSpan.FromSeconds(settings.TtlSeconds),
        };
        approval = approval with { SealedPlan = vault.Seal(approval, canonical) };
        var announcement = CallEvents.Of(subject, action) with
        {
            Decision = AuditDecision.PendingApproval,
            ActionTrustVerdict = "digest_ok",
            RequestHash = request.Canonical.Digest,
            PolicyVersion = decision.PolicyVersion,
            AllowedSinks = decision.AllowedSinks,
            CallsBefore = callsRemaining,
        };
        var bounds = new ApprovalBounds(settings.MaxPending, settings.MaxPendingPerPrincipal);
        var held = await ledger
            .HoldApprovalAsync(approval, announcement, bounds, () => revocations.Refuses(subject, subject.Epoch, plan.GrantId)).ConfigureAwait(false);
        return !held.IsDurable ? new HoldResult(null, new Denial(GateFailure.StoreUnavailable)) : held.Value.Outcome switch
        {
            HoldOutcome.Full => new HoldResult(null, new Denial(GateFailure.TooManyPending)),
            HoldOutcome.Revoked => new HoldResult(null, new Denial(GateFailure.Revoked)),
            _ => new HoldResult(held.Value.ApprovalId, null),
        };
    }

    /// <summary>Claims an approval for an operator, checks its plan against the gate as it is now, and executes it once.</summary>
    internal async ValueTask<DecisionResult> ApproveAsync(ApproveRequest request)
    {
        using var admission = drain.TryEnter();
        if (admission is null)
        {
            return DecisionResult.Refused(new Denial(GateFailure.Draining));
        }

        if (await RefuseBeforeClaimAsync(request).ConfigureAwait(false) is { } early)
        {
            return early;
        }

        var claim = await ClaimAsync(request.ApprovalId, request.Operator).ConfigureAwait(false);
        if (claim.Outcome != ClaimOutcome.Claimed)
        {
            return Unclaimed(in claim);
        }

        Reached?.Invoke(CallStep.Claimed);
        var ready = await review.PrepareAsync(claim, request.Operator, request.Trace).ConfigureAwait(false);
        if (ready.Call is not { } call)
        {
            return await EndAsync(claim, request.Operator, ready.Refusal!).ConfigureAwait(false);
        }

        var outcome = await execution.RunAsync(call, ready.CallsRemaining - 1).ConfigureAwait(false);
        Reached?.Invoke(CallStep.OutcomeRecorded);
        return outcome switch
        {
            // Nothing was dispatched, so the approval is still held. With a receipt it has ended with the receipt.
            CallOutcome.Denied { Denial: { ReceiptId: null, Failure: not GateFailure.EvidencePersistenceFailed } denial } =>
                await EndAsync(claim, request.Operator, denial).ConfigureAwait(false),
            CallOutcome.Denied { Denial.ReceiptId: null } lost => await EndWithoutReceiptAsync(claim, request.Operator, lost).ConfigureAwait(false),
            _ => DecisionResult.Of(outcome, await LearnAsync(request, call, outcome).ConfigureAwait(false)),
        };
    }

    /// <summary>Ends approvals whose receipt was lost and whose end the ledger did not take then.</summary>
    /// <returns>False while it takes none.</returns>
    internal async ValueTask<bool> SweepAsync()
    {
        while (_unwritten.TryPeek(out var end))
        {
            if (!await TryEndAsync(end).ConfigureAwait(false))
            {
                return false;
            }

            _ = _unwritten.TryDequeue(out _);
        }

        return true;
    }

    // No receipt will come that could end it: whoever waits would be told "pending", and an equal request would join it, until the next start.
    private async ValueTask<DecisionResult> EndWithoutReceiptAsync(ClaimResult claim, VerifiedOperator @operator, CallOutcome.Denied lost)
    {
        var code = GateFailures.Describe(lost.Denial.Failure).Code;
        var end = new UnwrittenEnd(
            new ApprovalCompletion(claim.Approval!.ApprovalId, claim.Token!, ApprovalState.Failed, @operator.Name, code),
            ApprovalEvents.Of(claim.Approval, @operator, EventTypes.ApprovalFailed, AuditDecision.Error, code));
        if (!await TryEndAsync(end).ConfigureAwait(false))
        {
            _unwritten.Enqueue(end);
        }

        return DecisionResult.Of(lost, null);
    }

    private async ValueTask<bool> TryEndAsync(UnwrittenEnd end) =>
        await ledger.CompleteApprovalAsync(end.Completion, end.Announcement).ConfigureAwait(false) != CompletionOutcome.LedgerUnavailable;

    // Only when the call did what it was to do, and only what the operator named (D-42); the call stands whatever becomes of this.
    private async ValueTask<LearnedEntries?> LearnAsync(ApproveRequest request, AuthorizedCall call, CallOutcome outcome)
    {
        if (request.Learn.IsEmpty || outcome is not CallOutcome.Executed { Report: var report })
        {
            return null;
        }

        if (!report.IsFullySuccessful)
        {
            return new LearnedEntries(null, null, "call_not_successful");
        }

        var by = Learner.Of(request.Operator);
        var entries = new LearnedEntries(null, null, null);
        if (request.Learn.Domain is { } domain)
        {
            var result = await learned.AddDomainAsync(call.Action.Id, domain, by, LearnSource.Approval, request.ApprovalId).ConfigureAwait(false);
            entries = FaultOf(result.Outcome) is { } fault ? entries with { Fault = fault } : entries with { Domain = result.Value };
        }

        if (request.Learn.PathOf(call.Subject) is { } path)
        {
            var result = await learned.AddPathAsync(call.Action.Id, PathGlob.Escape(path), by, LearnSource.Approval, request.ApprovalId).ConfigureAwait(false);
            entries = FaultOf(result.Outcome) is { } fault ? entries with { Fault = fault } : entries with { Path = result.Value };
        }

        return entries;
    }

    private static string? FaultOf(LearnOutcome outcome) => outcome switch
    {
        LearnOutcome.Changed or LearnOutcome.Unchanged => null,
        LearnOutcome.StoreUnavailable => "store_unavailable",
        LearnOutcome.Full => "too_many_learned",
        _ => "not_permitted",
    };

    /// <summary>Claims an approval for an operator and ends it as denied. Who asked may take the request back; a stopping gate still takes a no.</summary>
    internal async ValueTask<DecisionResult> DenyAsync(string approvalId, VerifiedOperator @operator, string? reason)
    {
        var claim = await ClaimAsync(approvalId, @operator).ConfigureAwait(false);
        if (claim.Outcome != ClaimOutcome.Claimed)
        {
            return Unclaimed(in claim);
        }

        var told = string.IsNullOrWhiteSpace(reason) ? "operator_denied" : PlainText.Clean(reason);
        var completion = new ApprovalCompletion(approvalId, claim.Token!, ApprovalState.Denied, @operator.Name, told);
        var announcement = ApprovalEvents.Of(claim.Approval!, @operator, EventTypes.ApprovalDenied, AuditDecision.Deny, told);
        return await ledger.CompleteApprovalAsync(completion, announcement).ConfigureAwait(false) switch
        {
            CompletionOutcome.Completed => DecisionResult.Denied(claim.Approval!, @operator.Name, told),
            CompletionOutcome.LedgerUnavailable => DecisionResult.Refused(new Denial(GateFailure.StoreUnavailable)),
            _ => DecisionResult.Refused(new Denial(GateFailure.Conflict)),
        };
    }

    // What is wrong with the decision itself is said before anything is claimed: the approval goes on waiting (D-41).
    private async ValueTask<DecisionResult?> RefuseBeforeClaimAsync(ApproveRequest request)
    {
        var approval = ledger.Read(reader => reader.FindApproval(request.ApprovalId));
        if (approval is null || approval.HasEnded || !vault.TryOpen(approval, out var plan))
        {
            // The claim says what this is; a plan that cannot be read ends there.
            return null;
        }

        if (SeparationOfDuties.FaultOf(plan, request.Operator, request.PeerUid, settings.SeparateUid) is { } conflict)
        {
            var refusal = new Denial(GateFailure.SelfApproval, conflict);
            var announcement = ApprovalEvents.Of(approval, request.Operator, EventTypes.ApprovalRefused, AuditDecision.Deny, Told(refusal));
            var written = await ledger.AppendEventAsync(announcement).ConfigureAwait(false);
            return DecisionResult.Refused(written.IsDurable ? refusal : new Denial(GateFailure.StoreUnavailable));
        }

        return request.Learn.FaultFor(plan) is { } fault ? DecisionResult.Refused(new Denial(GateFailure.BadRequest, fault)) : null;
    }

    // Ends an approval that was not dispatched; where only the gate failed, the operator may try again.
    private ValueTask<DecisionResult> EndAsync(ClaimResult claim, VerifiedOperator @operator, Denial refusal) => refusal.Failure
        is GateFailure.StoreUnavailable or GateFailure.InternalError or GateFailure.PolicyEngineUnavailable or GateFailure.PolicyEngineTimeout or GateFailure.PolicyEngineInvalidResponse
            ? ReleaseAsync(claim, @operator, refusal)
            : FailAsync(claim, @operator, refusal);

    private async ValueTask<DecisionResult> FailAsync(ClaimResult claim, VerifiedOperator @operator, Denial refusal)
    {
        var text = GateFailures.Describe(refusal.Failure);
        var completion = new ApprovalCompletion(claim.Approval!.ApprovalId, claim.Token!, ApprovalState.Failed, @operator.Name, text.Code);
        var announcement = ApprovalEvents.Of(
            claim.Approval, @operator, EventTypes.ApprovalFailed, text.Status < 500 ? AuditDecision.Deny : AuditDecision.Error, Told(refusal));
        var outcome = await ledger.CompleteApprovalAsync(completion, announcement).ConfigureAwait(false);
        return DecisionResult.Refused(outcome == CompletionOutcome.LedgerUnavailable ? new Denial(GateFailure.StoreUnavailable) : refusal, claim.Approval);
    }

    private async ValueTask<DecisionResult> ReleaseAsync(ClaimResult claim, VerifiedOperator @operator, Denial refusal)
    {
        var announcement = ApprovalEvents.Of(claim.Approval!, @operator, EventTypes.ApprovalReleased, AuditDecision.PendingApproval, Told(refusal));

        // If this cannot be written either, the claim ends by its age.
        _ = await ledger.ReleaseApprovalAsync(claim.Approval!.ApprovalId, claim.Token!, announcement).ConfigureAwait(false);
        return DecisionResult.Refused(refusal);
    }

    private ValueTask<ClaimResult> ClaimAsync(string approvalId, VerifiedOperator @operator) =>
        ledger.ClaimApprovalAsync(approvalId, @operator.Name, ApprovalEvents.Claim(approvalId, @operator));

    private static DecisionResult Unclaimed(in ClaimResult claim) => claim.Outcome switch
    {
        ClaimOutcome.NotFound => DecisionResult.Refused(new Denial(GateFailure.ActionNotFound)),
        ClaimOutcome.Expired => DecisionResult.Refused(new Denial(GateFailure.ApprovalExpired)),
        ClaimOutcome.AlreadyClaimed => DecisionResult.Refused(new Denial(GateFailure.Conflict)),
        ClaimOutcome.AlreadyCompleted => DecisionResult.Already(claim.Approval!),
        ClaimOutcome.ClockSetBack => DecisionResult.Refused(new Denial(GateFailure.ClockError)),
        _ => DecisionResult.Refused(new Denial(GateFailure.StoreUnavailable)),
    };

    private static string Told(Denial denial)
    {
        var code = GateFailures.Describe(denial.Failure).Code;
        return denial.Reason is { } reason ? $"{code}: {reason}" : code;
    }

    /// <summary>The end of an approval, to be written.</summary>
    private sealed record UnwrittenEnd(ApprovalCompletion Completion, AuditEvent Announcement);
}

/// <summary>What became of a call that policy wants a human to see: exactly one member is set.</summary>
/// <param name="ApprovalId">It waits under this id.</param>
/// <param name="Refusal">Why it does not wait.</param>
internal readonly record struct HoldResult(string? ApprovalId, Denial? Refusal);
