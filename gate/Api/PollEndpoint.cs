using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// GET <c>/v1/approvals/{id}/poll</c> (reference/wire.md §5.5): how a held call stands. Its own principal may ask, also with a
/// newer lease: clients renew theirs while they wait.
/// </summary>
internal sealed class PollEndpoint(AgentGate door, Ledger ledger, TimeProvider time)
{
    internal async ValueTask HandleAsync(HttpExchange exchange, string approvalId, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, "GET", $"/v1/approvals/{approvalId}/poll").ConfigureAwait(false) is not { } caller)
        {
            return;
        }

        var (isConfirmed, found) = await ledger.ReadConfirmedAsync(reader => reader.FindApproval(approvalId)).ConfigureAwait(false);
        if (found is not { } approval || approval.Principal != caller.Lease.Principal)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.ActionNotFound));
            return;
        }

        if (!isConfirmed)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.EvidenceUnconfirmed));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        WriteState(json, approval, approval.StateAt(time.GetUtcNow()));
        json.WriteEndObject();
    }

    private void WriteState(Utf8JsonWriter json, StoredApproval approval, ApprovalState state)
    {
        switch (state)
        {
            case ApprovalState.Pending:
                json.WriteString("status"u8, "pending"u8);
                json.WriteNumber("retry_after_seconds"u8, 2);
                break;
            case ApprovalState.Claimed or ApprovalState.Executing:
                json.WriteString("status"u8, "pending"u8);
                json.WriteNumber("retry_after_seconds"u8, 1);
                break;
            case ApprovalState.Approved:
                json.WriteString("status"u8, "approved"u8);
                json.WriteString("receipt_id"u8, approval.ReceiptId);
                WriteOutput(json, approval);
                break;
            case ApprovalState.Denied or ApprovalState.Failed:
                // Of a failure only the code (reference/kernel.md D-44): what the gate says to itself is not for agents.
                json.WriteString("status"u8, state.ToWire());
                json.WriteString("reason"u8, approval.Reason);
                if (approval.ReceiptId is { } receipt)
                {
                    json.WriteString("receipt_id"u8, receipt);
                }

                break;
            case ApprovalState.Expired:
                json.WriteString("status"u8, "expired"u8);
                break;
        }
    }

    // What the approved call answered: the agent that waited has no other way to it than the receipt.
    private void WriteOutput(Utf8JsonWriter json, StoredApproval approval)
    {
        if (approval.ReceiptId is not { } id || ledger.Read(reader => reader.FindReceipt(id, approval.Principal)) is not { } receipt)
        {
            return;
        }

        using var content = JsonDocument.Parse(receipt.Content, new JsonDocumentOptions { MaxDepth = JsonLimits.DeepestAllowed });
        var root = content.RootElement;
        json.WritePropertyName("output"u8);
        var output = root.GetProperty("provider_receipt"u8);
        if (output.ValueKind == JsonValueKind.String)
        {
            // The text of an output that has no canonical form; judged as strict JSON when it was signed.
            json.WriteRawValue(output.GetString()!, skipInputValidation: true);
        }
        else
        {
            output.WriteTo(json);
        }

        var verification = root.GetProperty("verification_outcome"u8);
        var outcome = verification.GetProperty("status"u8).GetString();
        json.WriteStartObject("verification"u8);
        json.WriteString("outcome"u8, outcome);
        json.WriteBoolean("is_fully_successful"u8, outcome is "verified" or "unverifiable_declared");
        if (verification.TryGetProperty("checked"u8, out var rules))
        {
            json.WritePropertyName("checked"u8);
            rules.WriteTo(json);
        }

        json.WriteEndObject();
        json.WriteString("grant_id"u8, root.GetProperty("grant_id"u8).GetString());
        json.WriteString("trace_id"u8, approval.TraceId);
    }
}
