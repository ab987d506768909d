using System.Globalization;

namespace LatchGate.Evidence;

/// <summary>The one text form of a time in evidence, hashed and shown alike: <c>YYYY-MM-DDTHH:MM:SS.mmmZ</c>, UTC.</summary>
public static class WireTime
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Writes a time; what is finer than a millisecond is cut.</summary>
    public static string Format(DateTimeOffset time) => string.Create(Form.Length - 4, time.UtcDateTime, static (text, utc) =>
    {
        "0000-00-00T00:00:00.000Z".CopyTo(text);
        WriteDigits(text[..4], utc.Year);
        WriteDigits(text[5..7], utc.Month);
        WriteDigits(text[8..10], utc.Day);
        WriteDigits(text[11..13], utc.Hour);
        WriteDigits(text[14..16], utc.Minute);
        WriteDigits(text[17..19], utc.Second);
        WriteDigits(text[20..23], utc.Millisecond);
    });

    // DateTime.ToString reads its format anew each time, and an event has a time twice.
    private static void WriteDigits(Span<char> text, int number)
    {
        for (var i = text.Length - 1; i >= 0; i--, number /= 10)
        {
            text[i] = (char)('0' + number % 10);
        }
    }

    /// <summary>Reads exactly the form that <see cref="Format"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
