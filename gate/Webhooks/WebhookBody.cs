using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Config;
using LatchGate.Json;

namespace LatchGate.Webhooks;

/// <summary>The body of an attempt in the endpoint's format (reference/ops.md §5.3), below every limit of the service that it is for.</summary>
internal static class WebhookBody
{
    // What the services count for themselves; theirs are higher.
    private const int LongestTitle = 140;

    /// <summary>Writes the body.</summary>
    /// <param name="endpoint">For whom.</param>
    /// <param name="envelope">What.</param>
    /// <param name="hasEnded">Whether it tells of a call that waited and does no more.</param>
    /// <param name="message">Opens secrets.</param>
    /// <returns>To be wiped after use; it never moves in memory.</returns>
    internal static byte[] Write(WebhookConfig endpoint, ReadOnlyMemory<byte> envelope, bool hasEnded, WebhookMessage message)
    {
        if (endpoint.Format == WebhookFormat.Generic)
        {
            return Pinned(envelope.Span);
        }

        using var document = JsonDocument.Parse(envelope);
        var view = WebhookView.Of(document.RootElement);
        var text = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(text, JsonOutput.Options))
        {
            json.WriteStartObject();
            switch (endpoint.Format)
            {
                case WebhookFormat.Slack:
                    Slack(json, view);
                    break;
                case WebhookFormat.Teams:
                    Teams(json, view);
                    break;
                case WebhookFormat.Discord:
                    Discord(json, view);
                    break;
                default:
                    PagerDuty(json, view, hasEnded);
                    break;
            }

            json.WriteEndObject();
        }

