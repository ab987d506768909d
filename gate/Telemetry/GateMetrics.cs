using System.Globalization;
using System.Text;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Telemetry;

/// <summary>
/// What the gate counts (reference/wire.md §8; docs/telemetry.md has the table). Each of these is really set; labels are from closed sets.
/// </summary>
internal sealed class GateMetrics(ActionRegistry actions, TimeProvider time)
{
    /// <summary>Stands for any action that the gate does not have, so that callers cannot invent label values.</summary>
    internal const string UnknownAction = "unknown";

    private readonly Counter _calls = new("latchgate_calls", "Calls by action and how they ended.", "action", "decision");
    private readonly Counter _dpopRejects = new("latchgate_dpop_rejects", "DPoP proofs refused, by reason.", "reason");
    private readonly Counter _policyDecisions = new("latchgate_policy_decisions", "Answers of the policy.", "decision");
    private readonly Counter _budgetExhausted = new("latchgate_budget_exhausted", "Calls refused because a budget was spent, by bound.", "bound");
    private readonly Counter _providerTimeouts = new("latchgate_provider_timeouts", "Executions that ran out of time.", "action");
    private readonly Counter _providerErrors = new("latchgate_provider_errors", "Executions that failed, by what went wrong.", "action", "error_type");
    private readonly Counter _schemaViolations = new("latchgate_response_schema_violations", "Outputs that are not what the action declares.", "action");
    private readonly Counter _readyzDegraded = new("latchgate_readyz_degraded", "Probes of readiness that found something wrong.", "reason");
    private readonly Counter _egressDenied = new("latchgate_egress_denied", "Requests refused a way out, by reason.", "reason", "action");
    private readonly Counter _egressBytes = new("latchgate_egress_bytes", "Bytes that actions exchanged with their destinations.", "direction", "action");
    private readonly Counter _failures = new("latchgate_failures", "Calls refused or failed, by code.", "code");
    private readonly Histogram _duration = new("latchgate_action_duration_seconds", "Time from authentication to answer.", Histogram.OfCalls, "action");
    private readonly Histogram _ledgerWrite = new("latchgate_ledger_write_duration_seconds", "Time of one commit of the ledger.", Histogram.OfParts);
    private readonly Histogram _policyTime = new("latchgate_opa_request_duration_seconds", "Time of one question to the policy.", Histogram.OfParts, "operation");
    private readonly long _started = time.GetTimestamp();

    /// <summary>The ledger, for what is read from it at each scrape; null counts none.</summary>
    internal Ledger? Ledger { get; init; }

    /// <summary>The way to a collector, for its count of what was dropped; null where none is configured.</summary>
    internal Otlp.OtlpExporter? Exporter { get; init; }

    /// <summary>The caps of rules, for what is left of them; null counts none.</summary>
    internal Egress.Caps.CapBook? Caps { get; init; }

    /// <summary>Webhooks; null counts none.</summary>
    internal Webhooks.WebhookDispatcher? Webhooks { get; init; }

    /// <summary>A point in time for <see cref="CallEnded"/>.</summary>
    internal long Now => time.GetTimestamp();

    /// <summary>Time since the gate started.</summary>
    internal TimeSpan Uptime => time.GetElapsedTime(_started);

    /// <summary>Counts a refused authentication.</summary>
    internal void AuthenticationRefused(in AuthRejection rejection)
    {
        _failures.Increment(rejection.Fault.WireCode());
        if (rejection.Fault == AuthFault.ReplayDetected)
        {
            _dpopRejects.Increment("replay");
        }
        else if (rejection.Dpop != DpopFault.None)
        {
            _dpopRejects.Increment(rejection.Dpop.Kind().Label());
        }
    }

    /// <summary>Counts a call that came too often.</summary>
    internal void CallThrottled(string actionId)
    {
        _calls.Increment(Known(actionId), "rate_limited");
        Throttled(GateFailure.RateLimited);
    }

    /// <summary>Counts a request that came too often.</summary>
    internal void Throttled(GateFailure failure) => _failures.Increment(GateFailures.Describe(failure).Code);

    /// <summary>Counts a call that was authenticated, however it ended.</summary>
    internal void CallEnded(CallOutcome outcome, string? actionId, long started)
    {
        var action = Known(actionId);
        _duration.Observe(time.GetElapsedTime(started), action);
        _calls.Increment(action, DecisionOf(outcome));
        if (outcome is CallOutcome.Denied { Denial: var denial })
        {
            _failures.Increment(GateFailures.Describe(denial.Failure).Code);
            if (denial.Failure == GateFailure.BudgetExhausted)
            {
                _budgetExhausted.Increment(denial.Detail ?? "session");
            }
        }
    }

