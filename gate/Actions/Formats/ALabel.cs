using System;
using System.Globalization;

namespace LatchGate.Actions.Formats;

/// <summary>
/// Whether a label is an A-label of IDNA 2008: <c>xn--</c> and Punycode (RFC 3492) of code points that RFC 5892 takes. The derived property
/// is that of the general category and the exceptions of RFC 5892, §2.6; normalisation is not looked at.
/// </summary>
internal static class ALabel
{
    private const int MaxLabel = 63;

    // Parameters of RFC 3492 §5.
    private const int Base = 36, TMin = 1, TMax = 26, Skew = 38, Damp = 700, InitialBias = 72, InitialN = 0x80;

    // Canonical combining class 9.
    private static readonly int[] _viramas =
    [
        0x094D, 0x09CD, 0x0A4D, 0x0ACD, 0x0B4D, 0x0BCD, 0x0C4D, 0x0CCD, 0x0D3B, 0x0D3C, 0x0D4D, 0x0DCA, 0x0E3A, 0x0EBA, 0x0F84, 0x1039, 0x103A,
        0x1714, 0x1734, 0x17D2, 0x1A60, 0x1B44, 0x1BAA, 0x1BAB, 0x1BF2, 0x1BF3, 0x2D7F, 0xA806, 0xA8C4, 0xA953, 0xA9C0, 0xAAF6, 0xABED,
    ];

    // Arabic letters that join to the right only: a joiner after them joins nothing.
    private static readonly (int First, int Last)[] _rightJoining =
    [
        (0x0622, 0x0625), (0x0627, 0x0627), (0x0629, 0x0629), (0x062F, 0x0632), (0x0648, 0x0648), (0x0671, 0x0673), (0x0675, 0x0677),
        (0x0688, 0x0699), (0x06C0, 0x06C0), (0x06C3, 0x06CB), (0x06CD, 0x06CD), (0x06CF, 0x06CF), (0x06D2, 0x06D3), (0x06D5, 0x06D5),
    ];

    /// <summary>Whether a label with hyphens in third and fourth place is an A-label.</summary>
    /// <param name="label">4 to 63 letters, digits and hyphens.</param>
    public static bool IsValid(ReadOnlySpan<byte> label)
    {
        Span<int> points = stackalloc int[MaxLabel];
        if ((label[0] | 0x20) != 'x' || (label[1] | 0x20) != 'n' || !TryDecode(label.Slice(4), points, out var count))
        {
            return false;
        }

        points = points.Slice(0, count);
        if (points[0] == '-' || points[count - 1] == '-' || (count > 3 && points[2] == '-' && points[3] == '-') || IsMark(points[0]))
        {
            return false;
        }

        var international = false;
        for (var i = 0; i < count; i++)
        {
            international |= points[i] >= 0x80;
            if (points[i] >= 0x80 && !IsAllowed(points, i))
            {
                return false;
            }
        }

        return international;
    }

    private static bool IsAllowed(ReadOnlySpan<int> points, int at)
    {
        var point = points[at];
        var before = at > 0 ? points[at - 1] : 0;
        var after = at + 1 < points.Length ? points[at + 1] : 0;
        switch (point)
        {
            case 0x00DF or 0x03C2 or 0x06FD or 0x06FE or 0x0F0B or 0x3007:
                return true;
            case 0x0640 or 0x07FA or 0x302E or 0x302F or (>= 0x3031 and <= 0x3035) or 0x303B:
                return false;
            case 0x00B7:
                return before == 'l' && after == 'l';
            case 0x0375:
                return after is (>= 0x0370 and <= 0x03FF) or (>= 0x1F00 and <= 0x1FFF);
            case 0x05F3 or 0x05F4:
                return before is >= 0x0591 and <= 0x05F4;
            case 0x30FB:
                return HasJapanese(points);
            case >= 0x0660 and <= 0x0669:
                return !HasRange(points, 0x06F0, 0x06F9);
            case >= 0x06F0 and <= 0x06F9:
                return !HasRange(points, 0x0660, 0x0669);
            case 0x200D:
                return Array.IndexOf(_viramas, before) >= 0;
            case 0x200C:
                return Array.IndexOf(_viramas, before) >= 0 || (JoinsForward(before) && after is >= 0x0620 and <= 0x06D5);
            default:
                return Category(point) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
                    or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
        }
    }

    private static bool JoinsForward(int point)
    {
        foreach (var (first, last) in _rightJoining)
        {
            if (point >= first && point <= last)
            {
                return false;
            }
        }

        return point is (>= 0x0620 and <= 0x063F) or (>= 0x0641 and <= 0x064A) or (>= 0x066E and <= 0x06D3);
    }

    private static bool HasRange(ReadOnlySpan<int> points, int first, int last)
    {
        foreach (var point in points)
        {
            if (point >= first && point <= last)
            {
                return true;
            }
        }

        return false;
    }

    // Hiragana, Katakana but for the middle dot itself, and Han.
    private static bool HasJapanese(ReadOnlySpan<int> points) =>
        HasRange(points, 0x3041, 0x309F) || HasRange(points, 0x30A1, 0x30FA) || HasRange(points, 0x30FC, 0x30FF)
        || HasRange(points, 0x3400, 0x4DBF) || HasRange(points, 0x4E00, 0x9FFF) || HasRange(points, 0x3005, 0x3007);

    private static bool IsMark(int point) =>
        point >= 0x80
        && Category(point) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static UnicodeCategory Category(int point) => CharUnicodeInfo.GetUnicodeCategory(char.ConvertFromUtf32(point), 0);

    // RFC 3492 §6.2.
    private static bool TryDecode(ReadOnlySpan<byte> text, Span<int> output, out int count)
    {
        count = 0;
        var delimiter = text.LastIndexOf((byte)'-');
        for (var i = 0; i < delimiter; i++)
        {
            output[count++] = text[i];
        }

        var (n, i0, bias) = (InitialN, 0, InitialBias);
        for (var at = delimiter + 1; at < text.Length;)
        {
            var old = i0;
            var weight = 1;
            for (var k = Base; ; k += Base)
            {
                if (at == text.Length)
                {
                    return false;
                }

                var octet = text[at++];
                var digit = Ascii.IsDigit(octet) ? octet - '0' + 26 : Ascii.IsLetter(octet) ? (octet | 0x20) - 'a' : Base;
                var threshold = k <= bias ? TMin : k >= bias + TMax ? TMax : k - bias;
                if (digit == Base || digit > (int.MaxValue - i0) / weight)
                {
                    return false;
                }

                i0 += digit * weight;
                if (digit < threshold)
                {
                    break;
                }

                if (weight > int.MaxValue / (Base - threshold))
                {
                    return false;
                }

                weight *= Base - threshold;
            }

            bias = Adapt(i0 - old, count + 1, old == 0);
            n += i0 / (count + 1);
            i0 %= count + 1;
            if (n is > 0x10FFFF or (>= 0xD800 and <= 0xDFFF) || count == MaxLabel)
            {
                return false;
            }

            output.Slice(i0, count - i0).CopyTo(output.Slice(i0 + 1));
            output[i0++] = n;
            count++;
        }

        return count > 0;
    }

    private static int Adapt(int delta, int points, bool first)
    {
        delta = first ? delta / Damp : delta / 2;
        delta += delta / points;
        var k = 0;
        for (; delta > (Base - TMin) * TMax / 2; k += Base)
        {
            delta /= Base - TMin;
        }

        return k + ((Base - TMin + 1) * delta / (delta + Skew));
    }
}
