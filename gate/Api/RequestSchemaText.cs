using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Api;

/// <summary>Writes an action's request schema into another document, so that it says there what it says alone.</summary>
internal static class RequestSchemaText
{
    /// <summary>
    /// Writes the schema as it stands, with two exceptions: one with references gets an <c>$id</c>, without which they would point into
    /// the document around it (JSON Schema 2020-12 §8.2.3); and where <paramref name="needsObject"/> is set, one without
    /// <c>type</c> gets <c>"type":"object"</c>, for a request is one.
    /// </summary>
    internal static void Write(Utf8JsonWriter json, ActionSpec action, bool needsObject)
    {
        if (action.RequestSchema.IsEmpty)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "object"u8);
            json.WriteEndObject();
            return;
        }

        using var document = JsonDocument.Parse(action.RequestSchema);
        var schema = document.RootElement;
        var hasReferences = action.RequestSchema.Span.IndexOf("\"$ref\""u8) >= 0 && !schema.TryGetProperty("$id"u8, out _);
        var lacksType = needsObject && !schema.TryGetProperty("type"u8, out _);
        if (!hasReferences && !lacksType)
        {
            json.WriteRawValue(action.RequestSchema.Span, skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        if (hasReferences)
        {
            json.WriteString("$id"u8, $"urn:latchgate:request:{action.Id}:{action.Version}");
        }

        if (lacksType)
        {
            json.WriteString("type"u8, "object"u8);
        }

        foreach (var member in schema.EnumerateObject())
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
