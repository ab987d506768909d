using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Policy;

namespace LatchGate.Cli.Presets;

/// <summary>What a preset comes to in this build: made only by resolving it against the build's actions.</summary>
internal sealed class PresetSelection
{
    /// <summary>The variable without which nothing grants every action to everybody.</summary>
    internal const string UnsafeVariable = "LATCHGATE_UNSAFE_DEV";

    private PresetSelection(Preset preset, List<ActionSpec> actions, bool isWhole) =>
        (Preset, Actions, IsWhole) = (preset, actions, isWhole);

    internal Preset Preset { get; }

    /// <summary>The selected actions, sorted by id.</summary>
    internal IReadOnlyList<ActionSpec> Actions { get; }

    /// <summary>Whether it is the build's whole catalogue, so that the configuration need not list it.</summary>
    internal bool IsWhole { get; }

    /// <summary>Resolves a preset.</summary>
    /// <exception cref="CliException">It names what the build does not have, or selects nothing without saying so.</exception>
    internal static PresetSelection Of(Preset preset, IReadOnlyList<ActionSpec> build)
    {
        var selected = preset.Source switch
        {
            PresetSource.All => [.. build],
            PresetSource.None => [],
            PresetSource.Tagged => Tagged(preset, build),
            _ => Listed(preset, build),
        };
        if (selected.Count == 0 && preset.Source != PresetSource.None)
        {
            throw Bad(preset, "selects no action of this build", "'latchgate actions' lists them.");
        }

        selected.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return new PresetSelection(preset, selected, preset.Source == PresetSource.All);
    }

    /// <summary>
    /// That of a first run without a preset: of <see cref="BuiltInPresets.FirstRun"/> what the build has; a build that has other
    /// actions only, those.
    /// </summary>
    internal static PresetSelection OfFirstRun(IReadOnlyList<ActionSpec> build)
    {
        var preset = BuiltInPresets.FirstRun;
        var selected = new List<ActionSpec>();
        foreach (var action in build)
        {
            if (Array.IndexOf(preset.Names, action.Id) >= 0)
            {
                selected.Add(action);
            }
        }

        return selected.Count == 0
            ? Everything(build)
            : Of(preset.Of(PresetSource.Listed, [.. selected.ConvertAll(static action => action.Id)]), build);
    }

    /// <summary>The whole build for the named principals, nothing for others.</summary>
    internal static PresetSelection Everything(IReadOnlyList<ActionSpec> build)
    {
        var preset = BuiltInPresets.FirstRun.Of(PresetSource.All, []);
        return build.Count == 0 ? new PresetSelection(preset, [], true) : Of(preset, build);
    }

    /// <summary>Refuses what gives everything to everybody, unless the environment says that it is meant.</summary>
    /// <exception cref="CliException">It does not.</exception>
    internal void RequireSafe(ConfigEnvironment environment)
    {
        if (ReferenceEquals(Preset.Wildcard, PresetGrant.All) && environment.Variable(UnsafeVariable) != "1")
        {
            throw Bad(
                Preset, "grants every action to every caller",
                $"Choose another preset. On a machine with nothing to lose, set {UnsafeVariable}=1.");
        }
    }

    /// <summary>Whether the named principals get an action of this selection.</summary>
    internal bool IsForNamed(ActionSpec action) => Preset.Named.Covers(action.Risk);

    /// <summary>
    /// Whether every caller gets an action of this selection. What can do grave harm never is: no gate loads policy data that say so.
    /// </summary>
    internal bool IsForAll(ActionSpec action) => Preset.Wildcard.Covers(action.Risk) && PolicyGuard.MayGrant(PolicyGuard.Everybody, action);

    /// <summary>What the named principals get.</summary>
    internal List<ActionSpec> ForNamed() => Where(IsForNamed);

    /// <summary>What every caller gets.</summary>
    internal List<ActionSpec> ForAll() => Where(IsForAll);

    /// <summary>How many of the actions have this risk.</summary>
    internal int Count(RiskLevel risk)
    {
        var count = 0;
        foreach (var action in Actions)
        {
            count += action.Risk == risk ? 1 : 0;
        }

        return count;
    }

    private List<ActionSpec> Where(Func<ActionSpec, bool> isGranted)
    {
        var granted = new List<ActionSpec>();
        foreach (var action in Actions)
        {
            if (isGranted(action))
            {
                granted.Add(action);
            }
        }

        return granted;
    }

    // A tag that nothing has is a mistake, even beside one that selects something: the rest would be missing unnoticed.
    private static List<ActionSpec> Tagged(Preset preset, IReadOnlyList<ActionSpec> build)
    {
        var known = new List<string>();
        foreach (var action in build)
        {
            known.AddRange(action.Tags);
        }

        var selected = new List<ActionSpec>();
        foreach (var tag in preset.Names)
        {
            if (!known.Contains(tag))
            {
                throw Bad(
                    preset, $"selects by the tag '{tag}', which no action of this build has",
                    EditDistance.Nearest(tag, known) is { } nearest
                        ? $"Did you mean '{nearest}'?" : "'latchgate presets list' shows what the tags of this build select.");
            }

            foreach (var action in build)
            {
                if (action.Tags.Contains(tag) && !selected.Contains(action))
                {
                    selected.Add(action);
                }
            }
        }

        return selected;
    }

    private static List<ActionSpec> Listed(Preset preset, IReadOnlyList<ActionSpec> build)
    {
        var selected = new List<ActionSpec>();
        foreach (var id in preset.Names)
        {
            ActionSpec? found = null;
            foreach (var action in build)
            {
                found = action.Id == id ? action : found;
            }

            if (found is null)
            {
                throw Bad(
                    preset, $"lists the action '{id}', which this build does not have",
                    EditDistance.Nearest(id, build.Select(static action => action.Id)) is { } nearest
                        ? $"Did you mean '{nearest}'?" : "'latchgate actions' lists the actions.");
            }

            if (!selected.Contains(found))
            {
                selected.Add(found);
            }
        }

        return selected;
    }

    private static CliException Bad(Preset preset, string problem, string remedy) =>
        new(ExitCode.Error, "preset_unusable", $"The preset '{preset.Name}' ({preset.Origin}) {problem}.", remedy);
}
