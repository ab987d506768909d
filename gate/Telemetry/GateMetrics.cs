using System.Globalization;
using System.Text;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;

namespace LatchGate.Telemetry;

/// <summary>What the gate counts (reference/wire.md §8). Each of these is really set; labels are from closed sets.</summary>
internal sealed class GateMetrics(ActionRegistry actions, TimeProvider time)
{
    /// <summary>Stands for any action that the gate does not have, so that callers cannot invent label values.</summary>
    private const string UnknownAction = "unknown";

    private readonly Counter _calls = new("latchgate_calls", "Calls by action and how they ended.", "action", "decision");
    private readonly Counter _dpopRejects = new("latchgate_dpop_rejects", "DPoP proofs refused, by reason.", "reason");
    private readonly Counter _egressDenied = new("latchgate_egress_denied", "Requests refused a way out, by reason.", "reason", "action");
    private readonly Counter _egressBytes = new("latchgate_egress_bytes", "Bytes that actions exchanged with their destinations.", "direction", "action");
    private readonly Counter _failures = new("latchgate_failures", "Calls refused or failed, by code.", "code");
    private readonly Counter _budgetExhausted = new("latchgate_budget_exhausted", "Calls refused because a budget was spent, by bound.", "bound");
    private readonly Histogram _duration = new("latchgate_action_duration_seconds", "Time from authentication to answer.", "action");
    private readonly long _started = time.GetTimestamp();

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
        _calls.Increment(actions.TryFind(actionId, out var spec) ? spec.Id : UnknownAction, "rate_limited");
        Throttled(GateFailure.RateLimited);
    }

    /// <summary>Counts a request that came too often.</summary>
    internal void Throttled(GateFailure failure) => _failures.Increment(GateFailures.Describe(failure).Code);

    /// <summary>Counts a call that was authenticated, however it ended.</summary>
    internal void CallEnded(CallOutcome outcome, string actionId, long started)
    {
        var action = actions.TryFind(actionId, out var spec) ? spec.Id : UnknownAction;
        _duration.Observe(action, time.GetElapsedTime(started));
        switch (outcome)
        {
            case CallOutcome.Executed executed:
                _calls.Increment(action, executed.Report.Verification.Status == VerificationStatus.Verified ? "allow" : "allow_unverified");
                break;
            case CallOutcome.Pending:
                _calls.Increment(action, "pending_approval");
                break;
            case CallOutcome.Denied denied:
                var text = GateFailures.Describe(denied.Denial.Failure);
                _calls.Increment(action, text.Status < 500 ? "deny" : "error");
                _failures.Increment(text.Code);
                if (denied.Denial is { Failure: GateFailure.BudgetExhausted, Detail: { } bound })
                {
                    _budgetExhausted.Increment(bound);
                }

                break;
        }
    }

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
    internal string Render(int inFlight, long unresolvedIntents, long auditLost, EgressProxyService? egressProxy = null, MirrorStatus? mirror = null, IReadOnlyList<DeliveryCount>? deliveries = null)
    {
        var text = new StringBuilder(4096);
        _calls.WriteTo(text);
        _dpopRejects.WriteTo(text);
        _egressDenied.WriteTo(text);
        _egressBytes.WriteTo(text);
        _failures.WriteTo(text);
        _budgetExhausted.WriteTo(text);
        _duration.WriteTo(text);
        Gauge(text, "latchgate_in_flight_calls", "Calls admitted and not yet answered.", inFlight);
        Gauge(text, "latchgate_unresolved_intents", "Intents without a receipt: the effect may have happened.", unresolvedIntents);
        Gauge(text, "latchgate_audit_events_lost", "Events of refused calls that could not be written.", auditLost);
        if (mirror is not null)
        {
            Gauge(text, "latchgate_ledger_jsonl_behind", "Events that are not in the JSON Lines file yet.", mirror.Behind);
            Gauge(text, "latchgate_ledger_jsonl_failing", "Whether the JSON Lines file does not follow the ledger.", mirror.Error is null ? 0 : 1);
            text.Append(CultureInfo.InvariantCulture, $"# TYPE latchgate_ledger_jsonl_errors counter\n# HELP latchgate_ledger_jsonl_errors How often the JSON Lines file stopped following the ledger.\nlatchgate_ledger_jsonl_errors_total {mirror.Errors}\n");
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

        if (deliveries is not null && Webhooks is { } webhooks)
        {
            Gauge(text, "latchgate_webhook_outbox_pending", "Events that wait to be sent to webhooks.", DeliveryCount.PendingOf(deliveries));
            Gauge(text, "latchgate_webhook_dead_letters", "Events that webhooks did not take, until they are replayed or purged.", DeliveryCount.DeadOf(deliveries));
            webhooks.WriteTo(text);
        }

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

    private static void Gauge(StringBuilder text, string name, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} gauge\n# HELP {name} {help}\n{name} {value}\n");
}
