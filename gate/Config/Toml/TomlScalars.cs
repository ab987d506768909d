using System.Globalization;

namespace LatchGate.Config.Toml;

// Numbers, dates and times.
//
//   integer   = [ "-" / "+" ] dec-int / "0x" HEX / "0o" OCT / "0b" BIN     "_" only between two digits
//   dec-int   = "0" / %x31-39 *( DIGIT / "_" DIGIT )
//   float     = [ sign ] dec-int ( exp / frac [ exp ] ) / [ sign ] ( "inf" / "nan" )
//   frac      = "." zero-prefixable-int
//   exp       = ( "e" / "E" ) [ sign ] zero-prefixable-int
//   date-time = full-date ( "T" / "t" / " " ) full-time / …                RFC 3339, the offset optional
internal static class TomlScalars
{
    /// <summary>The number that <paramref name="token"/> is; null when it is none.</summary>
    internal static TomlNode? Number(string token, TomlPosition position)
    {
        var sign = token[0] is '+' or '-';
        var digits = token.AsSpan(sign ? 1 : 0);
        if (digits is "inf" or "nan")
        {
            var value = digits is "inf" ? double.PositiveInfinity : double.NaN;
            return new TomlFloat(token[0] == '-' ? -value : value, position);
        }

        if (!sign && digits.Length > 2 && digits[0] == '0' && digits[1] is 'x' or 'o' or 'b')
        {
            return Prefixed(digits[1], digits[2..], position);
        }

        var whole = DigitRun(digits);
        if (whole == 0 || digits[0] == '0' && whole > 1)
        {
            return null;
        }

        if (whole == digits.Length)
        {
            return long.TryParse(token.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                ? new TomlInteger(integer, position)
                : throw new TomlSyntaxException(new TomlError(position, "the integer does not fit in 64 bits"));
        }

        return Fraction(digits[whole..])
            ? new TomlFloat(double.Parse(token.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture), position)
            : null;
    }

    private static TomlInteger? Prefixed(char prefix, ReadOnlySpan<char> digits, TomlPosition position)
    {
        var shift = prefix switch { 'x' => 4, 'o' => 3, _ => 1 };
        long value = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            if (digits[i] == '_')
            {
                // Never first, last or twice.
                if (i == 0 || i == digits.Length - 1 || digits[i - 1] == '_')
                {
                    return null;
                }

                continue;
            }

            var digit = char.IsAsciiHexDigit(digits[i]) ? Convert.ToInt32(digits[i].ToString(), 16) : int.MaxValue;
            if (digit >= 1 << shift)
            {
                return null;
            }

            if (value > long.MaxValue >> shift)
            {
                throw new TomlSyntaxException(new TomlError(position, "the integer does not fit in 64 bits"));
            }

            value = value << shift | (long)digit;
        }

        return new TomlInteger(value, position);
    }

    /// <summary>Whether <paramref name="rest"/> is a fraction, an exponent, or both.</summary>
    private static bool Fraction(ReadOnlySpan<char> rest)
    {
        if (rest[0] == '.')
        {
            var run = DigitRun(rest[1..]);
            if (run == 0)
            {
                return false;
            }

            rest = rest[(1 + run)..];
        }

        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest[0] is not ('e' or 'E'))
        {
            return false;
        }

        rest = rest[1..];
        if (!rest.IsEmpty && rest[0] is '+' or '-')
        {
            rest = rest[1..];
        }

        return !rest.IsEmpty && DigitRun(rest) == rest.Length;
    }

    /// <summary>Length of the leading <c>DIGIT *( DIGIT / "_" DIGIT )</c>.</summary>
    private static int DigitRun(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length)
        {
            if (char.IsAsciiDigit(text[length]))
            {
                length++;
            }
            else if (text[length] == '_' && length > 0 && length + 1 < text.Length && char.IsAsciiDigit(text[length + 1]))
            {
                length += 2;
            }
            else
            {
                break;
            }
        }

        return length;
    }

    /// <summary>The date or time that <paramref name="token"/> is; null when it is none.</summary>
    internal static TomlDate? Date(string token, TomlPosition position)
    {
        var rest = token.AsSpan();
        if (!TakeDate(ref rest))
        {
            return TakeTime(ref rest) && rest.IsEmpty ? new TomlDate(TomlDateKind.LocalTime, token, position) : null;
        }

        if (rest.IsEmpty)
        {
            return new TomlDate(TomlDateKind.LocalDate, token, position);
        }

        if (rest[0] is not ('T' or 't' or ' '))
        {
            return null;
        }

        rest = rest[1..];
        if (!TakeTime(ref rest))
        {
            return null;
        }

        var text = string.Concat(token.AsSpan(0, 10), "T", token.AsSpan(11).ToString().ToUpperInvariant());
        if (rest.IsEmpty)
        {
            return new TomlDate(TomlDateKind.LocalDateTime, text, position);
        }

        return IsOffset(rest) ? new TomlDate(TomlDateKind.OffsetDateTime, text, position) : null;
    }

    private static bool TakeDate(ref ReadOnlySpan<char> text)
    {
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !Digits(text[..4], 0, 9999, out var year) || !Digits(text[5..7], 1, 12, out var month)
            || !Digits(text[8..10], 1, DateTime.DaysInMonth(year == 0 ? 4 : year, month), out _))
        {
            return false;
        }

        text = text[10..];
        return true;
    }

    private static bool TakeTime(ref ReadOnlySpan<char> text)
    {
        // A second of 60 is a leap second.
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || !Digits(text[..2], 0, 23, out _) || !Digits(text[3..5], 0, 59, out _) || !Digits(text[6..8], 0, 60, out _))
        {
            return false;
        }

        text = text[8..];
        if (!text.IsEmpty && text[0] == '.')
        {
            var end = text[1..].IndexOfAnyExceptInRange('0', '9');
            var digits = end < 0 ? text.Length - 1 : end;
            if (digits == 0)
            {
                return false;
            }

            text = text[(1 + digits)..];
        }

        return true;
    }

    private static bool IsOffset(ReadOnlySpan<char> text) =>
        text is "Z" or "z"
        || text.Length == 6 && text[0] is '+' or '-' && text[3] == ':' && Digits(text[1..3], 0, 23, out _) && Digits(text[4..6], 0, 59, out _);

    private static bool Digits(ReadOnlySpan<char> text, int low, int high, out int value)
    {
        value = 0;
        return !text.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= low && value <= high;
    }
}
