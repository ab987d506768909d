using System.Globalization;
using System.Text;

namespace LatchGate.Egress;

/// <summary>
/// Turns one non-ASCII label into its A-label (RFC 5891, Punycode of RFC 3492), by rules of its own.
/// </summary>
/// <remarks>
/// The platform's mapping differs between ICU and invariant globalisation, so it decides nothing here. Accepted are
/// code points of a few blocks that are PVALID, precomposed and without mapping, so that no normalisation data is
/// needed: everything else is to be given as an A-label. Upper case folds to lower case where that is one to one.
/// The generator compiles this file too, for its older framework: what it takes as a pattern is what is matched.
/// </remarks>
internal static class Idna
{
    private const int MaxLabel = 63;

    // Parameters of RFC 3492 §5.
    private const int Base = 36, TMin = 1, TMax = 26, Skew = 38, Damp = 700, InitialBias = 72, InitialN = 0x80;

    // Lower-case or caseless, PVALID, NFC and NFKC stable; first and last of each range.
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x00DF, 0x00F6), (0x00F8, 0x0131), (0x0134, 0x013E), (0x0141, 0x0148), (0x014A, 0x017E), // Latin-1 and Extended-A
        (0x03AC, 0x03CE), // Greek
        (0x0430, 0x045F), // Cyrillic
        (0x3041, 0x3096), (0x30A1, 0x30FA), (0x30FC, 0x30FC), // Hiragana, Katakana
        (0x4E00, 0x9FFF), // CJK unified ideographs
        (0xAC00, 0xD7A3), // Hangul syllables
    ];

    /// <summary>Appends <c>xn--…</c> for <paramref name="label"/>, which has at least one non-ASCII character.</summary>
    /// <returns>False when a code point is not accepted, the label breaks the hyphen rules or the result is over 63 characters.</returns>
    public static bool TryAppendALabel(ReadOnlySpan<char> label, StringBuilder output)
    {
        Span<int> points = stackalloc int[MaxLabel];
        var count = 0;
        foreach (var c in label)
        {
            // A U-label of over 63 code points never fits: each gives at least one character.
            if (count == MaxLabel || !TryFold(c, out points[count]))
            {
                return false;
            }

            count++;
        }

        points = points.Slice(0, count);

        // RFC 5891 §4.2.3.1: no hyphen at an edge, none in both third and fourth place.
        if (points[0] == '-' || points[count - 1] == '-' || (count > 3 && points[2] == '-' && points[3] == '-'))
        {
            return false;
        }

        var start = output.Length;
        output.Append("xn--");
        AppendPunycode(points, output);
        return output.Length - start <= MaxLabel;
    }

    // All ranges are of the basic plane: a half of a surrogate pair is in none.
    private static bool TryFold(char c, out int point)
    {
        var lower = char.ToLowerInvariant(c);
        point = lower;
        if (c < InitialN)
        {
            return lower is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
        }

        if (lower != c && char.ToUpperInvariant(lower) != c)
        {
            // Not one to one, as of the Kelvin sign or capital sharp s.
            return false;
        }

        if (CharUnicodeInfo.GetUnicodeCategory(lower) is not (UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter))
        {
            return false;
        }

        foreach (var (first, last) in Ranges)
        {
            if (point >= first && point <= last)
            {
                return true;
            }
        }

        return false;
    }

    // RFC 3492 §6.3.
    private static void AppendPunycode(ReadOnlySpan<int> points, StringBuilder output)
    {
        var basic = 0;
        foreach (var point in points)
        {
            if (point < InitialN)
            {
                output.Append((char)point);
                basic++;
            }
        }

        if (basic > 0)
        {
            output.Append('-');
        }

        var (n, delta, bias, handled) = (InitialN, 0, InitialBias, basic);
        while (handled < points.Length)
        {
            var next = int.MaxValue;
            foreach (var point in points)
            {
                next = point >= n && point < next ? point : next;
            }

            // At most 64 × 0x110000: no overflow.
            delta += (next - n) * (handled + 1);
            n = next;
            foreach (var point in points)
            {
                if (point < n)
                {
                    delta++;
                }
                else if (point == n)
                {
                    AppendVariableLength(delta, bias, output);
                    bias = Adapt(delta, handled + 1, first: handled == basic);
                    delta = 0;
                    handled++;
                }
            }

            delta++;
            n++;
        }
    }

    private static void AppendVariableLength(int delta, int bias, StringBuilder output)
    {
        for (var k = Base; ; k += Base)
        {
            var threshold = Math.Min(Math.Max(k - bias, TMin), TMax);
            if (delta < threshold)
            {
                output.Append(Digit(delta));
                return;
            }

            output.Append(Digit(threshold + (delta - threshold) % (Base - threshold)));
            delta = (delta - threshold) / (Base - threshold);
        }
    }

    private static int Adapt(int delta, int length, bool first)
    {
        delta /= first ? Damp : 2;
        delta += delta / length;
        var k = 0;
        for (; delta > (Base - TMin) * TMax / 2; k += Base)
        {
            delta /= Base - TMin;
        }

        return k + (Base - TMin + 1) * delta / (delta + Skew);
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
