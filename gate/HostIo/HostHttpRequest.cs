using System.Text.Json;

namespace LatchGate.HostIo;

/// <summary>What a guest asks of <c>latchgate:io/http</c>.</summary>
/// <param name="Method">As given.</param>
/// <param name="Url">As given; <see cref="Egress.Target.Parse"/> alone reads it.</param>
/// <param name="Headers">As given, in order.</param>
/// <param name="Body">Null when there is none.</param>
/// <param name="TimeoutMs">Milliseconds for the whole exchange; null leaves the rule's own bound. It can only shorten.</param>
internal sealed record HostHttpRequest(string Method, string Url, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte>? Body, int? TimeoutMs)
{
    private const int MaxTimeoutMs = 300_000;

    /// <summary>Reads the guest's JSON, strictly: unknown or repeated members, comments and trailing commas are refused. A header may repeat.</summary>
    /// <remarks>
    /// <code>
    /// {"method": "GET", "url": "https://…", "headers"?: {"name": "value", …},
    ///  "body_text"?: "…" | "body_base64"?: "…", "timeout_ms"?: 1–300000}
    /// </code>
    /// <c>body_text</c> is sent as UTF-8. There is at most one body member.
    /// </remarks>
    internal static bool TryParse(ReadOnlySpan<byte> json, out HostHttpRequest request)
    {
        request = null!;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 2 });
            return TryRead(ref reader, ref request) && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // A string with a lone surrogate, which no text has.
            return false;
        }
    }

    private static bool TryRead(ref Utf8JsonReader reader, ref HostHttpRequest request)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        string? method = null, url = null;
        List<HeaderField>? headers = null;
        byte[]? body = null;
        int? timeout = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var ok = name switch
            {
                "method" => TryString(ref reader, ref method),
                "url" => TryString(ref reader, ref url),
                "headers" => headers is null && TryHeaders(ref reader, out headers),
                "body_text" => body is null && TryText(ref reader, out body),
                "body_base64" => body is null && reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out body),
                "timeout_ms" => timeout is null && TryTimeout(ref reader, out timeout),
                _ => false,
            };
            if (!ok)
            {
                return false;
            }
        }

        if (method is null || url is null)
        {
            return false;
        }

        // Not `null`: that converts to an empty body, by way of a null array.
        request = new HostHttpRequest(method, url, headers ?? [], body ?? default(ReadOnlyMemory<byte>?), timeout);
        return true;
    }

    private static bool TryString(ref Utf8JsonReader reader, ref string? value)
    {
        if (value is not null || reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        value = reader.GetString();
        return true;
    }

    private static bool TryText(ref Utf8JsonReader reader, out byte[]? body)
    {
        body = null;
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        var text = new byte[reader.ValueSpan.Length];
        body = text[..reader.CopyString(text)];
        return true;
    }

    private static bool TryTimeout(ref Utf8JsonReader reader, out int? timeout)
    {
        timeout = null;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var value) || value is < 1 or > MaxTimeoutMs)
        {
            return false;
        }

        timeout = value;
        return true;
    }

    private static bool TryHeaders(ref Utf8JsonReader reader, out List<HeaderField>? headers)
    {
        headers = [];
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                return false;
            }

            headers.Add(new HeaderField(name, reader.GetString()!));
        }

        return true;
    }
}
