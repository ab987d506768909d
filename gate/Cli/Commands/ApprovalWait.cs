using System.Text.Json;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary>Asks for an approval's outcome until it is decided or the time is over.</summary>
internal sealed class ApprovalWait(AgentClient client, TimeProvider time)
{
    internal async Task<ExitCode> RunAsync(Printer printer, GateResponse pending, string approval, int seconds, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var poll = await client.PollAsync(approval, cancellation).ConfigureAwait(false);
            if (!poll.IsSuccess)
            {
                return CallOutcome.Refused(printer, poll);
            }

            switch (poll.Text("status"))
            {
                case "approved":
                    return CallOutcome.Executed(printer, await ExecutedBodyAsync(poll, cancellation).ConfigureAwait(false));
                case "denied":
                    printer.Fail("approval_denied", $"An operator denied it: {poll.Text("reason") ?? "no reason given"}", null, json => json.WriteString("approval_id", approval));
                    return ExitCode.Denied;
                case "expired":
                    printer.Fail("approval_expired", "Nobody decided in time.", null, json => json.WriteString("approval_id", approval));
                    return ExitCode.Denied;
                case "pending":
                    break;
                default:
                    return Failed(printer, poll, approval);
            }

            var left = TimeSpan.FromSeconds(seconds) - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return CallOutcome.Pending(printer, pending, approval);
            }

            var asked = poll.Body.TryGetProperty("retry_after_seconds", out var retry) && retry.TryGetInt32(out var number) ? Math.Clamp(number, 1, 10) : 2;
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(asked, left.TotalSeconds)), time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>With a receipt the provider has run; without, nothing happened.</summary>
    private static ExitCode Failed(Printer printer, GateResponse poll, string approval)
    {
        var receipt = poll.Text("receipt_id");
        printer.Fail(
            "approval_failed",
            $"It was approved but failed: {poll.Text("reason") ?? "no reason given"}",
            receipt is null ? null : $"Read receipt {receipt} before trying again.",
            json =>
            {
                json.WriteString("approval_id", approval);
                if (receipt is not null)
                {
                    json.WriteString("receipt_id", receipt);
                }
            });
        return receipt is null ? ExitCode.Error : ExitCode.Unconfirmed;
    }

    /// <summary>The answer of the approved call; built from its receipt when polling does not give the output.</summary>
    private async Task<JsonElement> ExecutedBodyAsync(GateResponse poll, CancellationToken cancellation)
    {
        if (poll.Body.TryGetProperty("output", out _) || poll.Text("receipt_id") is not { } id || !ResourceId.IsValid(id))
        {
            return poll.Body;
        }

        var receipt = await client.ReceiptAsync(id, cancellation).ConfigureAwait(false);
        if (!receipt.IsSuccess || !receipt.Body.TryGetProperty("provider_receipt", out var output))
        {
            return poll.Body;
        }

        var body = GateHttp.Json(json =>
        {
            json.WriteString("decision", "executed");
            json.WriteString("receipt_id", id);
            json.WritePropertyName("output");
            output.WriteTo(json);
        });
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
