using System.Collections.Immutable;

namespace LatchGate.Egress;

/// <summary>One label of a principal.</summary>
/// <param name="Key">1 to 64 of <c>a-z 0-9 . _ / -</c>.</param>
/// <param name="Value">1 to 64 of <c>A-Z a-z 0-9 . _ : @ / -</c>; compared exactly.</param>
public sealed record PrincipalLabel(string Key, string Value);

/// <summary>Whom a rule is for: one principal by name, or all that carry some labels.</summary>
/// <param name="Name">The principal's name exactly as leases carry it, such as <c>agent:builder</c> or <c>uid:1000</c>; null where labels select.</param>
/// <param name="Labels">Labels that the principal must all carry; empty where the name selects.</param>
public sealed record PrincipalSelector(string? Name, ImmutableArray<PrincipalLabel> Labels)
{
    /// <summary>Whether the selector covers a principal.</summary>
    public bool Matches(string principal, PrincipalLabels labels)
    {
        if (Name is not null)
        {
            return Name == principal;
        }

        foreach (var label in Labels)
        {
            if (!labels.Has(label))
            {
                return false;
            }
        }

        return !Labels.IsEmpty;
    }
}

/// <summary>The labels that the operator gave a principal (<c>[identity.peercred.principals.UID] labels</c>).</summary>
/// <param name="all">Each key at most once.</param>
public sealed class PrincipalLabels(ImmutableArray<PrincipalLabel> all)
{
    /// <summary>No labels.</summary>
    public static PrincipalLabels None { get; } = new([]);

    /// <summary>All labels.</summary>
    public ImmutableArray<PrincipalLabel> All { get; } = all;

    /// <summary>Whether the principal carries the label.</summary>
    public bool Has(PrincipalLabel label)
    {
        foreach (var own in All)
        {
            if (own.Key == label.Key)
            {
                return own.Value == label.Value;
            }
        }

        return false;
    }
}

/// <summary>Labels by principal, as the operator's identity map has them. Immutable.</summary>
/// <param name="labels">Labels by the principal's name; a name that is missing has none.</param>
public sealed class PrincipalDirectory(IReadOnlyDictionary<string, PrincipalLabels> labels)
{
    private readonly Dictionary<string, PrincipalLabels> _labels = new(labels, StringComparer.Ordinal);

    /// <summary>Nobody has labels.</summary>
    public static PrincipalDirectory Empty { get; } = new(new Dictionary<string, PrincipalLabels>());

    /// <summary>The labels of a principal.</summary>
    public PrincipalLabels Of(string principal) => _labels.GetValueOrDefault(principal, PrincipalLabels.None);
}
