using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Budgets;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Grants;
using LatchGate.Identity;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Pipeline;

/// <summary>
/// The common end of the automatic and the approved path (reference/kernel.md §3.3):
/// terms of the grant, validated → durable intent, and meanwhile the grant, signed and verified → dispatch → judgement → durable receipt → report.
/// </summary>
internal sealed class Execution(
    Dispatch dispatch, Ledger ledger, BudgetBook budgets, GateKeys keys, BuildIdentity build, Revocations revocations, TimeProvider time, GateLog log)
{
    /// <summary>A grant outlives the action's time-out by this much, for the work around it.</summary>
    private static readonly TimeSpan GrantGrace = TimeSpan.FromSeconds(30);

    /// <summary>Hears of steps; null in a gate.</summary>
    internal Action<CallStep>? Reached { get; init; }

    /// <summary>Counts what became of executions; null counts nothing.</summary>
    internal GateMetrics? Metrics { get; init; }

    /// <summary>Where what became of the provider's requests is told.</summary>
    internal EgressJournal Journal { get; init; } = EgressJournal.LedgerOnly;

    /// <summary>Executes an authorised call, at most once, and answers only with durable evidence.</summary>
    internal async ValueTask<CallOutcome> RunAsync(AuthorizedCall call, long? callsAfter)
    {
        var trace = call.Subject.Trace;
        trace?.Enter(CallStage.Intent);
        var started = time.GetUtcNow();
        var terms = TermsOf(call, started, callsAfter);
        var fault = terms.Validate(call.Action, call.Task.Bytes.Span, time.GetUtcNow(), revocations.Floor);
        bool IsRevoked() => revocations.Refuses(call.Subject, call.Subject.Epoch, call.GrantId);
        if (fault != GrantFault.None || IsRevoked())
        {
            return Denied(call, Refusal(fault == GrantFault.None ? GrantFault.Revoked : fault));
        }

        Reached?.Invoke(CallStep.IntentReady);
        trace?.BeginGrant();
        var granting = GrantAsync(terms, trace);
        var (outcome, intent, exhausted) = await ledger.RecordIntentAsync(
            IntentOf(call, started),
            new IntentConditions(call.Subject.HasBudget, call.Approval?.ClaimToken, budgets.Of(call.Subject.Principal), IsRevoked)).ConfigureAwait(false);
        if (intent is null)
        {
            return Denied(call, exhausted is null ? Refusal(outcome) : BudgetDesk.Explain(exhausted));
        }

        Reached?.Invoke(CallStep.IntentRecorded);
        var granted = await granting.ConfigureAwait(false);
        trace?.GrantIsDone();
        trace?.Enter(CallStage.Provider);
        var done = granted is { } grant
            ? await dispatch.RunAsync(call, grant, intent).ConfigureAwait(false)
            : new DispatchResult(default, [], null, GateFailed: true);
        Reached?.Invoke(CallStep.Dispatched);
        trace?.Enter(CallStage.Verify);
        var ending = EndingOf(call, intent, in done);
        Metrics?.ProviderEnded(call.Action.Id, ending?.Judgement ?? Judgement.GateFailed);
        if (ending is null || await RecordAsync(call, ending, done.Hops).ConfigureAwait(false) is not { IsDurable: true, Value: { } evidence })
        {
            return Denied(call, new Denial(GateFailure.EvidencePersistenceFailed));
        }

        var (content, judgement) = (ending.Receipt.Content, ending.Judgement);
        if (judgement.Denial is { } denial)
        {
            trace?.Fail(denial.Failure is GateFailure.VerificationFailed or GateFailure.ResponseSchemaViolation ? CallStage.Verify : CallStage.Provider);
            return Denied(call, denial with { ReceiptId = content.ReceiptId });
        }

        return new CallOutcome.Executed(call.Subject.TraceId, new ExecutionReport(
            evidence,
            call.Action.Id,
            call.GrantId,
            content.ReceiptId,
            done.Sandbox.Output,
            judgement.Verification,
            content.Runtime,
            judgement.Succeeded ? 0 : 1,
            call.Approval,
            call.ApprovalHash));
    }

    // Another core signs and verifies while the intent is on its way to the disk, which needs the grant's id only. When work waits for
    // the pool's threads there is no core to spare, and a change of thread would cost more than it saves.
    private Task<VerifiedGrant?> GrantAsync(GrantTerms terms, CallTrace? trace) =>
        ThreadPool.PendingWorkItemCount == 0 ? Task.Run(() => Grant(terms, trace)) : Task.FromResult(Grant(terms, trace));

    private VerifiedGrant? Grant(GrantTerms terms, CallTrace? trace)
    {
        try
        {
            // One key for both: an operator may replace it meanwhile.
            var key = keys.Grant;
            var verified = VerifiedGrant.TryVerify(SignedGrant.Sign(terms, key), key);
            trace?.EndGrant();
            if (verified is { } grant)
            {
                return grant;
            }

            log.Unexpected(new InvalidOperationException("The grant that was just signed does not verify."));
        }
        catch (Exception e)
        {
            // The intent may be durable by now: the call goes on without a grant, which ends in a receipt.
            log.Unexpected(e);
        }

        return null;
    }

    // A recorded intent gets a receipt whatever the gate itself gets wrong about it (reference/kernel.md D-24); null only where none can be
    // signed.
    private Ending? EndingOf(AuthorizedCall call, RecordedIntent intent, in DispatchResult done)
    {
        try
        {
            return SignedEnding(call, intent, in done, Judgement.Of(call.Action, in done, call.Task));
        }
        catch (Exception e)
        {
            log.Unexpected(e);
        }

        try
        {
            return SignedEnding(call, intent, in done, Judgement.GateFailed);
        }
        catch (Exception e)
        {
            log.Unexpected(e);
            return null;
        }
    }

    private Ending SignedEnding(AuthorizedCall call, RecordedIntent intent, in DispatchResult done, Judgement judgement)
    {
        call.Subject.Trace?.Enter(CallStage.Receipt);
        return new Ending(
            judgement,
            SignedReceipt.Sign(ReceiptOf(call, intent, in done, judgement), keys.Receipt),
            EventOf(call, intent, in done, judgement));
    }

    // The effect may have happened: whatever keeps the receipt from the disk, the caller hears just that.
    private async ValueTask<Written<DurableEvidence>> RecordAsync(AuthorizedCall call, Ending ending, IReadOnlyList<LatchGate.Egress.EgressRecord>? hops)
    {
        try
        {
            return await ledger.RecordOutcomeAsync(ending.Receipt, EventsOf(call, ending, hops), CompletionOf(call, ending.Judgement)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            log.Unexpected(e);
            return new Written<DurableEvidence>(WriteFault.Unavailable, null);
        }
    }

    // The outcome's event first; those of the requests ride with it.
    private List<AuditEvent> EventsOf(AuthorizedCall call, Ending ending, IReadOnlyList<LatchGate.Egress.EgressRecord>? hops)
    {
        var events = new List<AuditEvent>(1 + (hops?.Count ?? 0)) { ending.Event };
        for (var i = 0; hops is not null && i < hops.Count; i++)
        {
            events.Add(Journal.Tell(call.Subject, call.Action, hops[i], call.GrantId));
        }

        return events;
    }

    // The operator's decision ends with the receipt, in the same commit.
    private static ApprovalCompletion? CompletionOf(AuthorizedCall call, Judgement judgement) => call.Approval is not { } approval ? null
        : judgement.Denial is { } denial
            ? new ApprovalCompletion(
                approval.ApprovalId, approval.ClaimToken, ApprovalState.Failed, approval.OperatorId, GateFailures.Describe(denial.Failure).Code)
            : new ApprovalCompletion(approval.ApprovalId, approval.ClaimToken, ApprovalState.Approved, approval.OperatorId);

    private static CallOutcome.Denied Denied(AuthorizedCall call, Denial denial) =>
        new(call.Subject.TraceId, denial, call.Subject.Principal, call.Action.Id);

    private static Denial Refusal(GrantFault fault) => fault switch
    {
        GrantFault.Revoked => new Denial(GateFailure.Revoked),
        GrantFault.NotApproved => new Denial(GateFailure.PolicyDenied, "the action's risk demands an operator's approval, and the call has none"),
        _ => new Denial(GateFailure.InternalError),
    };

    private static Denial Refusal(IntentOutcome outcome) => outcome switch
    {
        IntentOutcome.GrantAlreadyConsumed => new Denial(GateFailure.GrantConsumed),
        IntentOutcome.BudgetExhausted => new Denial(GateFailure.BudgetExhausted),
        IntentOutcome.BudgetSessionNotFound => new Denial(GateFailure.BudgetSessionNotFound),
        IntentOutcome.Revoked => new Denial(GateFailure.Revoked),
        IntentOutcome.ApprovalNotClaimed => new Denial(GateFailure.Conflict),
        IntentOutcome.LedgerBusy or IntentOutcome.LedgerUnavailable => new Denial(GateFailure.StoreUnavailable),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "A recorded intent is no refusal."),
    };

    private GrantTerms TermsOf(AuthorizedCall call, DateTimeOffset now, long? callsAfter) => new()
    {
        GrantId = call.GrantId,
        TraceId = call.Subject.TraceId,
        Subject = call.Subject.Principal,
        SessionId = call.Subject.SessionId,
        SenderBinding = call.Subject.SenderBinding,
        ActionId = call.Action.Id,
        ActionVersion = call.Action.Version,
        ActionDigest = call.Action.Digest,
        ModuleDigest = call.Action.ModuleDigest,
        RequestHash = call.RequestHash,
        TaskHash = call.Task.Hash,
        PolicyVersion = call.PolicyVersion,
        ApprovedTargets = call.Targets,
        ApprovedSecrets = call.Secrets,
        CallsAfter = callsAfter,
        ApprovedBy = call.Approval?.OperatorId,
        OperatorBinding = call.Approval?.OperatorBinding,
        ApprovalHash = call.ApprovalHash,
        IssuedAt = now,
        ExpiresAt = now + TimeSpan.FromSeconds(call.Action.Limits.TimeoutSeconds) + GrantGrace,
        RevocationEpoch = call.Subject.Epoch,
    };

    private static IntentRecord IntentOf(AuthorizedCall call, DateTimeOffset started) => new()
    {
        GrantId = call.GrantId,
        TraceId = call.Subject.TraceId,
        ActionId = call.Action.Id,
        ActionVersion = call.Action.Version,
        ActionDigest = call.Action.Digest,
        Principal = call.Subject.Principal,
        SessionId = call.Subject.SessionId,
        RequestHash = call.RequestHash,
        TaskDigest = call.Task.Hash,
        ModuleDigest = call.Action.ModuleDigest,
        ApprovalId = call.Approval?.ApprovalId,
        ApprovedBy = call.Approval?.OperatorId,
        StartedAt = started,
    };

    private ReceiptContent ReceiptOf(AuthorizedCall call, RecordedIntent intent, in DispatchResult done, Judgement judgement) => new()
    {
        ReceiptId = AuthorizedCall.NewId(),
        Intent = intent,
        ProviderReference = call.Action.ProviderReference,
        ProviderOutput = judgement.Output,
        Result = judgement.Result,
        Verification = judgement.Verification,
        Effects = Seen(done.Effects, done.Files),
        Runtime = new ReceiptRuntime((long)done.Sandbox.Duration.TotalMilliseconds, done.Sandbox.FuelConsumed, done.Sandbox.IoCalls),
        FinishedAt = time.GetUtcNow(),
        Failure = judgement.Failure,
        BuildDigest = build.ManifestSetDigest,
    };

    private static ImmutableArray<EffectEvidence> Seen(IReadOnlyList<HostIo.EffectEvidence> effects, IReadOnlyList<HostIo.Files.FileEvidence> files)
    {
        if (effects.Count + files.Count == 0)
        {
            return [];
        }

        var seen = ImmutableArray.CreateBuilder<EffectEvidence>(effects.Count + files.Count);
        foreach (var effect in effects)
        {
            seen.Add(new EffectEvidence
            {
                Kind = "http",
                Method = effect.Method,
                Target = effect.Origin,
                Status = effect.Status,
                PathHash = effect.Fingerprint,
                RequestBodyHash = effect.RequestBody,
                ResponseBodyHash = effect.ResponseBody,
                BytesSent = effect.RequestLength,
                BytesReceived = effect.ResponseLength,
                WouldDeny = effect.Verdict.WouldDeny is { } reason ? LatchGate.Egress.EgressReasons.Label(reason) : null,
            });
        }

        foreach (var file in files)
        {
            seen.Add(new EffectEvidence
            {
                Kind = "fs",
                Method = file.Operation,
                Target = file.Path,
                BeforeHash = file.BeforeHash,
                AfterHash = file.AfterHash,
                BytesBefore = file.BytesBefore,
                BytesAfter = file.BytesAfter,
                Fault = file.Outcome == HostIo.Files.FileFault.None ? null : HostIo.Files.FileFaults.Label(file.Outcome),
            });
        }

        return seen.MoveToImmutable();
    }

    private static AuditEvent EventOf(AuthorizedCall call, RecordedIntent intent, in DispatchResult done, Judgement judgement)
    {
        var action = call.Action;
        return CallEvents.Of(call.Subject, action) with
        {
            Decision = judgement.Denial is null
                ? judgement.Verification.Status == VerificationStatus.Verified ? AuditDecision.Allow : AuditDecision.AllowUnverified
                : judgement.Failure == FailureClass.PolicyViolation || judgement.Denial.Failure == GateFailure.VerificationFailed
                    ? AuditDecision.Deny
                : AuditDecision.Error,
            DenyReason = judgement.Denial?.Reason,
            ActionTrustVerdict = "digest_ok",
            RequestHash = call.RequestHash,
            PolicyVersion = call.PolicyVersion,
            AllowedSinks = call.Targets,
            CallsBefore = intent.CallsBefore,
            CallsAfter = intent.CallsAfter,
            Runtime = new AuditRuntime(
                action.ModuleDigest,
                call.Egress.Profile == LatchGate.Egress.EgressProfile.None ? "none" : "proxy_allowlist",
                (long)done.Sandbox.Duration.TotalMilliseconds,
                judgement.Succeeded ? 0 : 1,
                judgement.Failure == FailureClass.Timeout,
                done.Sandbox.FuelConsumed,
                done.Sandbox.IoCalls),
            ResponseHash = judgement.Output?.Digest,
            ResponseBytes = judgement.Output?.Length,
            VerificationOutcome = judgement.Verification.Tag,
            ApprovedBy = call.Approval?.OperatorId,
            OperatorAuthnMethod = call.Approval is { } approval ? OperatorAuthn.MethodOf(approval.OperatorBinding) : null,
            OperatorSenderBinding = call.Approval?.OperatorBinding,
        };
    }

    /// <summary>What is recorded of an execution.</summary>
    private sealed record Ending(Judgement Judgement, SignedReceipt Receipt, AuditEvent Event);
}