        return endpoint.RoutingKey is { } key ? WithRoutingKey(text.WrittenSpan, key, message) : Pinned(text.WrittenSpan);
    }

    // api.slack.com/reference/block-kit: a header has 150 characters, a section 10 fields of 2000. Values are plain text, which knows neither
    // formatting nor links; entities end what mentions begin with.
    private static void Slack(Utf8JsonWriter json, WebhookView view)
    {
        var title = Entities(Short(view.Title));
        title = title.Length <= 150 ? title : Entities(Pipeline.PlainText.Cut(view.Title, 30));
        json.WriteString("text"u8, title);
        json.WriteBoolean("mrkdwn"u8, false);
        json.WriteStartArray("blocks"u8);
        SlackText(json, "header"u8, title);
        for (var i = 0; i < view.Fields.Count; i++)
        {
            if (i % 10 == 0)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "section"u8);
                json.WriteStartArray("fields"u8);
            }

            PlainText(json, Entities($"{view.Fields[i].Label}: {Pipeline.PlainText.Cut(view.Fields[i].Value, 380)}"));
            if (i % 10 == 9 || i == view.Fields.Count - 1)
            {
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "context"u8);
        json.WriteStartArray("elements"u8);
        PlainText(json, $"LatchGate {view.Type.ToWire()} {view.Id} {view.Timestamp}");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void SlackText(Utf8JsonWriter json, ReadOnlySpan<byte> type, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WritePropertyName("text"u8);
        PlainText(json, text);
        json.WriteEndObject();
    }

    private static void PlainText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "plain_text"u8);
        json.WriteString("text"u8, text);
        json.WriteBoolean("emoji"u8, false);
        json.WriteEndObject();
    }

    // A workflow of Teams takes a message with an Adaptive Card, 28 KB in all. Text runs know no Markdown and no mentions.
    private static void Teams(Utf8JsonWriter json, WebhookView view)
    {
        json.WriteString("type"u8, "message"u8);
        json.WriteStartArray("attachments"u8);
        json.WriteStartObject();
        json.WriteString("contentType"u8, "application/vnd.microsoft.card.adaptive"u8);
        json.WriteNull("contentUrl"u8);
        json.WriteStartObject("content"u8);
        json.WriteString("$schema"u8, "http://adaptivecards.io/schemas/adaptive-card.json"u8);
        json.WriteString("type"u8, "AdaptiveCard"u8);
        json.WriteString("version"u8, "1.4"u8);
        json.WriteStartArray("body"u8);
        TextRuns(json, Short(view.Title), null, view.Urgency switch
        {
            WebhookUrgency.Good => "good"u8,
            WebhookUrgency.Info => "accent"u8,
            WebhookUrgency.Warning => "warning"u8,
            _ => "attention"u8,
        });
        foreach (var field in view.Fields)
        {
            TextRuns(json, field.Label + ": ", field.Value, "default"u8);
        }

        TextRuns(json, "LatchGate ", $"{view.Type.ToWire()} {view.Id} {view.Timestamp}", "light"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void TextRuns(Utf8JsonWriter json, string bold, string? plain, ReadOnlySpan<byte> colour)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "RichTextBlock"u8);
        json.WriteStartArray("inlines"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "TextRun"u8);
        json.WriteString("text"u8, bold);
        json.WriteString("weight"u8, "bolder"u8);
        json.WriteString("color"u8, colour);
        json.WriteEndObject();
        if (plain is not null)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "TextRun"u8);
            json.WriteString("text"u8, plain);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // discord.com/developers: content has 2000 characters, an embed 25 fields of 1024 and 6000 characters in all.
    private static void Discord(Utf8JsonWriter json, WebhookView view)
    {
        const int Most = 4500;
        var title = Markdown(Pipeline.PlainText.Cut(view.Title, 120));
        json.WriteString("content"u8, title);
        json.WriteStartObject("allowed_mentions"u8);
        json.WriteStartArray("parse"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("embeds"u8);
        json.WriteStartObject();
        json.WriteString("title"u8, title);
        json.WriteNumber("color"u8, view.Urgency switch
        {
            WebhookUrgency.Good => 0x2ECC71,
            WebhookUrgency.Info => 0x3498DB,
            WebhookUrgency.Warning => 0xF39C12,
            _ => 0xE74C3C,
        });
        json.WriteString("timestamp"u8, view.Timestamp);
        json.WriteStartArray("fields"u8);
        var used = 0;
        foreach (var field in view.Fields)
        {
            var value = Markdown(Pipeline.PlainText.Cut(field.Value, 400));
            used += field.Label.Length + value.Length;
            if (used > Most)
            {
                break;
            }

            json.WriteStartObject();
            json.WriteString("name"u8, field.Label);
            json.WriteString("value"u8, value);
            json.WriteBoolean("inline"u8, value.Length <= 40);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("footer"u8);
        json.WriteString("text"u8, $"LatchGate {view.Type.ToWire()} {view.Id}");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    // developer.pagerduty.com, Events API v2: one incident for each approval, which its end resolves; 512 KB in all.
    private static void PagerDuty(Utf8JsonWriter json, WebhookView view, bool hasEnded)
    {
        var ends = view.Type is WebhookEvent.ApprovalGranted or WebhookEvent.ApprovalDenied or WebhookEvent.ApprovalExpired or WebhookEvent.ApprovalFailed;
        var isApproval = ends || view.Type == WebhookEvent.ApprovalPending;
        json.WriteString("dedup_key"u8, isApproval ? $"latchgate-approval-{view.Approval}" : $"latchgate-{view.Id}");

        // Late news of a call that waits no more must not open what its end has closed.
        if (ends || hasEnded)
        {
            json.WriteString("event_action"u8, "resolve"u8);
            return;
        }

        json.WriteString("event_action"u8, "trigger"u8);
        json.WriteString("client"u8, "LatchGate"u8);
        json.WriteStartObject("payload"u8);
        json.WriteString("summary"u8, Short(view.Title));
        json.WriteString("source"u8, "latchgate"u8);
        json.WriteString("timestamp"u8, view.Timestamp);
        json.WriteString("class"u8, view.Type.ToWire());
        json.WriteString("severity"u8, view.Urgency switch
        {
            WebhookUrgency.Critical => "critical"u8,
            WebhookUrgency.Warning => "warning"u8,
            _ => "info"u8,
        });
        json.WriteStartObject("custom_details"u8);
        json.WriteString("Event"u8, view.Id);
        foreach (var field in view.Fields)
        {
            json.WriteString(field.Label, field.Value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static byte[] WithRoutingKey(ReadOnlySpan<byte> body, string name, WebhookMessage message)
    {
        if (message.Open(name) is not { } key || key.Value.ContainsAnyExceptInRange((byte)'!', (byte)'~') || key.Value.ContainsAny((byte)'"', (byte)'\\'))
        {
            message.Lacks(name);
            return [];
        }

        var start = "{\"routing_key\":\""u8;
        var whole = GC.AllocateUninitializedArray<byte>(start.Length + key.Value.Length + 1 + body.Length, pinned: true);
        var rest = whole.AsSpan();
        start.CopyTo(rest);
        key.Value.CopyTo(rest = rest[start.Length..]);
        rest = rest[key.Value.Length..];
        "\","u8.CopyTo(rest);
        body[1..].CopyTo(rest[2..]);
        return whole;
    }

    private static byte[] Pinned(ReadOnlySpan<byte> text)
    {
        var copy = GC.AllocateUninitializedArray<byte>(text.Length, pinned: true);
        text.CopyTo(copy);
        return copy;
    }

    private static string Short(string title) => Pipeline.PlainText.Cut(title, LongestTitle);

    // docs.slack.dev/messaging/formatting-message-text: these three are all that has a meaning of its own.
    private static string Entities(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    // A backslash before punctuation makes it itself; what follows an @ or a scheme must not be taken for a mention or a link.
    private static string Markdown(string text)
    {
        const char Nothing = '\u200B';
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (c is '\\' or '*' or '_' or '~' or '`' or '|' or '>' or '<' or '#' or '[' or ']' or '(' or ')' or '-' or '+')
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
            if (c == '@')
            {
                escaped.Append(Nothing);
            }
        }

        return escaped.ToString();
    }
}
