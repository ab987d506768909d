using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Approvals;

/// <summary>
/// Shows an operator the request that will be sent: the frozen task itself, without credentials (<see cref="Redaction"/>). Everything
/// that the provider gets is in it, or is marked as left out or cut.
/// </summary>
/// <remarks>
/// <code>
/// preview = {"method", "url", "headers": {name: value}, ["body", "body_encoding", "body_bytes",] ["input",] "truncated"}
/// body_encoding = "json"    the body is the JSON value itself
///               / "text"    the body is a text, as it will be sent
///               / "base64"  the bytes are no UTF-8 text
/// input         = what else the task holds
/// of a file task: {"operation", "path", ["body", "body_encoding", "body_bytes",] ["input",] "truncated"}, where body is the content
/// </code>
/// </remarks>
internal static class RequestPreview
{
    /// <summary>Bytes of a body that are shown; more are cut, and <c>truncated</c> is true.</summary>
    internal const int LargestBody = 64 * 1024;

    private static readonly JsonDocumentOptions _deep = new() { MaxDepth = JsonLimits.DeepestAllowed };

    /// <summary>Writes the preview as one value.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="task">The task, a JSON object.</param>
    /// <param name="secrets">The secrets that the action declares.</param>
    internal static void Write(Utf8JsonWriter json, ReadOnlyMemory<byte> task, ImmutableArray<string> secrets)
    {
        using var document = JsonDocument.Parse(task, _deep);
        var members = document.RootElement;
        var truncated = false;
        json.WriteStartObject();
        if (!members.TryGetProperty("url"u8, out _) && members.TryGetProperty("operation"u8, out var operation))
        {
            json.WriteString("operation"u8, operation.ToString());
            json.WriteString("path"u8, members.TryGetProperty("path"u8, out var path) ? path.ToString() : "");
            truncated = members.TryGetProperty("content_base64"u8, out var content) && WriteBytes(json, content, isForm: false, secrets);
            WriteRest(json, members, secrets, isFile: true);
            json.WriteBoolean("truncated"u8, truncated);
            json.WriteEndObject();
            return;
        }

        json.WriteString("method"u8, members.TryGetProperty("method"u8, out var method) ? method.ToString() : "GET");
        if (members.TryGetProperty("url"u8, out var url))
        {
            json.WriteString("url"u8, PreviewUrl.Clean(url.ToString(), secrets));
        }

        var isForm = false;
        json.WriteStartObject("headers"u8);
        if (members.TryGetProperty("headers"u8, out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                var value = header.Value.ToString();
                isForm |= header.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase)
                    && value.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
                json.WriteString(header.Name, Redaction.IsSecretName(header.Name, secrets) ? Redaction.Marker(value.Length) : Redaction.Scrub(value));
            }
        }

        json.WriteEndObject();
        if (members.TryGetProperty("body"u8, out var body))
        {
            truncated = WriteJsonBody(json, body, secrets);
        }
        else if (members.TryGetProperty("body_text"u8, out var text))
        {
            truncated = WriteText(json, text.ToString(), isForm, secrets);
        }
        else if (members.TryGetProperty("body_base64"u8, out var base64))
        {
            truncated = WriteBytes(json, base64, isForm, secrets);
        }

        WriteRest(json, members, secrets, isFile: false);
        json.WriteBoolean("truncated"u8, truncated);
        json.WriteEndObject();
    }

    private static bool WriteJsonBody(Utf8JsonWriter json, JsonElement body, ImmutableArray<string> secrets)
    {
        var clean = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(clean, JsonOutput.Options))
        {
            WriteClean(writer, body, secrets);
        }

        var bytes = Encoding.UTF8.GetByteCount(body.GetRawText());
        if (clean.WrittenCount > LargestBody)
        {
            WriteCut(json, Encoding.UTF8.GetString(clean.WrittenSpan), bytes);
            return true;
        }

        json.WritePropertyName("body"u8);
        json.WriteRawValue(clean.WrittenSpan, skipInputValidation: true);
        WriteKind(json, "json"u8, bytes);
        return false;
    }

    // A text that is JSON is shown as JSON: its members are looked at by name.
    private static bool WriteText(Utf8JsonWriter json, string text, bool isForm, ImmutableArray<string> secrets)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (TryParse(text, out var document))
        {
            using (document)
            {
                return WriteJsonBody(json, document.RootElement, secrets);
            }
        }

        var clean = isForm ? PreviewUrl.CleanPairs(text, secrets) : Redaction.Scrub(text);
        if (Encoding.UTF8.GetByteCount(clean) > LargestBody)
        {
            WriteCut(json, clean, bytes);
            return true;
        }

        json.WriteString("body"u8, clean);
        WriteKind(json, "text"u8, bytes);
        return false;
    }

    private static bool WriteBytes(Utf8JsonWriter json, JsonElement base64, bool isForm, ImmutableArray<string> secrets)
    {
        if (!base64.TryGetBytesFromBase64(out var bytes))
        {
            // No base64: the provider refuses it, and the operator sees what it is.
            return WriteText(json, base64.ToString(), isForm, secrets);
        }

        if (System.Text.Unicode.Utf8.IsValid(bytes) && !bytes.AsSpan().Contains((byte)0))
        {
            return WriteText(json, Encoding.UTF8.GetString(bytes), isForm, secrets);
        }

        var shown = bytes.AsSpan(0, Math.Min(bytes.Length, LargestBody));
        json.WriteBase64String("body"u8, shown);
        WriteKind(json, "base64"u8, bytes.Length);
        return shown.Length < bytes.Length;
    }

    private static void WriteCut(Utf8JsonWriter json, string clean, int bytes)
    {
        json.WriteString("body"u8, Pipeline.PlainText.Cut(clean, LargestBody));
        WriteKind(json, "text"u8, bytes);
    }

    private static void WriteKind(Utf8JsonWriter json, ReadOnlySpan<byte> encoding, int bytes)
    {
        json.WriteString("body_encoding"u8, encoding);
        json.WriteNumber("body_bytes"u8, bytes);
    }

    private static void WriteRest(Utf8JsonWriter json, JsonElement members, ImmutableArray<string> secrets, bool isFile)
    {
        var begun = false;
        foreach (var member in members.EnumerateObject())
        {
            if (isFile
                ? member.Name is "operation" or "path" or "content_base64"
                : member.Name is "method" or "url" or "headers" or "body" or "body_text" or "body_base64")
            {
                continue;
            }

            if (!begun)
            {
                json.WriteStartObject("input"u8);
                begun = true;
            }

            WriteMember(json, member, secrets);
        }

        if (begun)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteMember(Utf8JsonWriter json, JsonProperty member, ImmutableArray<string> secrets)
    {
        json.WritePropertyName(member.Name);
        if (Redaction.IsSecretName(member.Name, secrets) && member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False))
        {
            json.WriteStringValue(Redaction.Marker(member.Value.ToString().Length));
        }
        else
        {
            WriteClean(json, member.Value, secrets);
        }
    }

    private static void WriteClean(Utf8JsonWriter json, JsonElement value, ImmutableArray<string> secrets)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    WriteMember(json, member, secrets);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    WriteClean(json, item, secrets);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(Redaction.Scrub(value.GetString()!));
                break;
            default:
                json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                break;
        }
    }

    private static bool TryParse(string text, out JsonDocument document)
    {
        document = null!;
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return false;
        }

        var utf8 = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonLimits.DeepestAllowed });
        try
        {
            document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed == utf8.Length)
            {
                return true;
            }

            document.Dispose();
            return false;
        }
        catch (JsonException)
        {
            // It only looked like JSON.
            return false;
        }
    }
}
