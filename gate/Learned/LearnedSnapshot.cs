using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;

namespace LatchGate.Learned;

/// <summary>Everything learned at one moment. Immutable: a request takes one and keeps it from the pre-check to the dispatch.</summary>
internal sealed class LearnedSnapshot
{
    private readonly Dictionary<string, LearnedAction> _actions;

    private LearnedSnapshot(Dictionary<string, LearnedAction> actions) => _actions = actions;

    /// <summary>Nothing learned.</summary>
    internal static LearnedSnapshot Empty { get; } = new([]);

    /// <summary>Builds a snapshot of stored entries.</summary>
    /// <param name="domains">Hosts.</param>
    /// <param name="paths">Globs.</param>
    /// <param name="actions">The actions of this gate: entries of others, and of actions that permit no learning, open nothing.</param>
    /// <param name="ignored">Told of entries that no rule of this gate would let in today; they open nothing.</param>
    internal static LearnedSnapshot Of(
        IReadOnlyList<LearnedEntry> domains, IReadOnlyList<LearnedEntry> paths, ActionRegistry actions, Action<LearnedEntry> ignored)
    {
        var learned = new Dictionary<string, LearnedAction>(StringComparer.Ordinal);
        foreach (var entry in domains)
        {
            if (LearnedDomain.TryParse(entry.Value, wide: true, out var domain, out _) && domain.Text == entry.Value)
            {
                Of(learned, entry.ActionId).Hosts.Add(domain.Pattern);
            }
            else
            {
                ignored(entry);
            }
        }

        foreach (var entry in paths)
        {
            if (LearnedPath.TryParse(entry.Value, out var path, out _))
            {
                Of(learned, entry.ActionId).Paths.Add(path.Glob);
            }
            else
            {
                ignored(entry);
            }
        }

        foreach (var (actionId, of) in learned)
        {
            if (of.Hosts.Count > 0 && actions.TryFind(actionId, out var action)
                && action.Egress is { AllowLearning: true, Profile: not EgressProfile.None })
            {
                of.Rules = LearnedHosts.Open(action.Egress, of.Hosts.ToImmutable());
            }
        }

        return new LearnedSnapshot(learned);
    }

    /// <summary>An action's ways out: its manifest's, and the learned hosts.</summary>
    internal EgressRuleSet RulesOf(ActionSpec action) =>
        _actions.TryGetValue(action.Id, out var learned) && learned.Rules is { } rules ? rules : action.Egress;

    /// <summary>An action's paths: its manifest's, and the learned ones. Nothing for an action without files.</summary>
    internal PathRules PathRulesOf(ActionSpec action) => action.Files is not { } files ? PathRules.Closed
        : files.AllowLearning && _actions.TryGetValue(action.Id, out var learned) && learned.Paths.Count > 0
            ? files.Rules with { Learned = learned.Paths.ToImmutable() }
            : files.Rules;

    /// <summary>The globs that an action has learned.</summary>
    internal ImmutableArray<PathGlob> PathsOf(string actionId) => _actions.TryGetValue(actionId, out var learned) ? learned.Paths.ToImmutable() : [];

    private static LearnedAction Of(Dictionary<string, LearnedAction> learned, string actionId)
    {
        if (!learned.TryGetValue(actionId, out var of))
        {
            learned.Add(actionId, of = new LearnedAction());
        }

        return of;
    }

    // Written only while the snapshot is built.
    private sealed class LearnedAction
    {
        internal ImmutableArray<HostPattern>.Builder Hosts { get; } = ImmutableArray.CreateBuilder<HostPattern>();

        internal ImmutableArray<PathGlob>.Builder Paths { get; } = ImmutableArray.CreateBuilder<PathGlob>();

        internal EgressRuleSet? Rules { get; set; }
    }
}
