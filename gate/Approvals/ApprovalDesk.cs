using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Approvals;

/// <summary>Holds calls that need a human, and carries out what the human decides.</summary>
internal sealed class ApprovalDesk(Ledger ledger, ActionRegistry actions, LearnedStore learned, Revocations revocations, Execution execution, DrainSwitch drain, TimeProvider time)
{
    /// <summary>How long a call waits for a decision; silence denies.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    /// <summary>Freezes the plan and stores it. Returns the approval's id, or null when it could not be stored.</summary>
    internal async ValueTask<string?> HoldAsync(
        CallSubject subject, ValidatedRequest request, ResolvedTask task, PolicyDecision decision, string? unlistedHost)
    {
        var action = request.Action;
        var plan = new FrozenPlan
        {
            GrantId = AuthorizedCall.NewId(),
            Subject = subject,
            ActionId = action.Id,
            ActionVersion = action.Version,
            ActionDigest = action.Digest,
            ModuleDigest = action.ModuleDigest,
            RequestHash = request.Canonical.Digest,
            Task = task.Bytes,
            TaskHash = task.Hash,
            PolicyVersion = decision.PolicyVersion,
            Secrets = decision.ApprovedSecrets,
            Domains = decision.ApprovedDomains,
            Epoch = subject.Epoch,
            UnlistedHost = unlistedHost,
        }.ToCanonical();
        var now = time.GetUtcNow();
        var approval = new StoredApproval
        {
            ApprovalId = AuthorizedCall.NewId(),
            TraceId = subject.TraceId,
            Principal = subject.Principal,
            SessionId = subject.SessionId,
            ActionId = action.Id,
            RequestHash = request.Canonical.Digest,
            Plan = plan.Memory,
            PlanHash = plan.Digest,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        };
        var announcement = CallEvents.Of(subject, action) with
        {
            Decision = AuditDecision.PendingApproval,
            ActionTrustVerdict = "digest_ok",
            RequestHash = request.Canonical.Digest,
            PolicyVersion = decision.PolicyVersion,
            AllowedSinks = decision.AllowedSinks,
            ApprovalId = approval.ApprovalId,
        };
        var stored = await ledger.InsertApprovalAsync(approval, announcement).ConfigureAwait(false);
        return stored is { IsDurable: true, Value: true } ? approval.ApprovalId : null;
    }

    /// <summary>Claims an approval for an operator, checks its plan, and executes it once.</summary>
    internal async ValueTask<DecisionResult> ApproveAsync(string approvalId, VerifiedOperator @operator)
    {
        using var admission = drain.TryEnter();
        if (admission is null)
        {
            return DecisionResult.Refused(new Denial(GateFailure.Draining));
        }

        var claim = await ClaimAsync(approvalId, @operator).ConfigureAwait(false);
        if (claim.Outcome != ClaimOutcome.Claimed)
        {
            return Unclaimed(in claim);
        }

        var plan = ClaimedPlan.TryCreate(in claim, @operator, actions, revocations, out var refusal);
        if (plan is null)
        {
            return await FailAsync(claim, @operator, refusal!).ConfigureAwait(false);
        }

        var call = AuthorizedCall.FromApproval(plan, learned.Current.RulesOf(plan.Task.Action));
        long? callsBefore = call.Subject.HasBudget ? ledger.CallsRemaining(call.Subject.SessionId) : null;
        var outcome = await execution.RunAsync(call, callsBefore - 1).ConfigureAwait(false);
        return outcome switch
        {
            // Nothing was dispatched, so the approval is still held; end it. With a receipt it has ended with the receipt.
            CallOutcome.Denied { Denial: { ReceiptId: null, Failure: not GateFailure.EvidencePersistenceFailed } denial } =>
                await FailAsync(claim, @operator, denial).ConfigureAwait(false),
            _ => DecisionResult.Of(outcome),
        };
    }

    /// <summary>Claims an approval for an operator and ends it as denied.</summary>
    internal async ValueTask<DecisionResult> DenyAsync(string approvalId, VerifiedOperator @operator, string? reason)
    {
        var claim = await ClaimAsync(approvalId, @operator).ConfigureAwait(false);
        if (claim.Outcome != ClaimOutcome.Claimed)
        {
            return Unclaimed(in claim);
        }

        var told = string.IsNullOrWhiteSpace(reason) ? "operator_denied" : PlainText.Clean(reason);
        var completion = new ApprovalCompletion(approvalId, claim.Token!, ApprovalState.Denied, @operator.Name, told);
        var outcome = await ledger
            .CompleteApprovalAsync(completion, EventOf(claim.Approval!, @operator, EventTypes.ApprovalDenied, AuditDecision.Deny, told)).ConfigureAwait(false);
        return outcome switch
        {
            CompletionOutcome.Completed => DecisionResult.Denied(claim.Approval!, @operator.Name, told),
            CompletionOutcome.LedgerUnavailable => DecisionResult.Refused(new Denial(GateFailure.StoreUnavailable)),
            _ => DecisionResult.Refused(new Denial(GateFailure.Conflict)),
        };
    }

    private async ValueTask<DecisionResult> FailAsync(ClaimResult claim, VerifiedOperator @operator, Denial refusal)
    {
        var code = GateFailures.Describe(refusal.Failure).Code;
        var completion = new ApprovalCompletion(claim.Approval!.ApprovalId, claim.Token!, ApprovalState.Failed, @operator.Name, code);
        var outcome = await ledger
            .CompleteApprovalAsync(completion, EventOf(claim.Approval, @operator, EventTypes.ApprovalFailed, AuditDecision.Error, code)).ConfigureAwait(false);
        return DecisionResult.Refused(outcome == CompletionOutcome.LedgerUnavailable ? new Denial(GateFailure.StoreUnavailable) : refusal);
    }

    private async ValueTask<ClaimResult> ClaimAsync(string approvalId, VerifiedOperator @operator)
    {
        var announcement = new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.ApprovalClaimed,
            Decision = AuditDecision.PendingApproval,
            Principal = @operator.Name,
            ApprovalId = approvalId,
            OperatorAuthnMethod = @operator.AuthnMethod,
            OperatorSenderBinding = @operator.SenderBinding,
        };
        return await ledger.ClaimApprovalAsync(approvalId, @operator.Name, announcement).ConfigureAwait(false);
    }

    private static DecisionResult Unclaimed(in ClaimResult claim) => claim.Outcome switch
    {
        ClaimOutcome.NotFound => DecisionResult.Refused(new Denial(GateFailure.ActionNotFound)),
        ClaimOutcome.Expired => DecisionResult.Refused(new Denial(GateFailure.ApprovalExpired)),
        ClaimOutcome.AlreadyClaimed => DecisionResult.Refused(new Denial(GateFailure.Conflict)),
        ClaimOutcome.AlreadyCompleted => DecisionResult.Already(claim.Approval!),
        _ => DecisionResult.Refused(new Denial(GateFailure.StoreUnavailable)),
    };

    private static AuditEvent EventOf(StoredApproval approval, VerifiedOperator @operator, string type, AuditDecision decision, string reason) => new()
    {
        TraceId = approval.TraceId,
        EventType = type,
        Decision = decision,
        DenyReason = reason,
        Principal = approval.Principal,
        SessionId = approval.SessionId,
        ActionId = approval.ActionId,
        RequestHash = approval.RequestHash,
        ApprovalId = approval.ApprovalId,
        ApprovedBy = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };
}
