namespace LatchGate.Egress;

/// <summary>How a host pattern matches.</summary>
public enum HostPatternKind
{
    /// <summary>The name or address itself.</summary>
    Exact,

    /// <summary><c>.x</c>: x and any name below it.</summary>
    Suffix,

    /// <summary><c>*.x</c>: exactly one label before x.</summary>
    OneLabel,
}

/// <summary>A host pattern in canonical form: lower case, A-labels, no trailing dot (reference/egress.md C2).</summary>
/// <param name="Kind">How it matches.</param>
/// <param name="Value">The name without its leading <c>.</c> or <c>*.</c>; for an address, its canonical text without brackets.</param>
public readonly record struct HostPattern(HostPatternKind Kind, string Value)
{
    /// <summary>Whether the pattern covers <paramref name="host"/>, which is in canonical form and, unless the kind is exact, a name.</summary>
    public bool Matches(ReadOnlySpan<char> host)
    {
        if (Kind == HostPatternKind.Exact)
        {
            return host.SequenceEqual(Value);
        }

        if (!host.EndsWith(Value, StringComparison.Ordinal))
        {
            return false;
        }

        var below = host[..^Value.Length];
        if (Kind == HostPatternKind.Suffix && below.IsEmpty)
        {
            return true;
        }

        // A label edge, so that evil-api.com is not below api.com.
        return below.Length >= 2 && below[^1] == '.' && (Kind == HostPatternKind.Suffix || !below[..^1].Contains('.'));
    }
}
