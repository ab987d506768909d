using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using LatchGate.Evidence;

namespace LatchGate.Cli;

/// <summary>One judged hop, as an egress event of the ledger tells it.</summary>
internal sealed class RecordedHop
{
    private readonly JsonElement _detail;

    private RecordedHop(JsonElement e, JsonElement detail, string ending)
    {
        _detail = detail;
        Ending = ending;
        ActionId = e.Text("action_id") ?? "";
        Time = e.Text("timestamp") ?? "";
    }

    /// <summary>The columns of <see cref="Row"/>.</summary>
    internal static string[] Header { get; } = ["HOP", "ENDED", "REASON", "RULE", "LAYER", "CLASS", "METHOD", "TO"];

    internal string ActionId { get; }

    /// <summary>When it was recorded, as the ledger writes times.</summary>
    internal string Time { get; }

    /// <summary><c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
    internal string Ending { get; }

    internal bool IsAllowed => Ending == "allowed";

    internal string Reason => _detail.Text("reason") ?? "";

    /// <summary>What enforcing would have refused it for; null when it would not have.</summary>
    internal string? WouldDeny => _detail.Text("would_deny");

    internal string? Origin => _detail.Text("origin");

    internal string Method => _detail.Text("method") ?? "";

    internal string Remedy => EgressRemedy.Of(Reason, _detail.Text("layer") ?? "", _detail.Text("rule") ?? "", ActionId, Origin);

    /// <summary>Reads an event; false when it is about something else.</summary>
    internal static bool TryRead(JsonElement e, [NotNullWhen(true)] out RecordedHop? hop)
    {
        var ending = e.Text("event_type") switch
        {
            EventTypes.EgressAllowed => "allowed",
            EventTypes.EgressDenied => "denied",
            EventTypes.EgressFailed => "failed",
            _ => null,
        };
        hop = ending is not null && e.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.Object ? new RecordedHop(e, detail, ending) : null;
        return hop is not null;
    }

    internal string[] Row() =>
    [
        Number("hop"),
        WouldDeny is null ? Ending : $"{Ending} (audit)",
        WouldDeny ?? Reason,
        _detail.Text("rule") is { Length: > 0 } rule ? rule : "-",
        _detail.Text("layer") ?? "-",
        (_detail.Text("address_class") ?? "-") + (_detail.TryGetProperty("mixed", out var mixed) && mixed.ValueKind == JsonValueKind.True ? ", mixed" : ""),
        Method,
        (Origin ?? "-") + (_detail.Text("peer") is { } peer ? $" ({peer})" : ""),
    ];

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("ended", Ending);
        foreach (var member in _detail.EnumerateObject())
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private string Number(string member) =>
        _detail.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64().ToString(CultureInfo.InvariantCulture) : "-";
}
