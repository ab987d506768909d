using System;

namespace LatchGate.Actions.Formats;

/// <summary>Dates, times and durations of RFC 3339.</summary>
/// <remarks>
/// <code>
/// full-date = 4DIGIT "-" 2DIGIT "-" 2DIGIT            ; a day of the Gregorian calendar
/// full-time = 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*DIGIT] ("Z" / ("+" / "-") 2DIGIT ":" 2DIGIT)
/// date-time = full-date "T" full-time                ; T and Z in any case; second 60 only at 23:59 UTC
/// duration  = "P" (dur-date / dur-time / 1*DIGIT "W")
/// </code>
/// </remarks>
internal static class TimeFormats
{
    public static bool IsDateTime(ReadOnlySpan<byte> text) =>
        text.Length > 11 && text[10] is (byte)'T' or (byte)'t' && IsDate(text.Slice(0, 10)) && IsTime(text.Slice(11));

    public static bool IsDate(ReadOnlySpan<byte> text)
    {
        if (text.Length != 10 || text[4] != '-' || text[7] != '-')
        {
            return false;
        }

        var (century, rest, month, day) = (Ascii.Two(text, 0), Ascii.Two(text, 2), Ascii.Two(text, 5), Ascii.Two(text, 8));
        if (century < 0 || rest < 0 || month is < 1 or > 12 || day < 1)
        {
            return false;
        }

        var year = (century * 100) + rest;
        var leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        return day <= (month == 2 ? (leap ? 29 : 28) : month is 4 or 6 or 9 or 11 ? 30 : 31);
    }

    public static bool IsTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < 9 || text[2] != ':' || text[5] != ':')
        {
            return false;
        }

        var (hour, minute, second) = (Ascii.Two(text, 0), Ascii.Two(text, 3), Ascii.Two(text, 6));
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
        {
            return false;
        }

        var at = 8;
        if (text[at] == '.')
        {
            var digits = ++at;
            while (at < text.Length && Ascii.IsDigit(text[at]))
            {
                at++;
            }

            if (at == digits)
            {
                return false;
            }
        }

        if (at == text.Length)
        {
            return false;
        }

        var offset = 0;
        if (text[at] is (byte)'Z' or (byte)'z')
        {
            at++;
        }
        else if (text.Length == at + 6 && text[at] is (byte)'+' or (byte)'-' && text[at + 3] == ':')
        {
            var (hours, minutes) = (Ascii.Two(text, at + 1), Ascii.Two(text, at + 4));
            if (hours is < 0 or > 23 || minutes is < 0 or > 59)
            {
                return false;
            }

            offset = ((hours * 60) + minutes) * (text[at] == '+' ? 1 : -1);
            at += 6;
        }
        else
        {
            return false;
        }

        const int day = 24 * 60;
        return at == text.Length && (second < 60 || ((hour * 60) + minute - offset + day) % day == day - 1);
    }

    public static bool IsDuration(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3 || text[0] != 'P')
        {
            return false;
        }

        var at = 1;
        if (text[1] != 'T')
        {
            // Weeks stand alone.
            var weeks = at;
            if (Units(text, ref weeks, "W"u8) > 0 && weeks == text.Length)
            {
                return true;
            }

            if (Units(text, ref at, "YMD"u8) == 0)
            {
                return false;
            }
        }

        if (at == text.Length)
        {
            return true;
        }

        return text[at++] == 'T' && Units(text, ref at, "HMS"u8) > 0 && at == text.Length;
    }

    // Numbers, each with the next of the units: an hour may be followed by minutes, and not by seconds alone.
    private static int Units(ReadOnlySpan<byte> text, ref int at, ReadOnlySpan<byte> units)
    {
        var count = 0;
        var last = -1;
        while (at < text.Length && Ascii.IsDigit(text[at]))
        {
            var end = at;
            while (end < text.Length && Ascii.IsDigit(text[end]))
            {
                end++;
            }

            var unit = end == text.Length ? -1 : units.IndexOf(text[end]);
            if (unit < 0 || (count > 0 && unit != last + 1))
            {
                return 0;
            }

            last = unit;
            count++;
            at = end + 1;
        }

        return count;
    }
}
