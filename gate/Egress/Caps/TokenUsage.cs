using System.Text.Json;

namespace LatchGate.Egress.Caps;

/// <summary>Tokens of one model call.</summary>
/// <param name="Input">Of the request.</param>
/// <param name="Output">Of the answer.</param>
public readonly record struct TokenUsage(long Input, long Output)
{
    private const long Most = 1L << 40;

    /// <summary>Input and output.</summary>
    public long Total => Input + Output;

    /// <summary>
    /// What an answer reports: <c>usage</c> of OpenAI's and Anthropic's answers, <c>usageMetadata</c> of Google's; in a stream of server-sent
    /// events the largest that any event reports.
    /// </summary>
    /// <param name="body">The response body.</param>
    /// <param name="usage">What it reports.</param>
    /// <returns>False when it reports nothing: the reservation then stands.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> body, out TokenUsage usage)
    {
        usage = default;
        var start = body.Span.TrimStart(" \t\r\n"u8);
        if (start.StartsWith("{"u8))
        {
            return TryReadEvent(body, ref usage);
        }

        var found = false;
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (line.Span.StartsWith("data:"u8))
            {
                found |= TryReadEvent(line[5..], ref usage);
            }
        }

        return found;
    }

    private static bool TryReadEvent(ReadOnlyMemory<byte> json, ref TokenUsage usage)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            // The whole answer, or its first event, which both vendors wrap.
            var found = TryReadObject(root, ref usage);
            foreach (var member in (ReadOnlySpan<string>)["message", "response"])
            {
                if (root.TryGetProperty(member, out var inner) && inner.ValueKind == JsonValueKind.Object)
                {
                    found |= TryReadObject(inner, ref usage);
                }
            }

            return found;
        }
        catch (JsonException)
        {
            // Not an answer of a model, or a cut one: nothing is reported.
            return false;
        }
    }

    private static bool TryReadObject(JsonElement owner, ref TokenUsage usage)
    {
        if (owner.TryGetProperty("usage", out var reported) && reported.ValueKind == JsonValueKind.Object)
        {
            var input = Sum(reported, "prompt_tokens") + Sum(reported, "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens");
            return Keep(input, Sum(reported, "completion_tokens") + Sum(reported, "output_tokens"), ref usage);
        }

        return owner.TryGetProperty("usageMetadata", out reported) && reported.ValueKind == JsonValueKind.Object
            && Keep(Sum(reported, "promptTokenCount", "toolUsePromptTokenCount"), Sum(reported, "candidatesTokenCount", "thoughtsTokenCount"), ref usage);
    }

    private static bool Keep(long input, long output, ref TokenUsage usage)
    {
        usage = new TokenUsage(Math.Max(usage.Input, input), Math.Max(usage.Output, output));
        return input + output > 0;
    }

    private static long Sum(JsonElement owner, params ReadOnlySpan<string> members)
    {
        var sum = 0L;
        foreach (var member in members)
        {
            if (owner.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var tokens))
            {
                sum += Math.Clamp(tokens, 0, Most);
            }
        }

        return sum;
    }
}
