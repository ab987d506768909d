using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Learned;

/// <summary>A glob over relative paths. Case-sensitive; matching takes time linear in pattern and path for each star.</summary>
/// <remarks>
/// <code>
/// glob    = segment *("/" segment)
/// segment = "**" / 1*(char / "*" / "?" / "[" ["!"] 1*(char / char "-" char) "]" / "\" any)
/// </code>
/// <c>**</c> is any number of segments, none too; <c>*</c> and <c>?</c> stay within one; braces are written with a backslash.
/// Source: reference/kernel.md §11.6.
/// </remarks>
internal sealed class PathGlob
{
    private const string Special = "*?[]{}\\";

    private readonly ImmutableArray<string> _segments;

    private PathGlob(string text, ImmutableArray<string> segments) => (Text, _segments) = (text, segments);

    /// <summary>As it was written.</summary>
    internal string Text { get; }

    /// <summary>Its segments, as written.</summary>
    internal ImmutableArray<string> Segments => _segments;

    /// <summary>Reads a glob.</summary>
    /// <param name="text">As written.</param>
    /// <param name="glob">The glob, when true is returned.</param>
    /// <param name="fault">What is wrong with it, in one sentence; empty when nothing is.</param>
    internal static bool TryParse(string text, [NotNullWhen(true)] out PathGlob? glob, out string fault)
    {
        glob = null;
        fault = "";
        var segments = ImmutableArray.CreateBuilder<string>();
        foreach (var segment in text.Split('/'))
        {
            fault = segment.Length == 0 ? "a segment is empty; write it relative, without a slash at its ends" : FaultOf(segment);
            if (fault.Length > 0)
            {
                return false;
            }

            segments.Add(segment);
        }

        glob = new PathGlob(text, segments.DrainToImmutable());
        return true;
    }

    /// <summary>The glob that covers <paramref name="path"/> and nothing else (D-43).</summary>
    internal static string Escape(string path)
    {
        var escaped = new StringBuilder(path.Length);
        foreach (var c in path)
        {
            escaped.Append(Special.Contains(c) ? "\\" : "").Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>Whether it covers a path of these segments.</summary>
    internal bool Matches(ReadOnlySpan<string> path)
    {
        // The last ** takes one segment more each time the rest does not fit; earlier ones need no second look.
        int at = 0, pattern = 0, restart = -1, taken = 0;
        while (at < path.Length)
        {
            if (pattern < _segments.Length && _segments[pattern] == "**")
            {
                (restart, taken) = (++pattern, at);
            }
            else if (pattern < _segments.Length && MatchesSegment(_segments[pattern], path[at]))
            {
                (at, pattern) = (at + 1, pattern + 1);
            }
            else if (restart >= 0)
            {
                (at, pattern) = (++taken, restart);
            }
            else
            {
                return false;
            }
        }

        while (pattern < _segments.Length && _segments[pattern] == "**")
        {
            pattern++;
        }

        return pattern == _segments.Length;
    }

    /// <summary>Whether a segment of a glob covers one name.</summary>
    /// <param name="pattern">A segment that was accepted, other than <c>**</c>.</param>
    /// <param name="name">The name.</param>
    internal static bool MatchesSegment(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int at = 0, p = 0, restart = -1, taken = 0;
        while (at < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (restart, taken) = (++p, at);
            }
            else if (p < pattern.Length && TakeOne(pattern[p..], name[at], out var length))
            {
                (at, p) = (at + 1, p + length);
            }
            else if (restart >= 0)
            {
                (at, p) = (++taken, restart);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool TakeOne(ReadOnlySpan<char> pattern, char c, out int length)
    {
        switch (pattern[0])
        {
            case '?':
                length = 1;
                return true;
            case '\\':
                length = 2;
                return pattern[1] == c;
            case '[':
                return TakeClass(pattern, c, out length);
            default:
                length = 1;
                return pattern[0] == c;
        }
    }

    private static bool TakeClass(ReadOnlySpan<char> pattern, char c, out int length)
    {
        length = pattern.IndexOf(']') + 1;
        var negated = pattern[1] == '!';
        var members = pattern[(negated ? 2 : 1)..(length - 1)];
        var found = false;
        for (var i = 0; i < members.Length; i++)
        {
            var isRange = i + 2 < members.Length && members[i + 1] == '-';
            found |= isRange ? members[i] <= c && c <= members[i + 2] : members[i] == c;
            i += isRange ? 2 : 0;
        }

        return found != negated;
    }

    private static string FaultOf(string segment)
    {
        if (segment == "**")
        {
            return "";
        }

        for (var i = 0; i < segment.Length; i++)
        {
            switch (segment[i])
            {
                case '\\' when ++i == segment.Length:
                    return "a backslash ends a segment";
                case '{' or '}' or ']':
                    return $"'{segment[i]}' stands for itself only after a backslash";
                case '*' when i + 1 < segment.Length && segment[i + 1] == '*':
                    return "'**' stands alone between slashes";
                case '[':
                    var close = segment.IndexOf(']', i);
                    var members = close < 0 ? "" : segment[(i + 1)..close].TrimStart('!');
                    if (members.Length == 0 || members.AsSpan().ContainsAny('[', '\\'))
                    {
                        return "a class is '[' characters ']', without '[' and backslash";
                    }

                    i = close;
                    break;
            }
        }

        return "";
    }
}
