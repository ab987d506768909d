using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Approvals;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Secrets;

namespace LatchGate.Webhooks;

/// <summary>
/// A request, small enough for a message: what operators are shown (<see cref="RequestPreview"/>), and of that no value under a name that may mean a
/// credential, five levels, 200 bytes of a text, 10 items of a list, 40 members of an object (reference/ops.md §5.2).
/// </summary>
internal static class RequestSummary
{
    private const int Deepest = 5;
    private const int LongText = 256;
    private const int Cut = 200;
    private const int MostItems = 10;
    private const int MostMembers = 40;
    private const int Largest = 16 * 1024;

    // Anywhere in a name, in any case: a channel has more readers than the gate has operators, so this is wider than what those are not shown.
    private static readonly string[] _words =
    [
        "password", "passwd", "secret", "token", "key", "credential", "auth", "private", "bearer", "cookie", "session", "pin", "cvv", "ssn",
    ];

    /// <summary>Writes the summary as one value.</summary>
    internal static void Write(Utf8JsonWriter json, ReadOnlyMemory<byte> task, ImmutableArray<string> secrets)
    {
        var preview = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(preview, JsonOutput.Options))
        {
            RequestPreview.Write(writer, task, secrets);
        }

        using var document = JsonDocument.Parse(preview.WrittenMemory, new JsonDocumentOptions { MaxDepth = JsonLimits.DeepestAllowed });
        var summary = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(summary, JsonOutput.Options))
        {
            Write(writer, document.RootElement, depth: 0);
        }

        if (summary.WrittenCount > Largest)
        {
            json.WriteStringValue("too large to be shown here");
            return;
        }

        json.WriteRawValue(summary.WrittenSpan, skipInputValidation: true);
    }

    private static void Write(Utf8JsonWriter json, JsonElement value, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array when depth == Deepest:
                json.WriteStringValue("…");
                break;
            case JsonValueKind.Object:
                WriteMembers(json, value, depth);
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                var items = 0;
                foreach (var item in value.EnumerateArray())
                {
                    if (items++ == MostItems)
                    {
                        json.WriteStringValue("…");
                        break;
                    }

                    Write(json, item, depth + 1);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                json.WriteStringValue(text.Length > LongText ? PlainText.Cut(text, Cut) + "…" : text);
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static void WriteMembers(Utf8JsonWriter json, JsonElement value, int depth)
    {
        json.WriteStartObject();
        var members = 0;
        foreach (var member in value.EnumerateObject())
        {
            if (members++ == MostMembers)
            {
                json.WriteString("…"u8, "…"u8);
                break;
            }

            json.WritePropertyName(PlainText.Cut(member.Name, LongText));
            if (IsDelicate(member.Name))
            {
                json.WriteStringValue(SecretRedactor.Token);
            }
            else
            {
                Write(json, member.Value, depth + 1);
            }
        }

        json.WriteEndObject();
    }

    private static bool IsDelicate(string name)
    {
        foreach (var word in _words)
        {
            if (name.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
