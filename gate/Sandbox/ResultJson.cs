using System.Text.Json;
using System.Text.Unicode;

namespace LatchGate.Sandbox;

/// <summary>Checks that a guest's result is one JSON value (RFC 8259) that every later stage can read.</summary>
internal static class ResultJson
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };

    /// <summary>
    /// True for one JSON value in valid UTF-8, at most 64 levels deep, whose strings hold no unpaired surrogate escapes: those
    /// pass a JSON reader but have no text.
    /// </summary>
    internal static bool IsValid(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        var reader = new Utf8JsonReader(json, Strict);
        try
        {
            while (reader.Read())
            {
                // Only strings and names are ever escaped.
                if (reader.ValueIsEscaped && !SurrogatesPair(reader.ValueSpan))
                {
                    return false;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return true;
    }

    /// <summary>Whether each <c>\uD800–\uDBFF</c> is followed by <c>\uDC00–\uDFFF</c>, and none of those stands alone.</summary>
    private static bool SurrogatesPair(ReadOnlySpan<byte> escaped)
    {
        var high = false;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\' || escaped[i + 1] != 'u')
            {
                if (high)
                {
                    return false;
                }

                i += escaped[i] == '\\' ? 1 : 0;
                continue;
            }

            // \uD8.. to \uDB.. is a high surrogate, \uDC.. to \uDF.. a low one.
            var surrogate = (escaped[i + 2] | 0x20) == 'd' ? escaped[i + 3] : (byte)0;
            var isLow = (surrogate | 0x20) is >= (byte)'c' and <= (byte)'f';
            var isHigh = surrogate is (byte)'8' or (byte)'9' || (surrogate | 0x20) is (byte)'a' or (byte)'b';
            if (isLow != high)
            {
                return false;
            }

            high = isHigh;
            i += 5;
        }

        return !high;
    }
}
