using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>What generated validators share.</summary>
internal static class SchemaRuntime
{
    /// <summary>Whether a value is valid, without saying why not.</summary>
    public static bool Holds(SchemaValidator schema, JsonElement value)
    {
        var errors = SchemaErrors.Probe();
        schema(value, ref errors);
        return errors.None;
    }

    /// <summary>Whether no two items are equal as JSON Schema has it: numbers by value, objects whatever their order.</summary>
    /// <remarks>Compares each pair; the gate bounds arrays to 100 items before (reference/kernel.md §1.10).</remarks>
    public static bool AreUnique(JsonElement array)
    {
        var items = array.GetArrayLength();
        for (var i = 1; i < items; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (JsonElement.DeepEquals(array[i], array[j]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>A constant of a schema or a template.</summary>
    public static JsonElement Constant(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }
}
