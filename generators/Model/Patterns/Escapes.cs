using System.Globalization;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>Reads literal code points and escapes.</summary>
internal static class Escapes
{
    /// <summary>One code point as it stands.</summary>
    public static int Literal(string text, ref int at)
    {
        if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            at += 2;
            return char.ConvertToUtf32(text[at - 2], text[at - 1]);
        }

        return text[at++];
    }

    /// <summary>What an escape stands for; <paramref name="at"/> is at the backslash.</summary>
    public static CodePointSet Read(string text, ref int at, bool inClass)
    {
        at++;
        if (at >= text.Length)
        {
            throw new PatternException("the pattern ends in a backslash");
        }

        var c = text[at++];
        switch (c)
        {
            case 'd': return CodePointSet.Digits;
            case 'D': return CodePointSet.Digits.Complement();
            case 'w': return CodePointSet.Word;
            case 'W': return CodePointSet.Word.Complement();
            case 's': return CodePointSet.Space;
            case 'S': return CodePointSet.Space.Complement();
            case 't': return One('\t');
            case 'n': return One('\n');
            case 'r': return One('\r');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case 'c' when at < text.Length && text[at] is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'): return One(text[at++] & 31);
            case 'x': return One(Hex(text, ref at, 2));
            case 'u': return One(Unicode(text, ref at));
            case '-' when inClass: return One('-');
            case '0' when at >= text.Length || text[at] is not (>= '0' and <= '9'): return One(0);
        }

        // Unicode mode lets syntax characters be escaped and nothing else, so a typo such as \e is not taken for a letter.
        return "^$\\.*+?()[]{}|/".IndexOf(c) >= 0
            ? One(c)
            : throw new PatternException($"the escape '\\{c}' is not supported");
    }

    private static CodePointSet One(int point) => CodePointSet.Of((point, point));

    private static int Unicode(string text, ref int at)
    {
        if (at < text.Length && text[at] == '{')
        {
            var close = text.IndexOf('}', at);
            if (close > at + 1 && close <= at + 7
                && int.TryParse(text.Substring(at + 1, close - at - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
                && point is >= 0 and <= CodePointSet.Last)
            {
                at = close + 1;
                return point;
            }

            throw new PatternException("an escape \\u{…} is malformed");
        }

        var high = Hex(text, ref at, 4);
        if (high is < 0xD800 or > 0xDBFF || string.CompareOrdinal(text, at, "\\u", 0, 2) != 0)
        {
            return high;
        }

        var after = at + 2;
        var low = Hex(text, ref after, 4);
        if (low is < 0xDC00 or > 0xDFFF)
        {
            return high;
        }

        at = after;
        return char.ConvertToUtf32((char)high, (char)low);
    }

    private static int Hex(string text, ref int at, int digits)
    {
        if (at + digits <= text.Length
            && int.TryParse(text.Substring(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            at += digits;
            return value;
        }

        throw new PatternException("an escape in hexadecimal is malformed");
    }
}
