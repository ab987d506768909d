using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace LatchGate.Actions;

/// <summary>Looks at JSON strings in their raw UTF-8, so that checking one makes no copy of it.</summary>
internal static class JsonText
{
    /// <summary>
    /// Whether a document is well-formed Unicode: valid UTF-8, and each surrogate escape with its other half. The parser lets both faults
    /// through, no encoding can carry them, and the library throws on reading them.
    /// </summary>
    public static bool IsUnicode(JsonElement value, ref SchemaErrors errors)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        if (!Utf8.IsValid(raw))
        {
            errors.Add("is not valid UTF-8");
            return false;
        }

        for (var at = raw.IndexOf((byte)'\\'); at >= 0;)
        {
            var escape = raw[at..];
            var length = escape[1] == 'u' ? 6 : 2;
            if (length == 6 && Unit(escape) is var unit && char.IsSurrogate((char)unit))
            {
                if (!char.IsHighSurrogate((char)unit) || escape.Length < 12 || escape[6] != '\\' || escape[7] != 'u' || !char.IsLowSurrogate((char)Unit(escape[6..])))
                {
                    errors.Add("holds half of a surrogate pair");
                    return false;
                }

                length = 12;
            }

            var next = raw[(at + length)..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + length + next;
        }

        return true;
    }

    /// <summary>The length of a string in code points, as JSON Schema counts it.</summary>
    public static int CodePoints(JsonElement value)
    {
        var count = 0;
        for (var points = new CodePointReader(value); points.TryRead(out _);)
        {
            count++;
        }

        return count;
    }

    /// <summary>The UTF-16 code unit of an escape <c>\uXXXX</c> at the start of <paramref name="escape"/>.</summary>
    public static int Unit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out int unit, out _, 'x') ? unit : throw new FormatException("A JSON escape that the parser let through is malformed.");

    /// <summary>Reads the code points of a JSON string that is well-formed Unicode.</summary>
    internal ref struct CodePointReader
    {
        private ReadOnlySpan<byte> _raw;

        /// <summary>Reads a value of kind string.</summary>
        public CodePointReader(JsonElement value)
        {
            _raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        }

        /// <summary>Reads one code point; false at the end.</summary>
        public bool TryRead(out int point)
        {
            if (_raw.IsEmpty)
            {
                point = 0;
                return false;
            }

            if (_raw[0] != '\\')
            {
                Rune.DecodeFromUtf8(_raw, out var rune, out var consumed);
                _raw = _raw[consumed..];
                point = rune.Value;
                return true;
            }

            if (_raw[1] != 'u')
            {
                point = _raw[1] switch { (byte)'b' => '\b', (byte)'f' => '\f', (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', var same => same };
                _raw = _raw[2..];
                return true;
            }

            point = Unit(_raw);
            _raw = _raw[6..];
            if (char.IsHighSurrogate((char)point))
            {
                point = char.ConvertToUtf32((char)point, (char)Unit(_raw));
                _raw = _raw[6..];
            }

            return true;
        }
    }
}
