using System.Collections.Immutable;

namespace LatchGate.Json;

/// <summary>What many canonical records are made of.</summary>
internal static class CanonicalWriterExtensions
{
    /// <summary>Writes an array of strings, in order.</summary>
    internal static CanonicalWriter List(this CanonicalWriter json, ImmutableArray<string> values)
    {
        json.BeginArray();
        foreach (var value in values)
        {
            json.Value(value);
        }

        return json.End();
    }

    /// <summary>Writes a member with an array of strings, if there are any.</summary>
    internal static CanonicalWriter OptionalList(this CanonicalWriter json, ReadOnlySpan<byte> name, ImmutableArray<string> values) =>
        values.IsEmpty ? json : json.Name(name).List(values);

    /// <summary>Writes an integer, or <c>null</c>.</summary>
    internal static CanonicalWriter Value(this CanonicalWriter json, long? number) =>
        number is { } value ? json.Value(value) : json.Null();
}
