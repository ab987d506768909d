using System.Text.Json;

namespace LatchGate.Egress.Caps;

/// <summary>What a model call may use up at most, read from its request before it is sent.</summary>
/// <param name="Model">The model as the request names it; empty where it names none.</param>
/// <param name="Input">Estimated tokens of the request.</param>
/// <param name="RequestedOutput">Output tokens that the request asks for at most, over all answers; null where it sets no bound.</param>
public sealed record SpendEstimate(string Model, long Input, long? RequestedOutput)
{
    /// <summary>Bytes that are counted as one token of the request. Text has about four; code and other scripts have fewer.</summary>
    public const int BytesPerToken = 3;

    private const long Most = 1L << 40;

    /// <summary>Reads a request's body (OpenAI, Anthropic, Google); null where it is no JSON object and so no model call.</summary>
    public static SpendEstimate? Of(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var model = root.TryGetProperty("model", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
            var output = Bound(root, "max_tokens", "max_completion_tokens", "max_output_tokens");
            if (root.TryGetProperty("generationConfig", out var config) && config.ValueKind == JsonValueKind.Object)
            {
                output ??= Bound(config, "maxOutputTokens");
            }

            var answers = Bound(root, "n") ?? 1;
            return new SpendEstimate(model, (body.Length + BytesPerToken - 1) / BytesPerToken, output is { } bound ? Math.Min(Most, bound * Math.Clamp(answers, 1, 1024)) : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The largest of the members: what the other side may go by is not known.
    private static long? Bound(JsonElement owner, params ReadOnlySpan<string> members)
    {
        long? bound = null;
        foreach (var member in members)
        {
            if (owner.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var tokens))
            {
                tokens = Math.Clamp(tokens, 0, Most);
                bound = bound is { } other && other > tokens ? other : tokens;
            }
        }

        return bound;
    }
}
