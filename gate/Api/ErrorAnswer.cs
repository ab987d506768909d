using System.Text.Json;
using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// Writes the error envelope: always one JSON object, <c>error</c> first, every member a string (reference/wire.md §2.1).
/// <c>message</c> says what is wrong and what to do; <c>deny_reason</c> and <c>reason</c> are what existing clients show.
/// </summary>
internal static class ErrorAnswer
{
    internal static void Write(HttpExchange exchange, Denial denial, string? traceId = null, string? principal = null, string? actionId = null)
    {
        var text = GateFailures.Describe(denial.Failure);
        var response = exchange.Response;
        response.Reset();
        response.Status = denial.Status ?? text.Status;
        response.SetContentType("application/json"u8);
        if (response.Status == 429)
        {
            // Room among what waits comes with a decision or the sweep; a bucket has a token again after a second.
            response.SetHeader("retry-after"u8, denial.Failure == GateFailure.TooManyPending ? "30"u8 : "1"u8);
        }

        using var json = new Utf8JsonWriter(response.Body, Json.JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("error"u8, text.Code);
        json.WriteString("message"u8, IsOwnWord(denial) ? denial.Reason : $"{text.Message} {text.Remedy}");
        WriteOptional(json, "deny_reason"u8, denial.Reason);
        WriteOptional(json, "reason"u8, denial.Detail ?? (text.Status == 422 ? denial.Reason : null));
        WriteOptional(json, "rule"u8, denial.Rule);
        if (IsAdministrative(denial.Failure))
        {
            WriteOptional(json, "detail"u8, denial.Reason);
        }

        if (denial.Failure is GateFailure.PolicyDenied or GateFailure.PrincipalNotFound)
        {
            WriteOptional(json, "principal"u8, principal);
        }

        if (denial.Failure is GateFailure.PolicyDenied or GateFailure.UnknownAction or GateFailure.ActionNotFound)
        {
            WriteOptional(json, "action_id"u8, actionId);
        }

        if (denial.Failure == GateFailure.PolicyDenied && principal is not null && actionId is not null)
        {
            json.WriteString("remediation"u8, $"Run: {ShellText.GrantCommand(principal, actionId)}");
        }

        WriteOptional(json, "receipt_id"u8, denial.ReceiptId);
        WriteOptional(json, "trace_id"u8, traceId);
        json.WriteEndObject();
    }

    // A lease request is refused in the words that name the member (reference/wire.md §3.1).
    private static bool IsOwnWord(Denial denial) => denial.Reason is not null && denial.Failure
            is GateFailure.InvalidRequest or GateFailure.InvalidFsRoot or GateFailure.FsRootDenied;

    // Where clients look for the reason of an administrative refusal (reference/wire.md §2.4).
    private static bool IsAdministrative(GateFailure failure) => failure is GateFailure.InvalidPrincipal or GateFailure.EmptyActions
        or GateFailure.TooManyActions or GateFailure.InvalidActionId or GateFailure.InvalidInput or GateFailure.AllowlistEntryNotFound
        or GateFailure.PolicyReadError or GateFailure.PolicyWriteError or GateFailure.PolicyDataExternal or GateFailure.InvalidDomain
        or GateFailure.InvalidPathGlob or GateFailure.LearningNotPermitted or GateFailure.LearnedLimitReached or GateFailure.ReloadFailed;

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }
}