    /// <summary>The word for how a call ended.</summary>
    internal static string DecisionOf(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Executed { Report.Verification.Status: VerificationStatus.Verified } => "allow",
        CallOutcome.Executed => "allow_unverified",
        CallOutcome.Pending => "pending_approval",
        CallOutcome.Denied denied => GateFailures.Describe(denied.Denial.Failure).Status < 500 ? "deny" : "error",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an ending."),
    };

    /// <summary>Counts an operator's decision: the call that it ran, or that it ended.</summary>
    internal void DecisionEnded(DecisionResult result, long started)
    {
        if (result.Outcome is { } outcome)
        {
            CallEnded(outcome, outcome is CallOutcome.Executed { Report.ActionId: var id } ? id : ((CallOutcome.Denied)outcome).ActionId, started);
        }
        else if (result.Denial is { } denial)
        {
            _calls.Increment(Known(denial.Approval.ActionId), "deny");
        }
        else if (result is { Refusal: { } ended, ActionId: { } actionId })
        {
            CallEnded(new CallOutcome.Denied("", ended, result.Principal, actionId), actionId, started);
        }
        else if (result.Refusal is { } refusal)
        {
            // Nothing was decided: the call waits on, or there is none.
            _failures.Increment(GateFailures.Describe(refusal.Failure).Code);
        }
    }

    /// <summary>Counts an answer of the policy.</summary>
    internal void PolicyAnswered(PolicyDecision decision, TimeSpan took)
    {
        _policyTime.Observe(took, "evaluate");
        _policyDecisions.Increment(decision switch
        {
            { Fault: not PolicyFault.None } => "error",
            { Outcome: PolicyOutcome.Allow } => "allow",
            { Outcome: PolicyOutcome.RequireApproval } => "pending_approval",
            _ => "deny",
        });
    }

    /// <summary>Counts what became of a dispatched call.</summary>
    /// <param name="actionId">An action of this gate.</param>
    /// <param name="judgement">What the gate makes of it.</param>
    internal void ProviderEnded(string actionId, Judgement judgement)
    {
        if (judgement.Denial?.Failure == GateFailure.ResponseSchemaViolation)
        {
            _schemaViolations.Increment(actionId);
        }

        if (judgement.Failure == FailureClass.Timeout)
        {
            _providerTimeouts.Increment(actionId);
        }

        if (judgement.Failure is FailureClass.Timeout or FailureClass.ProviderError or FailureClass.InternalError)
        {
            _providerErrors.Increment(actionId, judgement.Denial switch
            {
                { Failure: not GateFailure.VerificationFailed, Detail: { } word } => word,
                _ => "execution_failed",
            });
        }
    }

    /// <summary>Counts one commit of the ledger.</summary>
    internal void LedgerCommitted(TimeSpan took) => _ledgerWrite.Observe(took);

    /// <summary>Counts a probe of readiness that found something wrong.</summary>
    /// <param name="reason">A word of a closed set.</param>
    internal void NotReady(string reason) => _readyzDegraded.Increment(reason);

    /// <summary>Counts one judged hop.</summary>
    /// <param name="actionId">An action of this gate.</param>
    /// <param name="record">What happened.</param>
    internal void EgressEnded(string actionId, EgressRecord record)
    {
        if (record.Ending == EgressEnding.Denied)
        {
            _egressDenied.Increment(record.Reason.Label(), actionId);
        }

        if (record.Sent)
        {
            _egressBytes.Add(record.BytesUp, "up", actionId);
            _egressBytes.Add(record.BytesDown, "down", actionId);
        }
    }

