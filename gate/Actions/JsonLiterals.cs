using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// Compares values with constants of a schema, as JSON Schema has equality: numbers by value, objects whatever their order.
/// </summary>
internal static class JsonLiterals
{
    /// <summary>Whether a value equals the constant at <paramref name="at"/>, which moves past it.</summary>
    public static bool Equal(scoped JsonItem item, ReadOnlySpan<byte> schemas, ReadOnlySpan<byte> texts, ref int at)
    {
        var kind = schemas[at++];
        if (kind is (byte)'n' or (byte)'t' or (byte)'f')
        {
            return item.Kind == (kind == 'n' ? JsonValueKind.Null : kind == 't' ? JsonValueKind.True : JsonValueKind.False);
        }

        var text = ImageReader.Utf8(texts, (int)ImageReader.Long(schemas, ref at));
        return kind switch
        {
            (byte)'s' => item.Kind == JsonValueKind.String && IsText(item.Inner, text),
            (byte)'d' => item.Kind == JsonValueKind.Number && JsonNumber.Compare(item.Raw, text) == 0,
            _ => item.Kind is JsonValueKind.Array or JsonValueKind.Object && IsJson(item.Element, text),
        };
    }

    /// <summary>Moves past a constant.</summary>
    /// <returns>True.</returns>
    public static bool Skip(ReadOnlySpan<byte> schemas, ref int at)
    {
        if (schemas[at++] is (byte)'s' or (byte)'d' or (byte)'j')
        {
            ImageReader.Long(schemas, ref at);
        }

        return true;
    }

    private static bool IsText(ReadOnlySpan<byte> inner, ReadOnlySpan<byte> text)
    {
        if (!inner.Contains((byte)'\\'))
        {
            return inner.SequenceEqual(text);
        }

        for (var points = new JsonText.CodePointReader(inner); points.TryRead(out var point);)
        {
            if (text.IsEmpty)
            {
                return false;
            }

            Rune.DecodeFromUtf8(text, out var rune, out var consumed);
            if (rune.Value != point)
            {
                return false;
            }

            text = text[consumed..];
        }

        return text.IsEmpty;
    }

    private static bool IsJson(JsonElement value, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return IsNext(value, ref reader);
    }

    // The reader is at the first token of the constant; it ends at the last when the two are equal.
    private static bool IsNext(JsonElement value, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                if (value.ValueKind != JsonValueKind.Array)
                {
                    return false;
                }

                foreach (var item in value.EnumerateArray())
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.EndArray || !IsNext(item, ref reader))
                    {
                        return false;
                    }
                }

                reader.Read();
                return reader.TokenType == JsonTokenType.EndArray;
            case JsonTokenType.StartObject:
                return value.ValueKind == JsonValueKind.Object && IsObject(value, ref reader);
            case JsonTokenType.String:
                return value.ValueKind == JsonValueKind.String
                    && (reader.ValueIsEscaped
                        ? value.ValueEquals(reader.GetString())
                        : IsText(JsonMarshal.GetRawUtf8Value(value)[1..^1], reader.ValueSpan));
            case JsonTokenType.Number:
                return value.ValueKind == JsonValueKind.Number && JsonNumber.Compare(value, reader.ValueSpan) == 0;
            case JsonTokenType.True:
                return value.ValueKind == JsonValueKind.True;
            case JsonTokenType.False:
                return value.ValueKind == JsonValueKind.False;
            default:
                return value.ValueKind == JsonValueKind.Null;
        }
    }

    private static bool IsObject(JsonElement value, ref Utf8JsonReader reader)
    {
        var expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            expected++;
            var found = reader.ValueIsEscaped
                ? value.TryGetProperty(reader.GetString()!, out var member)
                : value.TryGetProperty(reader.ValueSpan, out member);
            reader.Read();
            if (!found || !IsNext(member, ref reader))
            {
                return false;
            }
        }

        foreach (var _ in value.EnumerateObject())
        {
            expected--;
        }

        return expected == 0;
    }
}
