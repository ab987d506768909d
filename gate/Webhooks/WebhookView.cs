using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Pipeline;

namespace LatchGate.Webhooks;

/// <summary>How urgent an event is to a person (reference/ops.md §5.2).</summary>
internal enum WebhookUrgency
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>To be known.</summary>
    Info,

    /// <summary>To be looked at.</summary>
    Warning,

    /// <summary>To be looked at now.</summary>
    Critical,
}

/// <summary>One line of a message.</summary>
/// <param name="label">What it is.</param>
/// <param name="value">Text of agents, operators and the gate: one line, no control or invisible characters; not escaped for any service.</param>
internal sealed class WebhookField(string label, string value)
{
    internal string Label => label;

    internal string Value => value;
}

/// <summary>An envelope as messages show it. Every format says the same; only the wrapping differs.</summary>
internal sealed class WebhookView
{
    private const int LongestValue = 700;
    private const int MostFields = 20;

    private WebhookView(WebhookEvent type, string id, string timestamp, JsonElement data)
    {
        (Type, Id, Timestamp, Data) = (type, id, timestamp, data);
        var action = Text(data, "action_id"u8);
        Title = action is null ? Headline(type) : $"{Headline(type)}: {Clean(action, 128)}";
        Approval = Text(data, "approval_id"u8);
        foreach (var member in data.EnumerateObject())
        {
            if (member.Name is "action_id" or "seq" || member.Value.ValueKind == JsonValueKind.Null || Fields.Count == MostFields)
            {
                continue;
            }

            var text = Clean(member.Value.ValueKind == JsonValueKind.Array ? Join(member.Value) : member.Value.ToString(), LongestValue);
            if (text.Length > 0)
            {
                Fields.Add(new WebhookField(LabelOf(member.Name), text));
            }
        }
    }

    internal WebhookEvent Type { get; }

    internal string Id { get; }

    internal string Timestamp { get; }

    /// <summary>What happened, and in which action.</summary>
    internal string Title { get; }

    /// <summary>The approval that it is about; null when it is about none.</summary>
    internal string? Approval { get; }

    internal List<WebhookField> Fields { get; } = [];

    internal JsonElement Data { get; }

    internal WebhookUrgency Urgency => Type switch
    {
        WebhookEvent.ActionExecuted or WebhookEvent.ApprovalGranted => WebhookUrgency.Good,
        WebhookEvent.Revocation => WebhookUrgency.Critical,
        WebhookEvent.KeyRotated or WebhookEvent.Test or WebhookEvent.BudgetExhausted => WebhookUrgency.Info,
        WebhookEvent.ActionDenied or WebhookEvent.ActionFailed or WebhookEvent.ApprovalPending when Text(Data, "risk_level"u8) is "high" or "critical" =>
            WebhookUrgency.Critical,
        _ => WebhookUrgency.Warning,
    };

    /// <summary>Reads an envelope of the gate's own making.</summary>
    /// <param name="envelope">Must stay open while the view is used.</param>
    internal static WebhookView Of(JsonElement envelope)
    {
        _ = WebhookEvents.TryParse(Text(envelope, "type"u8) ?? "", out var type);
        return new WebhookView(type, Text(envelope, "id"u8) ?? "", Text(envelope, "timestamp"u8) ?? "", envelope.GetProperty("data"u8));
    }

    private static string Headline(WebhookEvent type) => type switch
    {
        WebhookEvent.ApprovalPending => "A call waits for approval",
        WebhookEvent.ApprovalGranted => "An approved call was done",
        WebhookEvent.ApprovalDenied => "An operator refused a call",
        WebhookEvent.ApprovalExpired => "Nobody decided a call in time",
        WebhookEvent.ApprovalFailed => "An approved call failed",
        WebhookEvent.ActionDenied => "A call was refused",
        WebhookEvent.ActionExecuted => "A call was done",
        WebhookEvent.ActionFailed => "A call failed",
        WebhookEvent.Revocation => "Access was revoked",
        WebhookEvent.BudgetExhausted => "A budget is spent",
        WebhookEvent.KeyRotated => "A signing key was replaced",
        WebhookEvent.Test => "Test of this webhook",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not one event."),
    };

    // What an agent wrote must not break out of its line, reorder it, or hide in it.
    private static string Clean(string text, int bytes)
    {
        var cut = PlainText.Clean(text, bytes);
        return Printer.Clean(cut.Length < text.Length ? cut + "…" : cut);
    }

    private static string Join(JsonElement list)
    {
        var text = "";
        foreach (var item in list.EnumerateArray())
        {
            text += (text.Length > 0 ? ", " : "") + item;
        }

        return text;
    }

    private static string LabelOf(string name) => char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');

    private static string? Text(JsonElement e, ReadOnlySpan<byte> name) =>
        e.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
