using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>What generated templates share.</summary>
internal static class SchemaRuntime
{
    /// <summary>A constant of a template.</summary>
    public static JsonElement Constant(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }
}
