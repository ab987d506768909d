using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// GET <c>/v1/receipts/{id}</c> (reference/wire.md §5.6). An agent sees only the receipts of its own principal; any other is
/// not found, as one that does not exist.
/// </summary>
internal sealed class ReceiptEndpoint(AgentGate agents, OperatorGate operators, Ledger ledger, VerificationKeys keys)
{
    internal async ValueTask ShowToAgentAsync(HttpExchange exchange, string receiptId, CancellationToken aborted)
    {
        if (await agents.AdmitAsync(exchange, "GET", $"/v1/receipts/{receiptId}").ConfigureAwait(false) is { } caller)
        {
            await ShowAsync(exchange, receiptId, caller.Lease.Principal).ConfigureAwait(false);
        }
    }

    internal async ValueTask ShowToOperatorAsync(HttpExchange exchange, string receiptId, CancellationToken aborted)
    {
        if (await operators.AdmitAsync(exchange, OperatorAccess.Read($"/v1/receipts/{receiptId}") with { Throttle = OperatorThrottle.None }).ConfigureAwait(false) is not null)
        {
            await ShowAsync(exchange, receiptId, principal: null).ConfigureAwait(false);
        }
    }

    private async ValueTask ShowAsync(HttpExchange exchange, string receiptId, string? principal)
    {
        var (isConfirmed, found) = await ledger.ReadConfirmedAsync(reader => reader.FindReceipt(receiptId, principal)).ConfigureAwait(false);
        if (!isConfirmed)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.EvidenceUnconfirmed));
            return;
        }

        if (found is not { } receipt)
        {
            // Says nothing about whether there is such a receipt: only where one of that time would be.
            ErrorAnswer.Write(exchange, ledger.Read(reader => reader.SegmentOf(receiptId)) is { } segment
                ? new Denial(GateFailure.ReceiptSealed, $"a receipt of that time is in segment {segment.Number}, {segment.File}")
                : new Denial(GateFailure.NotFound));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        receipt.WriteJson(exchange.Response.Body, keys);
    }
}
