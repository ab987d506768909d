using System.Globalization;

namespace LatchGate.Cli;

/// <summary>Reads <c>--since</c>.</summary>
internal static class SinceText
{
    /// <summary>What the option says of itself.</summary>
    internal const string Forms = "2030-01-02T03:04:05Z, or an age such as 90m, 24h, 7d";

    // A century, in seconds.
    private const long LongestAge = 36_500L * 86_400;

    /// <summary>A time in RFC 3339, or how long ago: a number of seconds, minutes, hours or days.</summary>
    internal static DateTimeOffset Read(string text, TimeProvider time)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && text.Contains('-', StringComparison.Ordinal))
        {
            return at;
        }

        var seconds = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return seconds > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && (long)count * seconds <= LongestAge
            ? time.GetUtcNow() - TimeSpan.FromSeconds((double)count * seconds)
            : throw CliException.Usage($"'{text}' is no time.", "Write 2030-01-02T03:04:05Z, or an age such as 90m, 24h or 7d.");
    }
}
