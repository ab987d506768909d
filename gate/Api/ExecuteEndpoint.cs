using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.RateLimits;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Api;

/// <summary>POST <c>/v1/actions/{id}/execute</c> (reference/wire.md §5.4). The body is the raw request; its content type is not examined.</summary>
internal sealed class ExecuteEndpoint(AgentGate door, CallPipeline pipeline, RateLimiter limits, AuditTrail audit, GateMetrics metrics, Tracer? tracer = null)
{
    internal async ValueTask HandleAsync(HttpExchange exchange, string actionId, CancellationToken aborted)
    {
        if (await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        var uid = exchange.Peer.UserId;
        if (!limits.TakeExecute(uid, Headers.Single(exchange, "authorization"u8)))
        {
            await ThrottleAsync(exchange, actionId, "").ConfigureAwait(false);
            return;
        }

        var traceId = AuthorizedCall.NewId();
        var trace = tracer?.Begin(traceId, CallStage.Authenticate);
        var authentication = await door.AuthenticateAsync(exchange, "POST", $"/v1/actions/{actionId}/execute").ConfigureAwait(false);
        if (authentication.Verified is not { } caller)
        {
            var denial = AuthDenials.Of(authentication.Rejection);
            metrics.AuthenticationRefused(authentication.Rejection);
            if (AuthRefusals.ReasonOf(limits, uid, denial) is not { } reason)
            {
                // A flood is counted, neither recorded nor followed.
                trace?.Release();
                ErrorAnswer.Write(exchange, denial);
                return;
            }

            await audit.RecordAsync(CallEvents.Anonymous(traceId, PlainText.Clean(actionId, 128)) with { DenyReason = reason }).ConfigureAwait(false);
            ErrorAnswer.Write(exchange, denial, traceId);
            if (trace is not null)
            {
                tracer!.End(trace, new CallOutcome.Denied(traceId, denial, null, actionId), actionId, "");
            }

            return;
        }

        if (!limits.TakeVerified(uid, Headers.Single(exchange, "authorization"u8), caller.Lease.SessionId))
        {
            // A flood is counted, not followed.
            trace?.Release();
            await ThrottleAsync(exchange, actionId, caller.Lease.Principal).ConfigureAwait(false);
            return;
        }

        trace?.Join(Headers.Single(exchange, "traceparent"u8), Headers.Single(exchange, "tracestate"u8));
        var started = metrics.Now;
        var outcome = await pipeline.RunAsync(traceId, caller, actionId, body, exchange.Peer.UserId, trace).ConfigureAwait(false);
        metrics.CallEnded(outcome, actionId, started);
        if (trace is not null)
        {
            tracer!.End(trace, outcome, actionId, caller.Lease.Principal);
        }

        Answer(exchange, outcome);
    }

    private async ValueTask ThrottleAsync(HttpExchange exchange, string actionId, string principal)
    {
        metrics.CallThrottled(actionId);
        if (limits.Announces(exchange.Peer.UserId))
        {
            await audit.RecordAsync(CallEvents.Anonymous(AuthorizedCall.NewId(), PlainText.Clean(actionId, 128)) with
            {
                Principal = principal,
                DenyReason = $"rate_limited: uid {exchange.Peer.UserId}; one such event a second is recorded",
            }).ConfigureAwait(false);
        }

        ThrottledAnswer.WriteExecute(exchange);
    }

    /// <summary>Writes 200, 202 or the refusal.</summary>
    internal static void Answer(HttpExchange exchange, CallOutcome outcome, Approvals.LearnedEntries? learned = null)
    {
        switch (outcome)
        {
            case CallOutcome.Executed executed:
                WriteReport(exchange, executed, learned);
                break;
            case CallOutcome.Pending pending:
                exchange.Response.Status = 202;
                exchange.Response.SetContentType("application/json"u8);
                using (var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options))
                {
                    json.WriteStartObject();
                    json.WriteString("decision"u8, "pending_approval"u8);
                    json.WriteString("approval_id"u8, pending.ApprovalId);
                    json.WriteString("request_hash"u8, pending.RequestHash.ToString());
                    json.WriteString("trace_id"u8, pending.TraceId);
                    json.WriteEndObject();
                }

                break;
            case CallOutcome.Denied denied:
                ErrorAnswer.Write(exchange, denied.Denial, denied.TraceId, denied.Principal, denied.ActionId);
                break;
        }
    }

    private static void WriteReport(HttpExchange exchange, CallOutcome.Executed executed, Approvals.LearnedEntries? learned)
    {
        var report = executed.Report;
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("decision"u8, "executed"u8);
        json.WriteString("trace_id"u8, executed.TraceId);
        json.WriteString("action_id"u8, report.ActionId);
        json.WriteString("grant_id"u8, report.GrantId);
        json.WriteString("receipt_id"u8, report.ReceiptId);

        // Judged as strict JSON already, and passed on as the provider wrote it.
        json.WritePropertyName("output"u8);
        json.WriteRawValue(report.Output.Span, skipInputValidation: true);
        json.WriteString("verification_outcome"u8, report.Verification.Tag);
        json.WriteStartObject("verification"u8);
        json.WriteString("outcome"u8, report.Verification.Tag);
        json.WriteBoolean("is_fully_successful"u8, report.IsFullySuccessful);
        if (!report.Verification.Checked.IsEmpty)
        {
            json.WriteStartArray("checked"u8);
            foreach (var rule in report.Verification.Checked)
            {
                json.WriteStringValue(rule);
            }

            json.WriteEndArray();
        }

        if (report.Verification.Failed is { } failed)
        {
            json.WriteString("failed"u8, failed);
        }

        if (report.Verification.Reason is { } reason)
        {
            json.WriteString("reason"u8, reason);
        }

        json.WriteEndObject();
        json.WriteStartObject("runtime"u8);
        json.WriteNumber("duration_ms"u8, report.Runtime.DurationMs);
        json.WriteNumber("exit_code"u8, report.ExitCode);
        json.WriteNumber("fuel_consumed"u8, report.Runtime.FuelConsumed);
        json.WriteEndObject();
        if (report.Approval is { } approval)
        {
            json.WriteStartObject("approval"u8);
            json.WriteString("decision"u8, "allow"u8);
            json.WriteString("approval_id"u8, approval.ApprovalId);
            json.WriteString("approved_by"u8, approval.OperatorId);
            json.WriteString("approval_hash"u8, report.ApprovalHash?.ToHex());
            json.WriteString("operator_authn_method"u8, OperatorAuthn.MethodOf(approval.OperatorBinding));
            json.WriteString("operator_sender_binding"u8, approval.OperatorBinding);
            json.WriteEndObject();
            json.WriteString("approved_by"u8, approval.OperatorId);
        }

        learned?.Write(json);
        json.WriteEndObject();
    }
}
