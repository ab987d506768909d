using System.Globalization;
using System.Text;
using LatchGate.Actions;
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
    private readonly Counter _failures = new("latchgate_failures", "Calls refused or failed, by code.", "code");
    private readonly Counter _budgetExhausted = new("latchgate_budget_exhausted", "Calls refused because a budget was spent, by bound.", "bound");
    private readonly Histogram _duration = new("latchgate_action_duration_seconds", "Time from authentication to answer.", "action");
    private readonly long _started = time.GetTimestamp();

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

                if (denied.Denial is { Failure: GateFailure.EgressDenied, Detail: { } reason })
                {
                    _egressDenied.Increment(reason, action);
                }

                break;
        }
    }

    /// <summary>The OpenMetrics 1.0 text.</summary>
    internal string Render(int inFlight, long unresolvedIntents, long auditLost, MirrorStatus? mirror = null)
    {
        var text = new StringBuilder(4096);
        _calls.WriteTo(text);
        _dpopRejects.WriteTo(text);
        _egressDenied.WriteTo(text);
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

        return text.Append("# EOF\n").ToString();
    }

    private static void Gauge(StringBuilder text, string name, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} gauge\n# HELP {name} {help}\n{name} {value}\n");
}
