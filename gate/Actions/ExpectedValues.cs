using System.Buffers;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>What a request says that the response must repeat: the properties that rules of the verifier name, and nothing else of it.</summary>
internal sealed class ExpectedValues : IDisposable
{
    private readonly JsonDocument? _document;

    private ExpectedValues(JsonDocument? document) => _document = document;

    /// <summary>Takes the named properties out of a request, with their defaults where it leaves them out; empty where none are named.</summary>
    internal static ReadOnlyMemory<byte> Of(ValidatedRequest request)
    {
        var fields = request.Action.Verification.RequestFields;
        if (fields.IsEmpty)
        {
            return default;
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var (name, fallback) in fields)
        {
            if (request.Root.ValueKind == JsonValueKind.Object && request.Root.TryGetProperty(name, out var value))
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            else if (!fallback.IsEmpty)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(fallback.Span);
            }
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    internal static ExpectedValues Read(ReadOnlyMemory<byte> expected) =>
        new(expected.IsEmpty ? null : JsonDocument.Parse(expected, new JsonDocumentOptions { MaxDepth = Json.JsonLimits.DeepestAllowed }));

    /// <summary>Finds a property; false where the request did not have it.</summary>
    internal bool TryFind(string name, out JsonElement value)
    {
        value = default;
        return _document is not null && _document.RootElement.TryGetProperty(name, out value);
    }

    /// <inheritdoc/>
    public void Dispose() => _document?.Dispose();
}
