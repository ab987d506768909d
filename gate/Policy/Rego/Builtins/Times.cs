using System.Globalization;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Calendar arithmetic over instants that the policy is given, in nanoseconds since 1970-01-01T00:00:00Z. The present
/// time is no built-in: a decision must not depend on when it is asked.
/// </summary>
internal static class Times
{
    private const long Second = 1_000_000_000;
    private const long Day = 86_400 * Second;

    private static readonly string[] Weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["time.parse_rfc3339_ns"] = static (a, e) => Strings.Text(a[0], e, out var text) ? ParseRfc3339(text) ?? e.Fail(BuiltinError.Value) : null;
        table["time.parse_duration_ns"] = static (a, e) => Strings.Text(a[0], e, out var text) ? ParseDuration(text) ?? e.Fail(BuiltinError.Value) : null;
        table["time.date"] = static (a, e) => Local(a[0], e, out var t, out _) ? Numbers(t.Year, t.Month, t.Day) : null;
        table["time.clock"] = static (a, e) => Local(a[0], e, out var t, out _) ? Numbers(t.Hour, t.Minute, t.Second) : null;
        table["time.weekday"] = static (a, e) => Local(a[0], e, out var t, out _) ? new RegoString(Weekdays[(int)t.DayOfWeek]) : null;
        table["time.add_date"] = AddDate;
    }

    private static RegoArray Numbers(int a, int b, int c) => new([RegoNumber.Of(a), RegoNumber.Of(b), RegoNumber.Of(c)]);

    // An instant, or an array of an instant and the name of a time zone.
    internal static bool Local(RegoValue value, Evaluation evaluation, out DateTime local, out long nanoseconds)
    {
        local = default;
        nanoseconds = 0;
        var zone = TimeZoneInfo.Utc;
        if (value is RegoArray { Count: > 0 } pair)
        {
            if (pair.Count > 1 && (pair[1] is not RegoString name || !TryZone(name.Value, out zone)))
            {
                evaluation.Fail(BuiltinError.Value);
                return false;
            }

            value = pair[0];
        }

        if (!Arithmetic.Number(value, evaluation, out var number))
        {
            return false;
        }

        if (!number.TryGetInt64(out nanoseconds))
        {
            evaluation.Fail(BuiltinError.Value);
            return false;
        }

        local = TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks((long)Math.Floor(nanoseconds / 100m)), zone);
        return true;
    }

    private static bool TryZone(string name, out TimeZoneInfo zone)
    {
        zone = TimeZoneInfo.Utc;

        // "Local" would make the answer depend on the host.
        return name is "" or "UTC" || (name != "Local" && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!));
    }

    private static RegoValue? AddDate(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Local(args[0], evaluation, out var local, out var nanoseconds)
            || !Arithmetic.Integer(args[1], evaluation, out var years) || !Arithmetic.Integer(args[2], evaluation, out var months) || !Arithmetic.Integer(args[3], evaluation, out var days))
        {
            return null;
        }

        // Months roll over before days do, so that the 31st plus a month may be the 1st after it, as in Go.
        var month = (local.Year + years) * 12 + (local.Month - 1) + months;
        var year = BigIntegerFloor(month, 12);
        if (year < 1 || year > 9998 || days < -4_000_000 || days > 4_000_000 || args[0] is RegoArray)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var start = new DateTime((int)year, (int)(month - year * 12) + 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var day = (start - DateTime.UnixEpoch).Days + (long)days + local.Day - 1;
        var result = (Int128)day * Day + (nanoseconds - (Int128)Math.Floor(nanoseconds / (decimal)Day) * Day);
        return result >= long.MinValue && result <= long.MaxValue ? RegoNumber.Of((long)result) : evaluation.Fail(BuiltinError.Value);
    }

    private static System.Numerics.BigInteger BigIntegerFloor(System.Numerics.BigInteger value, int by) =>
        (value - ((value % by) + by) % by) / by;

    // RFC 3339 §5.6, with up to nine digits of a second.
    private static RegoNumber? ParseRfc3339(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var end = dot < 0 ? 19 : dot + 1;
        while (dot >= 0 && end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        if (text.Length <= end || (dot >= 0 && (dot != 19 || end == dot + 1 || end - dot > 10))
            || !DateTime.TryParseExact(text.AsSpan(0, 19), "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            || !TryOffset(text[end..], out var offset))
        {
            return null;
        }

        var fraction = dot < 0 ? 0 : long.Parse(text.AsSpan(dot + 1, end - dot - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        for (var digits = end - dot - 1; dot >= 0 && digits < 9; digits++)
        {
            fraction *= 10;
        }

        var result = (Int128)((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond - offset) * Second + fraction;
        return result >= long.MinValue && result <= long.MaxValue ? RegoNumber.Of((long)result) : null;
    }

    private static bool TryOffset(string text, out int seconds)
    {
        seconds = 0;
        if (text == "Z")
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || !int.TryParse(text.AsSpan(1, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(text.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || hours > 23 || minutes > 59)
        {
            return false;
        }

        seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    // Go's durations: [sign] 1*(number unit), with unit ns, us, µs, ms, s, m or h.
    private static RegoNumber? ParseDuration(string text)
    {
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        if (text[at..] == "0")
        {
            return RegoNumber.Of(0);
        }

        var total = 0m;
        var parts = 0;
        for (; at < text.Length; parts++)
        {
            var from = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            var unit = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.')
            {
                at++;
            }

            var scale = text[unit..at] switch
            {
                "ns" => 1L,
                "us" or "µs" or "μs" => 1_000,
                "ms" => 1_000_000,
                "s" => Second,
                "m" => 60 * Second,
                "h" => 3600 * Second,
                _ => 0,
            };
            if (scale == 0 || unit - from > 18
                || !decimal.TryParse(text.AsSpan(from, unit - from), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                || amount > long.MaxValue / (decimal)scale)
            {
                return null;
            }

            total += Math.Truncate(amount * scale);
        }

        return parts > 0 && total <= long.MaxValue ? RegoNumber.Of(text[0] == '-' ? -(long)total : (long)total) : null;
    }
}
