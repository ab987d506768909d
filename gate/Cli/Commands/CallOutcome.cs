using System.Text.Json;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary>How the end of a call is shown.</summary>
internal static class CallOutcome
{
    /// <summary>The gate's answer of an executed call, or what stands for it after an approval.</summary>
    internal static ExitCode Executed(Printer printer, JsonElement body)
    {
        var isConfirmed = !body.TryGetProperty("verification", out var verification)
            || !verification.TryGetProperty("is_fully_successful", out var success) || success.ValueKind != JsonValueKind.False;
        var exit = isConfirmed ? ExitCode.Ok : ExitCode.Unconfirmed;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", isConfirmed);
                WriteMembers(json, body);
            },
            () => body.TryGetProperty("output", out var output) ? Printer.Pretty(output) : "");
        var receipt = body.TryGetProperty("receipt_id", out var id) ? id.GetString() : null;
        var outcome = body.TryGetProperty("verification_outcome", out var tag) && tag.ValueKind == JsonValueKind.String ? $", {tag.GetString()}" : "";
        if (isConfirmed)
        {
            printer.Done($"executed{outcome}, receipt {receipt}");
        }
        else
        {
            var hasRule = verification.TryGetProperty("failed", out var rule) && rule.ValueKind == JsonValueKind.String;
            var failed = hasRule ? $" ({rule.GetString()})" : "";
            printer.Warn($"executed, but not confirmed{outcome}{failed}, receipt {receipt}");
        }

        return exit;
    }

    internal static ExitCode Pending(Printer printer, GateResponse response, string approval)
    {
        printer.Fail("pending_approval", $"An operator must approve this call: {approval}", $"latchgate approvals approve {approval}", json => WriteMembers(json, response.Body));
        return ExitCode.PendingApproval;
    }

    internal static ExitCode Refused(Printer printer, GateResponse response)
    {
        var exit = CallCommand.ExitFor(response);
        var verb = exit == ExitCode.Denied ? "Denied" : "Failed";
        printer.Fail(
            response.ErrorCode,
            $"{verb}: {response.ErrorText}",
            response.ErrorCode == "action_not_found" ? "'latchgate actions' lists the actions." : null,
            json => WriteMembers(json, response.Body));
        return exit;
    }

    /// <summary>The members of the gate's answer, after our own.</summary>
    internal static void WriteMembers(Utf8JsonWriter json, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var member in body.EnumerateObject())
        {
            if (member.Name is not ("ok" or "error" or "message" or "remedy"))
            {
                member.WriteTo(json);
            }
        }
    }
}
