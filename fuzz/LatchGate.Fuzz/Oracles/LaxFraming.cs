using System.Globalization;
using System.Text;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Where a request ends: its head in bytes, and its body in bytes or <see cref="LaxFraming.Chunked"/>.</summary>
internal delegate (int Head, long Body) FramingReader(ReadOnlySpan<byte> request);

/// <summary>
/// Parsers as they stand in other servers and proxies, each careless in its own way. Requests are smuggled between two that disagree; so
/// what the gate accepts must be the same to all of them.
/// </summary>
internal static class LaxFraming
{
    /// <summary>The body is chunked.</summary>
    internal const long Chunked = -1;

    internal static readonly FramingReader[] Readers =
    [
        // By RFC 9112 §6.3, nothing forgiven.
        static request => Read(request, new Habits()),

        // The first Content-Length counts, and a lone LF ends a line.
        static request => Read(request, new Habits { LoneFeed = true, FirstLength = true }),

        // Content-Length counts even beside Transfer-Encoding; white space before the colon is cut.
        static request => Read(request, new Habits { LengthFirst = true, TrimsName = true }),

        // Folded lines are joined, "chunked" is looked for anywhere in the value.
        static request => Read(request, new Habits { JoinsFolds = true, ChunkedAnywhere = true, LoneFeed = true, TrimsName = true }),

        // A NUL ends a value, a sign before the number is taken.
        static request => Read(request, new Habits { StopsAtNul = true, Signs = true, FirstLength = true }),
    ];

    private static (int Head, long Body) Read(ReadOnlySpan<byte> request, Habits habits)
    {
        var at = SkipBlankLine(request);
        long? length = null;
        var chunked = false;
        var isFirst = true;
        var fields = new List<(string Name, string Value)>();
        while (true)
        {
            var feed = request[at..].IndexOf(habits.LoneFeed ? "\n"u8 : "\r\n"u8);
            if (feed < 0)
            {
                return (-1, 0);
            }

            var line = Encoding.Latin1.GetString(request.Slice(at, feed)).TrimEnd('\r');
            at += feed + (habits.LoneFeed ? 1 : 2);
            if (line.Length == 0)
            {
                break;
            }

            if (!isFirst)
            {
                AddField(fields, line, habits);
            }

            isFirst = false;
        }

        foreach (var (name, value) in fields)
        {
            if (name == "content-length" && (length is null || !habits.FirstLength))
            {
                length = long.TryParse(value, habits.Signs ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -2;
            }
            else if (name == "transfer-encoding")
            {
                chunked |= habits.ChunkedAnywhere ? value.Contains("chunked", StringComparison.OrdinalIgnoreCase) : value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);
            }
        }

        return (at, chunked && !(habits.LengthFirst && length is not null) ? Chunked : length ?? 0);
    }

    private static void AddField(List<(string Name, string Value)> fields, string line, Habits habits)
    {
        if (habits.JoinsFolds && line[0] is ' ' or '\t' && fields.Count > 0)
        {
            fields[^1] = (fields[^1].Name, fields[^1].Value + line);
            return;
        }

        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return;
        }

        var name = line[..colon].ToLowerInvariant();
        var value = line[(colon + 1)..];
        value = habits.StopsAtNul && value.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var nul ? value[..nul] : value;
        fields.Add((habits.TrimsName ? name.Trim() : name, value.Trim(' ', '\t')));
    }

    // RFC 9112 §2.2: one empty line before a request is forgiven by all.
    private static int SkipBlankLine(ReadOnlySpan<byte> request) => request.StartsWith("\r\n"u8) ? 2 : 0;

    private sealed record Habits
    {
        internal bool LoneFeed { get; init; }

        internal bool FirstLength { get; init; }

        internal bool LengthFirst { get; init; }

        internal bool TrimsName { get; init; }

        internal bool JoinsFolds { get; init; }

        internal bool ChunkedAnywhere { get; init; }

        internal bool StopsAtNul { get; init; }

        internal bool Signs { get; init; }
    }
}
