using System.Text;
using System.Text.Json;

namespace LatchGate.Policy.Rego;

/// <summary>JSON (RFC 8259) to Rego values and back.</summary>
internal static class RegoJson
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>Reads one JSON text. A member that occurs twice is refused: two readers could disagree on its value.</summary>
    /// <exception cref="JsonException">The text is not JSON, is nested deeper than 64, or repeats a member.</exception>
    internal static RegoValue Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Strict);
        reader.Read();
        var value = Read(ref reader);
        if (reader.Read())
        {
            throw new JsonException("Text follows the value.");
        }

        return value;
    }

    /// <summary>Reads the value that the reader stands on, and leaves it on the value's last token.</summary>
    private static RegoValue Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return RegoNull.Instance;
            case JsonTokenType.True:
                return RegoBoolean.True;
            case JsonTokenType.False:
                return RegoBoolean.False;
            case JsonTokenType.Number:
                return RegoNumber.Parse(Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.String:
                return new RegoString(ReadText(ref reader));
            case JsonTokenType.StartArray:
                var array = new RegoArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Append(Read(ref reader));
                }

                return array;
            case JsonTokenType.StartObject:
                return ReadMembers(ref reader);
            default:
                throw new JsonException("A value is missing.");
        }
    }

    private static RegoObject ReadMembers(ref Utf8JsonReader reader)
    {
        var names = new List<RegoValue>();
        var values = new List<RegoValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            names.Add(new RegoString(ReadText(ref reader)));
            reader.Read();
            values.Add(Read(ref reader));
        }

        return RegoObject.Of(names, values, out var twice) ?? throw new JsonException($"The member {twice} occurs twice.");
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // A lone surrogate has no UTF-8 form.
            throw new JsonException("A string is not valid Unicode.", exception);
        }
    }
}