    /// <summary>The OpenMetrics 1.0 text.</summary>
    internal string Render(int inFlight, LedgerCounts counts, long auditLost, EgressProxyService? egressProxy = null, MirrorStatus? mirror = null)
    {
        var text = new StringBuilder(8192);
        MetricFamily[] families =
        [
            _calls, _dpopRejects, _policyDecisions, _budgetExhausted, _providerTimeouts, _providerErrors, _schemaViolations, _readyzDegraded,
            _egressDenied, _egressBytes, _failures, _duration, _ledgerWrite, _policyTime,
        ];
        foreach (var family in families)
        {
            family.WriteTo(text);
        }

        Gauge(text, "latchgate_in_flight_calls", "Calls admitted and not yet answered.", inFlight);
        if (counts.UnresolvedIntents is { } unresolved)
        {
            Gauge(text, "latchgate_unresolved_intents", "Intents without a receipt: the effect may have happened.", unresolved);
        }

        Gauge(text, "latchgate_audit_events_lost", "Events of refused calls that could not be written.", auditLost);
        Gauge(text, "latchgate_coarse_clock_unix_seconds", "The gate's clock: proofs are judged by it.", time.GetUtcNow().ToUnixTimeSeconds());
        if (Ledger is { } ledger)
        {
            if (counts.Problem is null)
            {
                Gauge(text, "latchgate_oldest_pending_approval_seconds", "Age of the approval that waits longest; 0 when none waits.", AgeOf(counts.OldestPending));
            }

            Gauge(text, "latchgate_ledger_unreadable", "Whether the ledger cannot be read; what is read from it is left out then.", counts.Problem is null ? 0 : 1);
            MetricFamily.AppendCounter(text, "latchgate_audit_write_errors", "Writes that the ledger refused or could not make.", ledger.WriteErrors);
        }

        if (mirror is not null)
        {
            Gauge(text, "latchgate_ledger_jsonl_behind", "Events that are not in the JSON Lines file yet.", mirror.Behind);
            Gauge(text, "latchgate_ledger_jsonl_failing", "Whether the JSON Lines file does not follow the ledger.", mirror.Error is null ? 0 : 1);
            MetricFamily.AppendCounter(text, "latchgate_ledger_jsonl_errors", "How often the JSON Lines file stopped following the ledger.", mirror.Errors);
        }

        if (Caps is { } caps)
        {
            text.Append("# TYPE latchgate_egress_cap_remaining gauge\n")
                .Append("# HELP latchgate_egress_cap_remaining What is left today to the principal that has least of it, since the start.\n");
            foreach (var left in caps.Remaining())
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"latchgate_egress_cap_remaining{{action=\"{left.Action}\",rule=\"{left.Rule}\",cap=\"{left.Cap}\"}} {left.Remaining}\n");
            }
        }

        if (egressProxy is { State: { IsConfigured: true } or { List: not ListState.Unknown } })
        {
            Render(text, egressProxy);
        }

        if (counts.Deliveries is { } deliveries && Webhooks is not null)
        {
            Gauge(text, "latchgate_webhook_outbox_pending", "Events that wait to be sent to webhooks.", DeliveryCount.PendingOf(deliveries));
            Gauge(text, "latchgate_webhook_dead_letters", "Events that webhooks did not take, until they are replayed or purged.", DeliveryCount.DeadOf(deliveries));
        }

        Webhooks?.WriteTo(text);

        if (Exporter is { } exporter)
        {
            text.Append("# TYPE latchgate_otlp_dropped counter\n# HELP latchgate_otlp_dropped Records that no collector took.\n")
                .Append(CultureInfo.InvariantCulture, $"latchgate_otlp_dropped_total{{signal=\"traces\"}} {exporter.DroppedSpans}\n")
                .Append(CultureInfo.InvariantCulture, $"latchgate_otlp_dropped_total{{signal=\"logs\"}} {exporter.DroppedLogs}\n");
        }

        return text.Append("# EOF\n").ToString();
    }

    private static void Render(StringBuilder text, EgressProxyService proxy)
    {
        var state = proxy.State;
        Gauge(text, "latchgate_egress_proxy_attested", "Whether the proxy proved to deny by default.", state.IsAttested ? 1 : 0);
        Gauge(text, "latchgate_egress_list_in_force", "Whether the proxy uses the list that this gate computes.", state.List == ListState.InForce ? 1 : 0);
        var (write, reload) = proxy.Failures;
        text.Append("# TYPE latchgate_egress_sync_failures counter\n# HELP latchgate_egress_sync_failures Syncs of the proxy's list that failed, by step.\n");
        text.Append(CultureInfo.InvariantCulture, $"latchgate_egress_sync_failures_total{{step=\"write\"}} {write}\nlatchgate_egress_sync_failures_total{{step=\"reload\"}} {reload}\n");
    }

    private string Known(string? actionId) => actionId is not null && actions.TryFind(actionId, out var spec) ? spec.Id : UnknownAction;

    private long AgeOf(DateTimeOffset? pending) =>
        pending is { } since ? Math.Max(0, (long)(time.GetUtcNow() - since).TotalSeconds) : 0;

    private static void Gauge(StringBuilder text, string name, string help, long value) => MetricFamily.AppendGauge(text, name, help, value);
}
