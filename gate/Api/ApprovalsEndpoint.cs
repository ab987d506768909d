using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>Operators' approvals: list, show, approve, deny (reference/wire.md §7.1–7.4). Admin socket only.</summary>
internal sealed class ApprovalsEndpoint(OperatorGate door, ApprovalDesk desk, ActionRegistry actions, Ledger ledger, TimeProvider time)
{
    private const int UsualLimit = 50;
    private const int LargestLimit = 200;

    internal async ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/approvals")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!TryReadQuery(exchange.Query, out var state, out var limit))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "status is a state of an approval, limit a number"));
            return;
        }

        var approvals = limit == 0 ? [] : ledger.Read(reader => reader.ListApprovals(state, limit));
        var now = time.GetUtcNow();
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("approvals"u8);
        var count = 0;
        foreach (var approval in approvals)
        {
            if (state is not null && ApprovalView.EffectiveState(approval, now) != state)
            {
                continue;
            }

            count++;
            json.WriteStartObject();
            ApprovalView.WriteSummary(json, approval, Find(approval), now);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("count"u8, count);
        json.WriteEndObject();
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
        ApprovalView.WriteDetail(json, approval, Find(approval), time.GetUtcNow());
        json.WriteEndObject();
    }

    internal async ValueTask ApproveAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Decide($"/v1/approvals/{approvalId}/approve")).ConfigureAwait(false) is { } @operator)
        {
            Answer(exchange, await desk.ApproveAsync(approvalId, @operator).ConfigureAwait(false));
        }
    }

    internal async ValueTask DenyAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body
            || await door.AdmitAsync(exchange, OperatorAccess.Decide($"/v1/approvals/{approvalId}/deny")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        if (!TryReadReason(body, out var reason))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the body is a JSON object whose reason is a string, or empty"));
            return;
        }

        Answer(exchange, await desk.DenyAsync(approvalId, @operator, reason).ConfigureAwait(false));
    }

    private ActionSpec? Find(StoredApproval approval) => actions.TryFind(approval.ActionId, out var action) ? action : null;

    private static void Answer(HttpExchange exchange, DecisionResult result)
    {
        if (result.Outcome is { } outcome)
        {
            ExecuteEndpoint.Answer(exchange, outcome);
        }
        else if (result.Refusal is { } refusal)
        {
            ErrorAnswer.Write(exchange, refusal);
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

    private static void WriteEarlier(Utf8JsonWriter json, StoredApproval earlier)
    {
        var state = earlier.State.ToWire();
        json.WriteString("decision"u8, $"already_{state}");
        json.WriteString("approval_id"u8, earlier.ApprovalId);
        json.WriteString("status"u8, state);
        json.WriteString("completed_at"u8, earlier.DecidedAt is { } decided ? WireTime.Format(decided) : null);
        json.WriteString("receipt_id"u8, earlier.ReceiptId);
        json.WriteString("deny_reason"u8, earlier.Reason);
    }

    private static bool TryReadQuery(ReadOnlySpan<byte> query, out ApprovalState? state, out int limit)
    {
        (state, limit) = (null, UsualLimit);
        var reader = new QueryReader(query);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            if (name == "status")
            {
                if (!ApprovalStateExtensions.TryParse(System.Text.Encoding.UTF8.GetBytes(value), out var wanted))
                {
                    return false;
                }

                state = wanted;
            }
            else if (name == "limit" && !int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out limit))
            {
                return false;
            }
        }

        limit = Math.Min(limit, LargestLimit);
        return token == QueryToken.End;
    }

    private static bool TryReadReason(ReadOnlyMemory<byte> body, out string? reason)
    {
        reason = null;
        if (body.IsEmpty)
        {
            return true;
        }

        if (!StrictJson.TryParse(body, JsonLimits.Payload(16 * 1024), out var document, out _))
        {
            return false;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            if (!document.RootElement.TryGetProperty("reason"u8, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return true;
            }

            reason = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return reason is not null;
        }
    }
}
