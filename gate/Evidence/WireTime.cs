using System.Globalization;

namespace LatchGate.Evidence;

/// <summary>The one text form of a time in evidence, hashed and shown alike: <c>YYYY-MM-DDTHH:MM:SS.mmmZ</c>, UTC.</summary>
public static class WireTime
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Writes a time; what is finer than a millisecond is cut.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Reads exactly the form that <see cref="Format"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
