using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Policy;

/// <summary>One change that an operator asks for (reference/wire.md §7.7).</summary>
internal abstract record PolicyEdit
{
    /// <summary>Whom it concerns.</summary>
    internal required string Principal { get; init; }

    /// <summary>What has to change in <paramref name="data"/> for it.</summary>
    /// <param name="data">The document as the file holds it.</param>
    /// <param name="actions">The gate's actions, whose side effects make up an entry's sinks.</param>
    internal abstract PolicyEditPlan Plan(PolicyData data, ActionRegistry actions);

    /// <summary>The side effects of those of <paramref name="granted"/> that the gate knows: each once, in ordinal order.</summary>
    private protected static ImmutableArray<string> SinksOf(ImmutableArray<string> granted, ActionRegistry actions)
    {
        var sinks = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var id in granted)
        {
            if (actions.TryFind(id, out var action))
            {
                sinks.UnionWith(action.SideEffects);
            }
        }

        return [.. sinks];
    }

    private protected static Action<Utf8JsonWriter> List(ImmutableArray<string> texts) => json =>
    {
        json.WriteStartArray();
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    };

    private protected static PolicyDataPatch Entry(string principal, string member, ImmutableArray<string> texts) =>
        new(["acl", principal, member], List(texts));
}

/// <summary>What an edit comes to.</summary>
internal sealed record PolicyEditPlan
{
    /// <summary>What changes in the file; nothing where the document says it already.</summary>
    internal ImmutableArray<PolicyDataPatch> Patches { get; init; } = [];

    /// <summary>Whether what the edit takes away is not there.</summary>
    internal bool NotFound { get; init; }

    /// <summary>Actions that are new in the entry.</summary>
    internal ImmutableArray<string> Added { get; init; } = [];

    /// <summary>Actions that are gone from the entry.</summary>
    internal ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>The entry before.</summary>
    internal PolicyEntry Before { get; init; } = PolicyEntry.None;

    /// <summary>The entry after.</summary>
    internal PolicyEntry After { get; init; } = PolicyEntry.None;
}

/// <summary>Adds actions to a principal's entry, and recomputes its sinks.</summary>
internal sealed record GrantEdit(ImmutableArray<string> Actions) : PolicyEdit
{
    internal override PolicyEditPlan Plan(PolicyData data, ActionRegistry actions)
    {
        var own = data.Find(Principal);

        // Who has no entry has what "*" has; an entry that did not join it would take that away. A grant takes nothing away.
        var joins = own is null && Principal != PolicyGuard.Everybody && data.Find(PolicyGuard.Everybody) is not null;
        var before = own ?? PolicyEntry.None;
        var listed = before.Actions.ToBuilder();
        var added = ImmutableArray.CreateBuilder<string>();
        foreach (var id in Actions)
        {
            if (!listed.Contains(id))
            {
                listed.Add(id);
                added.Add(id);
            }
        }

        var after = new PolicyEntry(listed.ToImmutable(), SinksOf(listed.ToImmutable(), actions), joins ? true : before.InheritsWildcard);
        var patches = ImmutableArray.CreateBuilder<PolicyDataPatch>();
        if (added.Count > 0)
        {
            patches.Add(Entry(Principal, "allowed_actions", after.Actions));
        }

        if (!before.Sinks.AsSpan().SequenceEqual(after.Sinks.AsSpan()))
        {
            patches.Add(Entry(Principal, "allowed_sinks", after.Sinks));
        }

        if (joins)
        {
            patches.Add(new PolicyDataPatch(["acl", Principal, "inherits_wildcard"], static json => json.WriteBooleanValue(true)));
        }

        return new PolicyEditPlan { Patches = patches.ToImmutable(), Added = added.ToImmutable(), Before = before, After = after };
    }
}

/// <summary>
/// Takes actions from a principal's entry, and recomputes its sinks. An entry that loses its last action stays, empty: without it
/// the principal would have what <c>*</c> has (D-53).
/// </summary>
internal sealed record RevokeEdit(ImmutableArray<string> Actions) : PolicyEdit
{
    internal override PolicyEditPlan Plan(PolicyData data, ActionRegistry actions)
    {
        if (data.Find(Principal) is not { } before)
        {
            return new PolicyEditPlan();
        }

        var kept = ImmutableArray.CreateBuilder<string>(before.Actions.Length);
        var removed = ImmutableArray.CreateBuilder<string>();
        foreach (var id in before.Actions)
        {
            (Actions.Contains(id) ? removed : kept).Add(id);
        }

        if (removed.Count == 0)
        {
            return new PolicyEditPlan { Before = before, After = before };
        }

        var after = before with { Actions = kept.ToImmutable(), Sinks = SinksOf(kept.ToImmutable(), actions) };
        return new PolicyEditPlan
        {
            Patches = [Entry(Principal, "allowed_actions", after.Actions), Entry(Principal, "allowed_sinks", after.Sinks)],
            Removed = removed.ToImmutable(),
            Before = before,
            After = after,
        };
    }
}

/// <summary>Gives a standing approval: the human's look at this action is waived for this principal.</summary>
internal sealed record StandingEdit(string ActionId) : PolicyEdit
{
    internal override PolicyEditPlan Plan(PolicyData data, ActionRegistry actions) => new()
    {
        Patches = data.IsStanding(ActionId, Principal)
            ? []
            : [new PolicyDataPatch(["latchgate", "allowlist", ActionId, Principal], static json => json.WriteBooleanValue(true))],
    };
}

/// <summary>Takes a standing approval back.</summary>
internal sealed record WithdrawEdit(string ActionId) : PolicyEdit
{
    internal override PolicyEditPlan Plan(PolicyData data, ActionRegistry actions)
    {
        if (!data.IsStanding(ActionId, Principal))
        {
            return new PolicyEditPlan { NotFound = true };
        }

        // With its last member the action's own object goes too.
        string[] path = data.CountStandingMembers(ActionId) == 1
            ? ["latchgate", "allowlist", ActionId]
            : ["latchgate", "allowlist", ActionId, Principal];
        return new PolicyEditPlan { Patches = [new PolicyDataPatch(path, null)] };
    }
}
