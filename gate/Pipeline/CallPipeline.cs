using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Budgets;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Policy;
using LatchGate.Sandbox;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Pipeline;

/// <summary>
/// The one ordered path of a call. Each step's result is a value that only that step can make, and the next step demands it
/// (reference/kernel.md §3.1).
/// </summary>
/// <remarks>
/// <code>
/// step            proof                    refusal                                              HTTP
/// drain           –                        draining                                             503
/// authenticate    VerifiedCaller           missing_auth_header, invalid_lease, lease_expired,
///                                          revoked, invalid_dpop, replay_detected               401
/// resolve         ActionSpec               action_not_found                                     404
/// trust           TrustVerdict             action_not_registered, action_digest_mismatch        403
/// validate        ValidatedRequest         schema_violation                                     422
/// template        ResolvedTask             schema_violation                                     422
/// judge egress    –                        egress_denied                                        403
/// judge path      –                        file_denied                                          403
/// policy          PolicyDecision           policy_denied 403, policy_engine_unavailable         503
///   approval      –                        (202 pending_approval), store_unavailable            503
///   revoked?      –                        revoked                                              401
/// authorise       AuthorizedCall           –
/// terms           GrantTerms, validated    –
/// intent          RecordedIntent           budget_exhausted 403, grant_consumed 409,
///                                          store_unavailable                                    503
/// grant           VerifiedGrant            action_execution_failed                              502
/// dispatch        DispatchResult           action_execution_failed, upstream_error 502,
///                                          egress_denied, file_denied 403, file_failed 422,
///                                          busy                                                 503
/// verify          Judgement                response_schema_violation, verification_failed       502
/// receipt         DurableEvidence          evidence_persistence_failed                          500
/// </code>
/// The first three refusals of authentication have their own texts; the whole map is <see cref="GateFailures"/>.
/// </remarks>
internal sealed class CallPipeline(
    ActionRegistry actions,
    PolicyDecisionPoint policy,
    EgressPrecheck egress,
    FilePrecheck files,
    LearnedStore learned,
    Revocations revocations,
    ApprovalDesk approvals,
    Execution execution,
    BudgetDesk budgets,
    AuditTrail audit,
    DrainSwitch drain,
    GateLog log)
{
    /// <summary>Where refused destinations are told.</summary>
    internal EgressJournal Journal { get; init; } = EgressJournal.LedgerOnly;

    /// <summary>Runs one call of a caller that is already verified.</summary>
    /// <param name="traceId">The request's id.</param>
    /// <param name="caller">Lease and proof, verified, and not a replay.</param>
    /// <param name="actionId">As the path names it.</param>
    /// <param name="body">The request; must stay unchanged until the returned task is done.</param>
    /// <param name="peerUid">The user id of the connection.</param>
    /// <param name="trace">Follows the call; null where nobody does.</param>
    internal async ValueTask<CallOutcome> RunAsync(
        string traceId, VerifiedCaller caller, string actionId, ReadOnlyMemory<byte> body, uint peerUid, CallTrace? trace = null)
    {
        var subject = CallSubject.Of(traceId, caller.Lease) with { PeerUid = peerUid, Trace = trace };
        trace?.Enter(CallStage.Validate);
        using var admission = drain.TryEnter();
        if (admission is null)
        {
            return new CallOutcome.Denied(traceId, new Denial(GateFailure.Draining), subject.Principal, actionId);
        }

        try
        {
            return await DecideAsync(subject, actionId, body).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nothing was dispatched: from there on Execution brings every call to its receipt. A failure denies, and is recorded.
            log.Unexpected(e);
            var failure = e is DatabaseException ? GateFailure.StoreUnavailable : GateFailure.InternalError;
            return await DenyAsync(subject, Unresolved(subject, actionId), new Denial(failure)).ConfigureAwait(false);
        }
    }

    private async ValueTask<CallOutcome> DecideAsync(CallSubject subject, string actionId, ReadOnlyMemory<byte> body)
    {
        if (!actions.TryFind(actionId, out var action))
        {
            return await DenyAsync(subject, Unresolved(subject, actionId), new Denial(GateFailure.ActionNotFound)).ConfigureAwait(false);
        }

        var record = CallEvents.Of(subject, action);
        var trust = Trust(action);
        if (trust != TrustVerdict.DigestOk)
        {
            var failure = trust == TrustVerdict.NotRegistered ? GateFailure.ActionNotRegistered : GateFailure.ActionDigestMismatch;
            return await DenyAsync(subject, record, new Denial(failure)).ConfigureAwait(false);
        }

        record = record with { ActionTrustVerdict = "digest_ok" };
        if (!ValidatedRequest.TryCreate(action, body, out var request, out var reason))
        {
            return await DenyAsync(subject, record, new Denial(GateFailure.SchemaViolation, PlainText.Clean(reason))).ConfigureAwait(false);
        }

        using (request)
        {
            record = record with { RequestHash = request.Canonical.Digest };
            if (!ResolvedTask.TryCreate(request, out var task, out var misfit))
            {
                return await DenyAsync(subject, record, new Denial(GateFailure.SchemaViolation, Explain(misfit))).ConfigureAwait(false);
            }

            // Read once: what is judged here is what the dispatch is bound to.
            var snapshot = learned.Current;
            var rules = snapshot.RulesOf(action);
            var verdict = egress.Judge(action, rules, task, subject.Principal, out var unlisted);
            if (!verdict.Allowed && unlisted is null)
            {
                return await DenyEgressAsync(subject, record, task, rules, verdict).ConfigureAwait(false);
            }

            var paths = files.RulesOf(action, snapshot);
            subject = files.Rooted(action, subject);
            return files.Judge(action, paths, task, subject, out var unlistedPath) is { } refused
                ? await DenyAsync(subject, record, refused).ConfigureAwait(false)
                : await AskPolicyAsync(subject, request, task, rules, paths, record, new Unlisted(unlisted, unlistedPath)).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the provider in this binary is the code that the manifest pins.</summary>
    internal static TrustVerdict Trust(ActionSpec action) =>
        SandboxModule.Find(action.ProviderName) is not { } module ? TrustVerdict.NotRegistered
        : module.Digest == action.ModuleDigest ? TrustVerdict.DigestOk
        : TrustVerdict.DigestMismatch;

    private async ValueTask<CallOutcome> AskPolicyAsync(
        CallSubject subject, ValidatedRequest request, ResolvedTask task, EgressRuleSet rules, PathRules paths, AuditEvent record, Unlisted unlisted)
    {
        var action = request.Action;
        subject.Trace?.Enter(CallStage.Budget);
        if (budgets.Read(subject, out var callsBefore) is { } exhausted)
        {
            return await DenyAsync(subject, record with { CallsBefore = callsBefore }, exhausted).ConfigureAwait(false);
        }

        subject.Trace?.Enter(CallStage.Policy);
        var decision = await policy
            .DecideAsync(PolicyQuestion.Of(subject, task, request.Canonical.Digest, callsBefore, unlisted, rules)).ConfigureAwait(false);
        record = record with { PolicyVersion = decision.PolicyVersion, AllowedSinks = decision.AllowedSinks, CallsBefore = callsBefore };
        switch (decision.Outcome)
        {
            // Asked again: an operator may have revoked the lease since it was verified.
            case not PolicyOutcome.Deny when revocations.Refuses(subject, subject.Epoch):
                return await DenyAsync(subject, record, new Denial(GateFailure.Revoked)).ConfigureAwait(false);

            case PolicyOutcome.Deny:
                return await DenyAsync(subject, record, PolicyQuestion.Refusal(decision)).ConfigureAwait(false);

            // What policy narrows, it narrows for calls that wait for a human as well.
            case not PolicyOutcome.Deny when PolicyQuestion.WithheldSecret(action, decision) is { } secret:
                var withheld = new Denial(GateFailure.PolicyDenied, $"policy withholds the secret '{secret}', which the action needs");
                return await DenyAsync(subject, record, withheld).ConfigureAwait(false);

            case not PolicyOutcome.Deny when unlisted.Host is null && ApprovedEgress.Within(rules, decision.ApprovedDomains) is var open
                && !ReferenceEquals(open, rules) && egress.Judge(action, open, task, subject.Principal, out _) is { Allowed: false } verdict:
                return await DenyEgressAsync(subject, record, task, open, verdict).ConfigureAwait(false);

            case PolicyOutcome.RequireApproval:
                subject.Trace?.Enter(CallStage.ApprovalHold);
                var held = await approvals.HoldAsync(subject, request, task, decision, callsBefore, unlisted).ConfigureAwait(false);
                return held.Refusal is { } refusal
                    ? await DenyAsync(subject, record, refusal).ConfigureAwait(false)
                    : new CallOutcome.Pending(subject.TraceId, held.ApprovalId!, request.Canonical.Digest);

            case PolicyOutcome.Allow when AuthorizedCall.TryFromPolicy(subject, request, task, decision, rules, out var call, paths):
                var outcome = await execution.RunAsync(call, callsBefore - 1).ConfigureAwait(false);
                if (outcome is CallOutcome.Denied { Denial.ReceiptId: null } undone)
                {
                    await audit.RecordAsync(record with { Decision = AuditDecision.Deny, DenyReason = Told(undone.Denial) }).ConfigureAwait(false);
                }

                return outcome;

            default:
                throw new InvalidOperationException($"The policy answered {decision.Outcome} for {action.Id}.");
        }
    }

    /// <summary>The denial for a destination that is not open.</summary>
    internal static Denial Refusal(in EgressVerdict verdict)
    {
        var word = verdict.Reason.Label();
        return new Denial(GateFailure.EgressDenied, $"{word}: {verdict.Message}", word, verdict.Rule) { Status = verdict.Status };
    }

    /// <summary>Why a template does not take a value, and which.</summary>
    internal static string Explain(TemplateRefusal misfit) => PlainText.Clean($"template: {misfit}");

    // The event of a call whose action is not known, or not to be relied on.
    private static AuditEvent Unresolved(CallSubject subject, string actionId) => CallEvents.Of(subject, PlainText.Clean(actionId, 128));

    private async ValueTask<CallOutcome> DenyEgressAsync(CallSubject subject, AuditEvent record, ResolvedTask task, EgressRuleSet rules, EgressVerdict verdict)
    {
        var outcome = await DenyAsync(subject, record, Refusal(in verdict)).ConfigureAwait(false);
        await audit.RecordAsync(Journal.Tell(subject, task.Action, egress.RecordOf(task, rules, in verdict))).ConfigureAwait(false);
        return outcome;
    }

    private async ValueTask<CallOutcome> DenyAsync(CallSubject subject, AuditEvent record, Denial denial)
    {
        await audit.RecordAsync(record with { Decision = AuditDecision.Deny, DenyReason = Told(denial) }).ConfigureAwait(false);
        return new CallOutcome.Denied(subject.TraceId, denial, subject.Principal, record.ActionId);
    }

    private static string Told(Denial denial)
    {
        var code = GateFailures.Describe(denial.Failure).Code;
        return denial.Reason is { } reason ? $"{code}: {reason}" : code;
    }
}
