using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using LatchGate.Json;

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
        new(expected.IsEmpty ? null : JsonDocument.Parse(expected, new JsonDocumentOptions { MaxDepth = JsonLimits.DeepestAllowed }));

    /// <summary>Finds a property; false where the request did not have it.</summary>
    internal bool TryFind(string name, out JsonElement value)
    {
        value = default;
        return _document is not null && _document.RootElement.TryGetProperty(name, out value);
    }

    /// <summary>
    /// Whether a value is the property's: of the same type, numbers by their exact value, strings by code points. Arrays and objects are
    /// compared in canonical form (RFC 8785), whatever the order of members; there numbers are the doubles that requests are made of.
    /// </summary>
    /// <param name="name">The property.</param>
    /// <param name="value">Of a document that was read strictly.</param>
    internal bool AreRepeated(string name, JsonElement value)
    {
        if (!TryFind(name, out var asked) || asked.ValueKind != value.ValueKind)
        {
            return false;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => JsonNumber.Compare(value, JsonMarshal.GetRawUtf8Value(asked)) == 0,
            JsonValueKind.String => value.ValueEquals(asked.GetString()),
            JsonValueKind.Array or JsonValueKind.Object => TryCanonical(asked, out var one) && TryCanonical(value, out var other)
                && one.Span.SequenceEqual(other.Span),
            _ => true,
        };
    }

    // A number that has no canonical form is in no request.
    private static bool TryCanonical(JsonElement value, [NotNullWhen(true)] out CanonicalBytes? canonical) =>
        Jcs.TryCanonicalize(JsonMarshal.GetRawUtf8Value(value), JsonLimits.Evidence, out canonical, out _);

    /// <inheritdoc/>
    public void Dispose() => _document?.Dispose();
}
