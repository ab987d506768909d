using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>time.format</c>: writes an instant by a layout of Go's <c>time</c> package, which shows how the reference time
/// <c>Mon Jan 2 15:04:05 MST 2006</c> would look.
/// </summary>
/// <remarks>The base library knows no zone abbreviations, so a layout with <c>MST</c> is undefined outside UTC.</remarks>
internal static class TimeFormat
{
    private const string Rfc3339Nano = "2006-01-02T15:04:05.999999999Z07:00";

    // A token may be the beginning of another, so the longer one comes first.
    private static readonly string[] Tokens =
    [
        "January", "Jan", "Monday", "Mon", "MST", "002", "01", "02", "03", "04", "05", "06", "15", "1", "2006", "2", "_2006", "__2", "_2", "3", "4", "5", "PM", "pm",
        "-07:00:00", "-070000", "-07:00", "-0700", "-07", "Z07:00:00", "Z070000", "Z07:00", "Z0700", "Z07",
    ];

    internal static void Register(Dictionary<string, Builtin> table) => table["time.format"] = Format;

    private static RegoValue? Format(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Times.Local(args[0], evaluation, out var local, out var nanoseconds))
        {
            return null;
        }

        var layout = Rfc3339Nano;
        if (args[0] is RegoArray { Count: > 2 } parts)
        {
            if (parts[2] is not RegoString text)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            layout = Named(text.Value);
        }

        var utc = DateTime.UnixEpoch.AddTicks((long)Math.Floor(nanoseconds / 100m));
        var offset = (int)((local.Ticks - utc.Ticks) / TimeSpan.TicksPerSecond);
        var fraction = (int)((nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000);
        var inUtc = args[0] is not RegoArray { Count: > 1 } zoned || zoned[1] is RegoString { Value: "" or "UTC" };
        return evaluation.ChargeSteps(layout.Length) && Write(layout, local, fraction, offset, inUtc) is { } result
            ? Strings.Made(result, evaluation)
            : evaluation.Fail(BuiltinError.Value);
    }

    private static string Named(string layout) => layout switch
    {
        "" or "RFC3339Nano" => Rfc3339Nano,
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" => "2006-01-02T15:04:05Z07:00",
        _ => layout,
    };

    private static string? Write(string layout, DateTime time, int fraction, int offset, bool inUtc)
    {
        var text = new StringBuilder();
        for (var i = 0; i < layout.Length;)
        {
            if (layout[i] is '.' or ',' && FractionDigits(layout, i) is var digits and > 0)
            {
                WriteFraction(text, layout[i], fraction, digits, trim: layout[i + 1] == '9');
                i += digits + 1;
                continue;
            }

            var token = Token(layout, i);
            if (token == "MST" && !inUtc)
            {
                return null;
            }

            if (token is null)
            {
                text.Append(layout[i++]);
                continue;
            }

            WriteToken(text, token, time, offset);
            i += token.Length;
        }

        return text.ToString();
    }

    // A separator, then zeros or nines that no other digit follows.
    private static int FractionDigits(string layout, int at)
    {
        var end = at + 1;
        while (end < layout.Length && layout[end] is '0' or '9' && layout[end] == layout[at + 1])
        {
            end++;
        }

        return end < layout.Length && char.IsAsciiDigit(layout[end]) ? 0 : Math.Min(end - at - 1, 9);
    }

    private static void WriteFraction(StringBuilder text, char separator, int fraction, int digits, bool trim)
    {
        var value = fraction.ToString("D9", CultureInfo.InvariantCulture)[..digits];
        if (trim)
        {
            value = value.TrimEnd('0');
        }

        if (value.Length > 0)
        {
            text.Append(separator).Append(value);
        }
    }

    private static string? Token(string layout, int at)
    {
        foreach (var token in Tokens)
        {
            if (string.CompareOrdinal(layout, at, token, 0, token.Length) != 0)
            {
                continue;
            }

            // "Jan" and "Mon" at the beginning of another word, such as "Month", are that word.
            var end = at + token.Length;
            return token is "Jan" or "Mon" && end < layout.Length && char.IsAsciiLetterLower(layout[end]) ? null : token;
        }

        return null;
    }

    private static void WriteToken(StringBuilder text, string token, DateTime time, int offset)
    {
        switch (token)
        {
            case "January":
                text.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(time.Month));
                break;
            case "Jan":
                text.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(time.Month));
                break;
            case "Monday":
                text.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetDayName(time.DayOfWeek));
                break;
            case "Mon":
                text.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedDayName(time.DayOfWeek));
                break;
            case "MST":
                text.Append("UTC");
                break;
            case "PM":
                text.Append(time.Hour < 12 ? "AM" : "PM");
                break;
            case "pm":
                text.Append(time.Hour < 12 ? "am" : "pm");
                break;
            case "_2006":
                text.Append('_').Append(time.Year.ToString("D4", CultureInfo.InvariantCulture));
                break;
            default:
                if (token[0] is '-' or 'Z')
                {
                    WriteOffset(text, token, offset);
                    break;
                }

                var (value, width, pad) = Field(token, time);
                text.Append(value.ToString(CultureInfo.InvariantCulture).PadLeft(width, pad));
                break;
        }
    }

    private static (int Value, int Width, char Pad) Field(string token, DateTime time) => token switch
    {
        "002" => (time.DayOfYear, 3, '0'),
        "__2" => (time.DayOfYear, 3, ' '),
        "01" => (time.Month, 2, '0'),
        "1" => (time.Month, 1, ' '),
        "02" => (time.Day, 2, '0'),
        "2" => (time.Day, 1, ' '),
        "_2" => (time.Day, 2, ' '),
        "03" => ((time.Hour + 11) % 12 + 1, 2, '0'),
        "3" => ((time.Hour + 11) % 12 + 1, 1, ' '),
        "15" => (time.Hour, 2, '0'),
        "04" => (time.Minute, 2, '0'),
        "4" => (time.Minute, 1, ' '),
        "05" => (time.Second, 2, '0'),
        "5" => (time.Second, 1, ' '),
        "06" => (time.Year % 100, 2, '0'),
        _ => (time.Year, 4, '0'),
    };

    private static void WriteOffset(StringBuilder text, string token, int offset)
    {
        if (token[0] == 'Z' && offset == 0)
        {
            text.Append('Z');
            return;
        }

        var size = Math.Abs(offset);
        var separator = token.Contains(':', StringComparison.Ordinal) ? ":" : "";
        text.Append(offset < 0 ? '-' : '+').Append((size / 3600).ToString("D2", CultureInfo.InvariantCulture));
        if (token.Length > 3)
        {
            text.Append(separator).Append((size / 60 % 60).ToString("D2", CultureInfo.InvariantCulture));
        }

        if (token.Length > 6)
        {
            text.Append(separator).Append((size % 60).ToString("D2", CultureInfo.InvariantCulture));
        }
    }
}
