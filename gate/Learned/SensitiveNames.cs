namespace LatchGate.Learned;

/// <summary>
/// Files and directories that hold keys and credentials. No rule opens them, wherever in a path they stand (D-109), and no glob
/// that names one can be learned.
/// </summary>
internal static class SensitiveNames
{
    private static readonly string[] _names =
        [".env", ".ssh", ".git", ".latchgate", ".aws", ".gnupg", ".pgpass", ".netrc", ".docker", ".kube"];

    /// <summary>Whether a path of these segments leads to or through one.</summary>
    internal static bool Touches(ReadOnlySpan<string> path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            if (Is(path[i]) || (i > 0 && Equal(path[i - 1], ".config") && Equal(path[i], "latchgate")))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a glob's own text speaks of one; a bare star also covers them, and is stopped by <see cref="Touches"/>.</summary>
    /// <param name="glob">An accepted glob.</param>
    /// <param name="name">The name it speaks of.</param>
    internal static bool IsNamedBy(PathGlob glob, out string name)
    {
        name = "";
        for (var i = 0; i < glob.Segments.Length; i++)
        {
            var segment = glob.Segments[i];
            foreach (var sensitive in _names)
            {
                if (Names(segment, sensitive))
                {
                    name = sensitive;
                    return true;
                }
            }

            if (i > 0 && Names(segment, "latchgate") && Names(glob.Segments[i - 1], ".config"))
            {
                name = ".config/latchgate";
                return true;
            }
        }

        return false;
    }

    // Case is ignored because some file systems ignore it.
    private static bool Names(string segment, string sensitive)
    {
        var folded = segment.ToLowerInvariant();
        return folded[0] is not ('*' or '?')
            && (PathGlob.MatchesSegment(folded, sensitive) || folded.StartsWith(sensitive + ".", StringComparison.Ordinal)
                || PathGlob.MatchesSegment(folded, sensitive + ".local"));
    }

    private static bool Is(string segment)
    {
        foreach (var sensitive in _names)
        {
            if (Equal(segment, sensitive) || segment.StartsWith(sensitive + ".", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Equal(string segment, string name) => segment.Equals(name, StringComparison.OrdinalIgnoreCase);
}
