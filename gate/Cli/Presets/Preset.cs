using LatchGate.Actions;

namespace LatchGate.Cli.Presets;

/// <summary>How a preset chooses its actions.</summary>
internal enum PresetSource
{
    /// <summary><c>all</c>: every action of the build.</summary>
    All,

    /// <summary><c>none</c>.</summary>
    None,

    /// <summary><c>tagged:a,b</c>: the actions that have any of the tags.</summary>
    Tagged,

    /// <summary><c>listed:a,b</c>: these actions.</summary>
    Listed,
}

/// <summary>A part of a preset's actions: those whose risk is below a level.</summary>
internal sealed class PresetGrant
{
    private readonly int _levels;

    // Levels are in order of harm.
    private PresetGrant(int levels, string text) => (_levels, Text) = (levels, text);

    internal static PresetGrant None { get; } = new(0, "none");

    internal static PresetGrant All { get; } = new((int)RiskLevel.Critical + 1, "all");

    /// <summary>As a preset's file has it.</summary>
    internal string Text { get; }

    internal static PresetGrant RiskBelow(RiskLevel level) => new((int)level, $"risk_below:{level.ToWire()}");

    /// <summary>Whether an action of this risk is granted.</summary>
    internal bool Covers(RiskLevel risk) => (int)risk < _levels;
}

/// <summary>A named selection of actions with its grants (reference/ops.md §2.6).</summary>
/// <param name="name">How it is called, or the file's path.</param>
/// <param name="description">One sentence.</param>
/// <param name="source">How it chooses.</param>
/// <param name="names">The tags or the ids; empty for <see cref="PresetSource.All"/> and <see cref="PresetSource.None"/>.</param>
/// <param name="wildcard">What every caller gets that has no entry of its own: the principal <c>*</c>.</param>
/// <param name="named">What the principals get that <c>init</c> names.</param>
/// <param name="origin">Where it is defined: <c>built-in</c>, or the file.</param>
internal sealed class Preset(
    string name, string description, PresetSource source, string[] names, PresetGrant wildcard, PresetGrant named, string origin = "built-in")
{
    internal string Name { get; } = name;

    internal string Description { get; } = description;

    internal PresetSource Source { get; } = source;

    internal string[] Names { get; } = names;

    internal PresetGrant Wildcard { get; } = wildcard;

    internal PresetGrant Named { get; } = named;

    internal string Origin { get; } = origin;

    /// <summary>The same under another name.</summary>
    internal Preset Called(string other) => new(other, Description, Source, Names, Wildcard, Named, Origin);

    /// <summary>The same with another selection.</summary>
    internal Preset Of(PresetSource other, string[] ids) => new(Name, Description, other, ids, Wildcard, Named, Origin);

    /// <summary>The selector as a preset's file has it.</summary>
    internal string Selector => Source switch
    {
        PresetSource.All => "all",
        PresetSource.None => "none",
        PresetSource.Tagged => $"tagged:{string.Join(',', Names)}",
        _ => $"listed:{string.Join(',', Names)}",
    };
}
