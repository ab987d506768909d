using System.Text.Json;

namespace LatchGate.Json;

/// <summary>
/// Arrays of a parsed document. Not LINQ: its operators over a struct are compiled once for every pair of element
/// types in the whole program, which is most of a megabyte.
/// </summary>
internal static class JsonArrays
{
    /// <summary>What <paramref name="convert"/> makes of each element, in order.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="array"/> is no array.</exception>
    internal static T[] ConvertAll<T>(this JsonElement array, Func<JsonElement, T> convert)
    {
        var converted = new T[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            converted[i++] = convert(element);
        }

        return converted;
    }
}
