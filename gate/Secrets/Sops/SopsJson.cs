using System.Text;
using System.Text.Json;

namespace LatchGate.Secrets.Sops;

/// <summary>Reads the scalars of a JSON file, in order.</summary>
internal static class SopsJson
{
    /// <summary>Hears of a scalar; the reader stands on it.</summary>
    /// <returns>False ends the reading.</returns>
    internal delegate bool Visitor(SopsPath path, ref Utf8JsonReader reader, int entryStart, bool isItem);

    /// <summary>Reads a file.</summary>
    /// <returns>The scalars; null when it is not a JSON object, or a name occurs twice.</returns>
    internal static List<SopsLeaf>? Read(ReadOnlySpan<byte> text)
    {
        var leaves = new List<SopsLeaf>();
        return TryWalk(text, Add) ? leaves : null;

        bool Add(SopsPath path, ref Utf8JsonReader reader, int entryStart, bool isItem)
        {
            var kind = reader.TokenType switch
            {
                JsonTokenType.String => SopsKind.Text,
                JsonTokenType.Number => SopsKind.Number,
                JsonTokenType.Null => SopsKind.Null,
                _ => SopsKind.Boolean,
            };
            var value = kind == SopsKind.Text ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
            leaves.Add(new SopsLeaf(path.Name, path.Path, kind, value, entryStart, (int)reader.TokenStartIndex, (int)reader.BytesConsumed, isItem));
            return true;
        }
    }

    /// <summary>Visits the scalars of a JSON object, in order.</summary>
    internal static bool TryWalk(ReadOnlySpan<byte> text, Visitor visit)
    {
        var reader = new Utf8JsonReader(text);
        var path = new SopsPath();
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && Members(ref reader, path, visit) && !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text that is not Unicode.
            return false;
        }
    }

    private static bool Members(ref Utf8JsonReader reader, SopsPath path, Visitor visit)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            if (!path.Enter(reader.GetString()!) || !reader.Read() || !Value(ref reader, path, visit, start, isItem: false))
            {
                return false;
            }

            path.Leave();
        }

        return true;
    }

    private static bool Items(ref Utf8JsonReader reader, SopsPath path, Visitor visit)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (!path.Enter(i) || !Value(ref reader, path, visit, (int)reader.TokenStartIndex, isItem: true))
            {
                return false;
            }

            path.Leave();
        }

        return true;
    }

    private static bool Value(ref Utf8JsonReader reader, SopsPath path, Visitor visit, int entryStart, bool isItem) => reader.TokenType switch
    {
        JsonTokenType.StartObject => Members(ref reader, path, visit),
        JsonTokenType.StartArray => Items(ref reader, path, visit),
        _ => visit(path, ref reader, entryStart, isItem),
    };
}
