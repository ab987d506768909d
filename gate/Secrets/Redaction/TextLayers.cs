using System.Text;

namespace LatchGate.Secrets.Redaction;

/// <summary>A layer of encoding around a text.</summary>
internal enum TextLayer
{
    /// <summary><c>%HH</c> (RFC 3986 §2.1).</summary>
    Percent,

    /// <summary><c>%HH</c>, and <c>+</c> for a blank (application/x-www-form-urlencoded).</summary>
    Form,

    /// <summary><c>\n</c>, <c>\/</c>, <c>\u00E9</c> … (RFC 8259 §7).</summary>
    Json,
}

/// <summary>Takes layers of encoding off. Lenient: what is no escape stands for itself.</summary>
internal static class TextLayers
{
    /// <summary>Decodes <paramref name="text"/>.</summary>
    /// <param name="layer">What to take off.</param>
    /// <param name="text">The text.</param>
    /// <param name="view">Takes the decoded bytes, never more than the text has.</param>
    /// <param name="map">Takes where in the text each decoded byte starts, and at last the text's length; or is empty.</param>
    /// <returns>The number of decoded bytes.</returns>
    internal static int Decode(TextLayer layer, ReadOnlySpan<byte> text, Span<byte> view, Span<int> map)
    {
        var (at, used) = (0, 0);
        while (at < text.Length)
        {
            var plain = layer switch
            {
                TextLayer.Percent => text[at..].IndexOf((byte)'%'),
                TextLayer.Form => text[at..].IndexOfAny((byte)'%', (byte)'+'),
                _ => text[at..].IndexOf((byte)'\\'),
            };
            plain = plain < 0 ? text.Length - at : plain;
            text.Slice(at, plain).CopyTo(view[used..]);
            for (var i = 0; i < plain && !map.IsEmpty; i++)
            {
                map[used + i] = at + i;
            }

            at += plain;
            used += plain;
            if (at == text.Length)
            {
                break;
            }

            var length = layer == TextLayer.Json ? JsonEscape(text[at..], view[used..], out var made) : PercentEscape(text[at..], view[used..], out made);
            for (var i = 0; i < made && !map.IsEmpty; i++)
            {
                map[used + i] = at;
            }

            at += length;
            used += made;
        }

        if (!map.IsEmpty)
        {
            map[used] = text.Length;
        }

        return used;
    }

    private static int PercentEscape(ReadOnlySpan<byte> text, Span<byte> view, out int made)
    {
        made = 1;
        if (text[0] == '+')
        {
            view[0] = (byte)' ';
            return 1;
        }

        if (text.Length >= 3 && Hex(text[1]) is >= 0 and var high && Hex(text[2]) is >= 0 and var low)
        {
            view[0] = (byte)((high << 4) | low);
            return 3;
        }

        view[0] = text[0];
        return 1;
    }

    private static int JsonEscape(ReadOnlySpan<byte> text, Span<byte> view, out int made)
    {
        made = 1;
        if (text.Length < 2)
        {
            view[0] = text[0];
            return 1;
        }

        if (text[1] == 'u')
        {
            return UnicodeEscape(text, view, out made);
        }

        var c = text[1] switch
        {
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)text[1],
            _ => '\0',
        };
        view[0] = c == '\0' ? text[0] : (byte)c;
        return c == '\0' ? 1 : 2;
    }

    // \uXXXX, or two of them for a character beyond the basic plane: at most three bytes for six, four for twelve.
    private static int UnicodeEscape(ReadOnlySpan<byte> text, Span<byte> view, out int made)
    {
        if (!TryUnit(text, out var unit))
        {
            view[0] = text[0];
            made = 1;
            return 1;
        }

        if (char.IsHighSurrogate(unit) && text.Length >= 12 && text[6] == '\\' && TryUnit(text[6..], out var low) && char.IsLowSurrogate(low))
        {
            made = new Rune(unit, low).EncodeToUtf8(view);
            return 12;
        }

        // Half a pair has no UTF-8, and is in no secret.
        made = Rune.TryCreate(unit, out var rune) ? rune.EncodeToUtf8(view) : Rune.ReplacementChar.EncodeToUtf8(view);
        return 6;
    }

    private static bool TryUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = '\0';
        if (text.Length < 6 || text[1] != 'u')
        {
            return false;
        }

        var value = 0;
        for (var i = 2; i < 6; i++)
        {
            var digit = Hex(text[i]);
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | digit;
        }

        unit = (char)value;
        return true;
    }

    private static int Hex(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => -1,
    };
}
