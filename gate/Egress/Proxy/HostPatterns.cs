namespace LatchGate.Egress.Proxy;

/// <summary>
/// Host patterns as sets of names. Of two patterns either one holds the other, or they share nothing, or, for <c>*.x</c> and
/// <c>.y.x</c>, the one name <c>y.x</c>; so an intersection is a pattern again.
/// </summary>
internal static class HostPatterns
{
    /// <summary>As a manifest has it: <c>x</c>, <c>.x</c> or <c>*.x</c>.</summary>
    internal static string Text(this HostPattern pattern) => pattern.Kind switch
    {
        HostPatternKind.Suffix => "." + pattern.Value,
        HostPatternKind.OneLabel => "*." + pattern.Value,
        _ => pattern.Value,
    };

    /// <summary>Whether <paramref name="outer"/> holds every name of <paramref name="inner"/>.</summary>
    internal static bool Covers(this HostPattern outer, HostPattern inner) => inner.Kind switch
    {
        HostPatternKind.Exact => outer.Covers(inner.Value),
        HostPatternKind.OneLabel => outer.Kind == HostPatternKind.Suffix ? outer.Covers(inner.Value) : outer == inner,
        _ => outer.Kind == HostPatternKind.Suffix && outer.Covers(inner.Value),
    };

    /// <summary>The names in both; false when there is none.</summary>
    internal static bool TryIntersect(HostPattern a, HostPattern b, out HostPattern both)
    {
        if (a.Covers(b))
        {
            both = b;
            return true;
        }

        if (b.Covers(a))
        {
            both = a;
            return true;
        }

        // The one case left: of "*.x" and ".y.x" the name y.x itself.
        var (one, suffix) = a.Kind == HostPatternKind.OneLabel ? (a, b) : (b, a);
        both = new HostPattern(HostPatternKind.Exact, suffix.Value);
        return one.Kind == HostPatternKind.OneLabel && suffix.Kind == HostPatternKind.Suffix && one.Covers(suffix.Value);
    }

    // An address is matched by its whole text alone: its dots part no labels.
    private static bool Covers(this HostPattern outer, string name) =>
        outer.Kind == HostPatternKind.Exact ? outer.Value == name : !IsAddress(name) && outer.Matches(name);

    /// <summary>Whether a canonical host is an address: no name has a colon, or a last label of digits.</summary>
    internal static bool IsAddress(string host) =>
        host.Contains(':', StringComparison.Ordinal) || !host.AsSpan(host.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9');
}
