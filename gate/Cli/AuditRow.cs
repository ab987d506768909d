using System.Text;
using System.Text.Json;
using LatchGate.Evidence;

namespace LatchGate.Cli;

/// <summary>An event as a reader gets it.</summary>
internal sealed class AuditRow
{
    private readonly JsonElement _members;

    private AuditRow(string text, JsonElement members) => (Text, _members) = (text, members);

    /// <summary>The canonical text: what was hashed.</summary>
    internal string Text { get; }

    /// <summary>Place in the chain.</summary>
    internal long Seq => _members.GetProperty("seq"u8).GetInt64();

    /// <summary>Whether a relaxed posture was in force.</summary>
    internal bool DevMode => _members.TryGetProperty("dev_mode"u8, out var mode) && mode.ValueKind == JsonValueKind.True;

    /// <summary>A member that is text; empty when it is null or missing.</summary>
    internal string Member(string name) =>
        _members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";

    /// <exception cref="JsonException">The stored text is not JSON: the database has been damaged.</exception>
    internal static AuditRow Of(StoredEvent stored)
    {
        using var document = JsonDocument.Parse(stored.Json, new JsonDocumentOptions { MaxDepth = Json.JsonLimits.DeepestAllowed });
        return new AuditRow(Encoding.UTF8.GetString(stored.Json.Span), document.RootElement.Clone());
    }

    /// <summary>An event of the gate's answer, which has its reason a second time, at its end, as <c>reason</c>.</summary>
    internal static AuditRow Of(JsonElement answer)
    {
        var text = answer.GetRawText();
        if (answer.TryGetProperty("reason"u8, out var reason))
        {
            var added = $",\"reason\":{reason.GetRawText()}}}";
            text = text.EndsWith(added, StringComparison.Ordinal) ? text[..^added.Length] + "}" : text;
        }

        return new AuditRow(text, answer);
    }
}
