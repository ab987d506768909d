using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary>
/// An approval for a person: what will be sent first, then who asks, and what it may use. Every text from outside is cleaned, line by
/// line: an agent chooses much of it, and must not be able to move the cursor or hide a part.
/// </summary>
internal static class ApprovalText
{
    private static readonly string[] _facts =
    [
        "approval_id", "status", "action_id", "action_version", "risk_level", "principal", "owner", "session_id", "lease_jti", "grant_id", "trace_id", "policy_version",
        "created_at", "expires_at", "claimed_by", "claimed_at", "completed_at", "decided_by", "receipt_id", "deny_reason", "error_code",
        "approved_targets", "approved_secrets", "approved_egress", "unresolved_domains", "unresolved_paths", "fs_root", "verifier_kind",
        "provider_module_digest", "plan_hash", "plan_error",
    ];

    /// <summary>The list, as a table.</summary>
    internal static string Table(JsonElement body)
    {
        var rows = body.TryGetProperty("approvals", out var approvals)
            ? approvals.ConvertAll(a => new[] { Text(a, "approval_id"), Text(a, "status"), Text(a, "action_id"), Text(a, "principal"), Text(a, "risk_level"), Text(a, "expires_at") })
            : [];
        return rows.Length == 0 ? "No approvals." : Printer.Table(["ID", "STATUS", "ACTION", "PRINCIPAL", "RISK", "EXPIRES"], rows);
    }

    /// <summary>One approval, in lines.</summary>
    internal static string Detail(JsonElement body)
    {
        var lines = new List<string>();
        foreach (var member in _facts)
        {
            if (body.TryGetProperty(member, out var value) && value.ValueKind is not JsonValueKind.Null)
            {
                lines.Add($"{member,-22} {Printer.Clean(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText())}");
            }
        }

        if (body.TryGetProperty("request_preview", out var preview) && preview.ValueKind == JsonValueKind.Object)
        {
            lines.Add("");
            AddRequest(lines, preview);
        }

        return string.Join('\n', lines);
    }

    /// <summary>What an executed call's answer says, in one line.</summary>
    internal static string Outcome(JsonElement body)
    {
        var line = Text(body, "learned_domain") is { Length: > 0 } domain ? $"learned domain {domain}" : "";
        line = Text(body, "learned_path") is { Length: > 0 } path ? $"{line}{(line.Length > 0 ? ", " : "")}learned path {path}" : line;
        return Text(body, "learn_error") is { Length: > 0 } fault ? $"nothing was learned: {fault}" : line;
    }

    private static void AddRequest(List<string> lines, JsonElement preview)
    {
        var isFile = preview.TryGetProperty("operation", out _);
        lines.Add($"{Printer.Clean(Text(preview, isFile ? "operation" : "method"))} {Printer.Clean(Text(preview, isFile ? "path" : "url"))}");
        if (preview.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                lines.Add($"{Printer.Clean(header.Name)}: {Printer.Clean(header.Value.ToString())}");
            }
        }

        if (preview.TryGetProperty("body", out var body))
        {
            lines.Add("");
            AddLines(lines, Text(preview, "body_encoding") == "json" ? Printer.Pretty(body) : body.ToString());
        }

        if (preview.TryGetProperty("input", out var input))
        {
            lines.Add("");
            AddLines(lines, Printer.Pretty(input));
        }

        if (preview.TryGetProperty("truncated", out var truncated) && truncated.ValueKind == JsonValueKind.True)
        {
            lines.Add($"[the body goes on: {(preview.TryGetProperty("body_bytes", out var bytes) ? bytes.GetRawText() : "?")} bytes in all]");
        }
    }

    private static void AddLines(List<string> lines, string text)
    {
        foreach (var line in text.Split('\n'))
        {
            lines.Add(Printer.Clean(line.EndsWith('\r') ? line[..^1] : line));
        }
    }

    private static string Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
