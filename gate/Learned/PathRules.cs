using System.Collections.Immutable;

namespace LatchGate.Learned;

/// <summary>What the rules say about a path.</summary>
internal enum PathVerdict
{
    /// <summary>A rule lists it, and none refuses it.</summary>
    Allowed,

    /// <summary>It is not a relative path of plain segments.</summary>
    InvalidPath,

    /// <summary>It leads to, or through, a place that holds credentials.</summary>
    Sensitive,

    /// <summary>A deny rule covers it; that wins over every allow rule.</summary>
    Denied,

    /// <summary>No rule lists it.</summary>
    NotListed,
}

/// <summary>
/// The paths of one action: its manifest's, and the learned ones. Pure: the file host judges with it before it opens anything
/// and again with the path that it opened (reference/kernel.md §11.6).
/// </summary>
/// <param name="Allow">Globs of the manifest.</param>
/// <param name="Deny">Globs of the manifest that win over everything.</param>
/// <param name="Learned">Globs that operators added; they only widen <paramref name="Allow"/>.</param>
internal sealed record PathRules(ImmutableArray<PathGlob> Allow, ImmutableArray<PathGlob> Deny, ImmutableArray<PathGlob> Learned)
{
    /// <summary>Judges a path relative to the session's root.</summary>
    internal PathVerdict Judge(string path)
    {
        if (!TrySplit(path, out var segments))
        {
            return PathVerdict.InvalidPath;
        }

        return SensitiveNames.Touches(segments) ? PathVerdict.Sensitive
            : Covers(Deny, segments) ? PathVerdict.Denied
            : Covers(Allow, segments) || Covers(Learned, segments) ? PathVerdict.Allowed
            : PathVerdict.NotListed;
    }

    private static bool Covers(ImmutableArray<PathGlob> globs, ReadOnlySpan<string> segments)
    {
        foreach (var glob in globs)
        {
            if (glob.Matches(segments))
            {
                return true;
            }
        }

        return false;
    }

    // A backslash or a drive is a path elsewhere on other systems; here it would only mislead whoever reads the rule.
    private static bool TrySplit(string path, out string[] segments)
    {
        segments = [];
        foreach (var c in path)
        {
            if (char.IsControl(c) || c == '\\')
            {
                return false;
            }
        }

        if (path.Length >= 2 && path[1] == ':' && char.IsAsciiLetter(path[0]))
        {
            return false;
        }

        segments = path.Split('/');
        foreach (var segment in segments)
        {
            if (segment is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }
}
