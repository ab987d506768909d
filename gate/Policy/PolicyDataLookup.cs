using System.Collections.Immutable;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>An entry of the access list.</summary>
/// <param name="Actions">What the principal may run.</param>
/// <param name="Sinks">Side effects that those may have.</param>
/// <param name="InheritsWildcard">Whether the lists of <c>*</c> are joined to these; null where the entry does not say.</param>
internal sealed record PolicyEntry(ImmutableArray<string> Actions, ImmutableArray<string> Sinks, bool? InheritsWildcard)
{
    internal static PolicyEntry None { get; } = new([], [], null);
}

/// <summary>Reads the parsed data document. Names that begin with <c>_</c> are comments and are not found.</summary>
internal static class PolicyDataLookup
{
    /// <summary>The principals with an entry, in ordinal order.</summary>
    internal static List<string> Principals(this PolicyData data) => NamesOf(data.Document.Get("acl"));

    /// <summary>The entry of one principal; null when it has none.</summary>
    internal static PolicyEntry? Find(this PolicyData data, string principal) =>
        IsComment(principal) || (data.Document.Get("acl") as RegoObject)?.Get(principal) is not RegoObject entry
            ? null
            : new PolicyEntry(Texts(entry.Get("allowed_actions")), Texts(entry.Get("allowed_sinks")), (entry.Get("inherits_wildcard") as RegoBoolean)?.Value);

    /// <summary>Whether the access list lets <paramref name="principal"/> run <paramref name="action"/>, by its own entry or through <c>*</c>.</summary>
    internal static bool Permits(this PolicyData data, string principal, string action)
    {
        var own = data.Find(principal);
        return (own is not null && own.Actions.Contains(action))
            || (own is null or { InheritsWildcard: true } && data.Find(PolicyGuard.Everybody) is { } wildcard && wildcard.Actions.Contains(action));
    }

    /// <summary>The actions that somebody has a standing approval for, in ordinal order.</summary>
    internal static List<string> StandingActions(this PolicyData data) => NamesOf(Allowlist(data));

    /// <summary>Who has a standing approval for <paramref name="action"/>, in ordinal order.</summary>
    internal static List<string> StandingPrincipals(this PolicyData data, string action)
    {
        var principals = new List<string>();
        var entries = Allowlist(data)?.Get(action);
        foreach (var principal in NamesOf(entries))
        {
            if (data.IsStanding(action, principal))
            {
                principals.Add(principal);
            }
        }

        return principals;
    }

    /// <summary>Whether <paramref name="principal"/> has a standing approval for <paramref name="action"/>.</summary>
    internal static bool IsStanding(this PolicyData data, string action, string principal) =>
        !IsComment(action) && !IsComment(principal) && (Allowlist(data)?.Get(action) as RegoObject)?.Get(principal) is RegoBoolean { Value: true };

    /// <summary>How many members of an action's list of standing approvals there are, comments included.</summary>
    internal static int CountStandingMembers(this PolicyData data, string action) => (Allowlist(data)?.Get(action) as RegoObject)?.Count ?? 0;

    private static RegoObject? Allowlist(PolicyData data) => (data.Document.Get("latchgate") as RegoObject)?.Get("allowlist") as RegoObject;

    private static bool IsComment(string name) => name.StartsWith('_');

    private static List<string> NamesOf(RegoValue? value)
    {
        var names = new List<string>();
        if (value is RegoObject members)
        {
            foreach (var key in members.Keys)
            {
                if (key is RegoString { Value: var name } && !IsComment(name))
                {
                    names.Add(name);
                }
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static ImmutableArray<string> Texts(RegoValue? value)
    {
        if (value is not RegoArray list)
        {
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>(list.Count);
        foreach (var item in list.Items)
        {
            texts.Add(((RegoString)item).Value);
        }

        return texts.MoveToImmutable();
    }
}
