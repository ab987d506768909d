using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

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
/// The paths of one action: its manifest's, and the learned ones. Pure: a call is judged with it before anything is spent, and the file
/// host judges what the guest asks for before it opens anything (reference/kernel.md §11.6).
/// </summary>
/// <param name="Allow">Globs of the manifest.</param>
/// <param name="Deny">Globs of the manifest that win over everything.</param>
/// <param name="Learned">Globs that operators added; they only widen <paramref name="Allow"/>.</param>
internal sealed record PathRules(ImmutableArray<PathGlob> Allow, ImmutableArray<PathGlob> Deny, ImmutableArray<PathGlob> Learned)
{
    /// <summary>Lists nothing.</summary>
    internal static PathRules Closed { get; } = new([], [], []);

    /// <summary>Globs of the operator that win over everything, for all actions (<see cref="TryParseDeny"/>).</summary>
    internal ImmutableArray<PathGlob> OperatorDeny { get; init; } = [];

    /// <summary>Judges a path relative to the session's root.</summary>
    internal PathVerdict Judge(string path)
    {
        if (!PathText.TrySplit(path, out var segments))
        {
            return PathVerdict.InvalidPath;
        }

        return SensitiveNames.Touches(segments) ? PathVerdict.Sensitive
            : Refuses(segments) ? PathVerdict.Denied
            : Covers(Allow, segments) || Covers(Learned, segments) ? PathVerdict.Allowed
            : PathVerdict.NotListed;
    }

    /// <summary>A glob that refuses: in lower case, because <see cref="Judge"/> looks for it in the path in lower case too.</summary>
    internal static bool TryParseDeny(string text, [NotNullWhen(true)] out PathGlob? glob, out string fault) =>
        PathGlob.TryParse(text.ToLowerInvariant(), out glob, out fault);

    // Where a file system ignores case, another spelling is the same file: what is refused is refused in every one.
    private bool Refuses(string[] segments)
    {
        if (Deny.IsEmpty && OperatorDeny.IsEmpty)
        {
            return false;
        }

        var lower = Array.ConvertAll(segments, static segment => segment.ToLowerInvariant());
        return Covers(Deny, segments) || Covers(Deny, lower) || Covers(OperatorDeny, lower);
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
}

