using System.Text.Json;
using LatchGate.Approvals;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Api;

/// <summary>Approvals: operators list, show, approve and deny them (reference/wire.md §7.1–7.4), agents list their own (§10.5).</summary>
internal sealed class ApprovalsEndpoint(OperatorGate door, AgentGate agents, ApprovalDesk desk, PlanVault vault, Ledger ledger, GateMetrics metrics, TimeProvider time, Tracer? tracer = null)
{
    internal async ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/approvals")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!ApprovalQueries.TryReadList(exchange.Query, time.GetUtcNow(), out var query))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "status is a state of an approval, limit a number, before an id"));
            return;
        }

        WriteList(exchange, query, forAgent: false);
    }

    /// <summary>What the caller itself waits for. Only that: <c>agent_id</c> and <c>session_id</c>, which clients send, are not looked at.</summary>
    internal async ValueTask ListOwnAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await agents.AdmitAsync(exchange, "GET", "/v1/approvals").ConfigureAwait(false) is not { } caller)
        {
            return;
        }

        if (!ApprovalQueries.TryReadList(exchange.Query, time.GetUtcNow(), out var query) || query.State is not (null or ApprovalState.Pending))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "status is pending, limit a number, before an id"));
            return;
        }

        WriteList(exchange, query with { Principal = caller.Lease.Principal, State = null }, forAgent: true);
    }

    internal async ValueTask ShowAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read($"/v1/approvals/{approvalId}") with { Throttle = OperatorThrottle.ReadDetail }).ConfigureAwait(false) is null)
        {
            return;
        }

        if (ledger.Read(reader => reader.FindApproval(approvalId)) is not { } approval)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.ActionNotFound));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        ApprovalView.WriteDetail(json, approval, vault, time.GetUtcNow());
        json.WriteEndObject();
    }

    internal async ValueTask ApproveAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Decide($"/v1/approvals/{approvalId}/approve")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        if (!ApprovalQueries.TryReadLearn(exchange.Query, out var learn))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "learn_domain and learn_path are given once, and not empty"));
            return;
        }

        var started = metrics.Now;
        var trace = tracer?.Begin(AuthorizedCall.NewId(), CallStage.ApprovalReview);
        trace?.Link(Headers.Single(exchange, "traceparent"u8));
        var request = new ApproveRequest(approvalId, @operator, exchange.Peer.UserId, learn) { Trace = trace };
        var result = await desk.ApproveAsync(request).ConfigureAwait(false);
        metrics.DecisionEnded(result, started);
        if (trace is not null)
        {
            End(trace, result, approvalId);
        }

        Answer(exchange, result);
    }

    internal async ValueTask DenyAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Decide($"/v1/approvals/{approvalId}/deny")).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (!ApprovalQueries.TryReadReason(body, out var reason))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the body is a JSON object whose reason is a string, or empty"));
            return;
        }

        var result = await desk.DenyAsync(approvalId, @operator, reason).ConfigureAwait(false);
        metrics.DecisionEnded(result, metrics.Now);
        Answer(exchange, result);
    }

    // A call that was run, or that ended instead, is followed; a decision that came to neither is no call.
    private void End(CallTrace trace, DecisionResult result, string approvalId)
    {
        if (result.Outcome is CallOutcome.Executed { Report: var report } executed)
        {
            tracer!.End(trace, executed, report.ActionId, report.Evidence.Receipt.Content.Intent.Intent.Principal, approvalId);
        }
        else if ((result.Outcome as CallOutcome.Denied ?? (result is { Refusal: { } refusal, ActionId: { } actionId }
            ? new CallOutcome.Denied(trace.CallId, refusal, result.Principal, actionId) : null)) is { } denied)
        {
            tracer!.End(trace, denied, denied.ActionId, denied.Principal ?? "", approvalId);
        }
        else
        {
            trace.Release();
        }
    }

    private void WriteList(HttpExchange exchange, ApprovalQuery query, bool forAgent)
    {
        var approvals = query.Limit == 0 ? [] : ledger.Read(reader => reader.ListApprovals(query));
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("approvals"u8);
        foreach (var approval in approvals)
        {
            json.WriteStartObject();
            ApprovalView.WriteSummary(json, approval, query.Now, forAgent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("count"u8, approvals.Count);
        json.WriteEndObject();
    }

    private static void Answer(HttpExchange exchange, DecisionResult result)
    {
        if (result.Outcome is { } outcome)
        {
            ExecuteEndpoint.Answer(exchange, outcome, result.Learned);
        }
        else if (result.Refusal is { } refusal)
        {
            ErrorAnswer.Write(exchange, refusal, principal: result.Principal, actionId: result.ActionId);
        }
        else
        {
            exchange.Response.SetContentType("application/json"u8);
            using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
            json.WriteStartObject();
            if (result.Denial is { } denial)
            {
                json.WriteString("decision"u8, "deny"u8);
                json.WriteString("trace_id"u8, denial.Approval.TraceId);
                json.WriteString("action_id"u8, denial.Approval.ActionId);
                json.WriteString("approval_id"u8, denial.Approval.ApprovalId);
                json.WriteString("denied_by"u8, denial.DeniedBy);
                json.WriteString("deny_reason"u8, denial.Reason);
            }
            else
            {
                WriteEarlier(json, result.Earlier!);
            }

            json.WriteEndObject();
        }
    }

    // A second decision is told the first one (reference/wire.md §7.3), under both names that clients look for.
    private static void WriteEarlier(Utf8JsonWriter json, StoredApproval earlier)
    {
        var state = earlier.State.ToWire();
        json.WriteString("decision"u8, $"already_{state}");
        json.WriteString("approval_id"u8, earlier.ApprovalId);
        json.WriteString("status"u8, state);
        json.WriteString("state"u8, state);
        json.WriteString("completed_at"u8, earlier.DecidedAt is { } decided ? WireTime.Format(decided) : null);
        json.WriteString("decided_by"u8, earlier.DecidedBy);
        if (earlier.State == ApprovalState.Approved)
        {
            json.WriteString("approved_by"u8, earlier.DecidedBy);
        }

        json.WriteString("receipt_id"u8, earlier.ReceiptId);
        ApprovalView.WriteReason(json, earlier);
    }
}
