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
            errors.Fail("unicode", "is not valid UTF-8");
            return false;
        }

        for (var at = raw.IndexOf((byte)'\\'); at >= 0;)
        {
            var escape = raw[at..];
            var length = escape[1] == 'u' ? 6 : 2;
            if (length == 6 && Unit(escape) is var unit && char.IsSurrogate((char)unit))
            {
                if (!char.IsHighSurrogate((char)unit) || escape.Length < 12 || escape[6] != '\\' || escape[7] != 'u'
                    || !char.IsLowSurrogate((char)Unit(escape[6..])))
                {
                    errors.Fail("unicode", "holds half of a surrogate pair");
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
    /// <param name="inner">The string as it stands in the text, without its quotes.</param>
    public static int CodePoints(ReadOnlySpan<byte> inner)
    {
        if (!inner.Contains((byte)'\\'))
        {
            // Without escapes, a code point is a byte that continues no other.
            var points = inner.Length;
            foreach (var octet in inner)
            {
                points -= (octet & 0xC0) == 0x80 ? 1 : 0;
            }

            return points;
        }

        var count = 0;
        for (var points = new CodePointReader(inner); points.TryRead(out _);)
        {
            count++;
        }

        return count;
    }

    /// <summary>Writes a string without its escapes; <paramref name="output"/> has room for as many bytes as <paramref name="inner"/>.</summary>
    /// <returns>How many bytes were written: an escape is never shorter than what it stands for.</returns>
    public static int Unescape(ReadOnlySpan<byte> inner, Span<byte> output)
    {
        var length = 0;
        for (var points = new CodePointReader(inner); points.TryRead(out var point);)
        {
            length += new Rune(point).EncodeToUtf8(output[length..]);
        }

        return length;
    }

    /// <summary>The UTF-16 code unit of an escape <c>\uXXXX</c> at the start of <paramref name="escape"/>.</summary>
    public static int Unit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out int unit, out _, 'x')
            ? unit
            : throw new FormatException("A JSON escape that the parser let through is malformed.");

    /// <summary>Reads the code points of a JSON string that is well-formed Unicode.</summary>
    internal ref struct CodePointReader
    {
        private ReadOnlySpan<byte> _raw;

        /// <summary>Reads a string as it stands in the text, without its quotes.</summary>
        public CodePointReader(ReadOnlySpan<byte> inner)
        {
            _raw = inner;
        }

        /// <summary>Reads one code point; false at the end.</summary>
        public bool TryRead(out int point)
        {
            if (_raw.IsEmpty)
            {
                point = 0;
                return false;
            }

            // Most are plain ASCII.
            if (_raw[0] is < 0x80 and not (byte)'\\')
            {
                point = _raw[0];
                _raw = _raw[1..];
                return true;
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
                point = (char)_raw[1] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', var same => same };
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
