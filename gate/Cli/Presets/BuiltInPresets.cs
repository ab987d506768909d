using LatchGate.Actions;

namespace LatchGate.Cli.Presets;

/// <summary>The presets of this build, in the order in which they are listed.</summary>
internal static class BuiltInPresets
{
    private static readonly PresetGrant BelowMedium = PresetGrant.RiskBelow(RiskLevel.Medium);
    private static readonly PresetGrant BelowHigh = PresetGrant.RiskBelow(RiskLevel.High);

    /// <summary>Web and files: what the first page of the manual uses.</summary>
    internal static Preset Quickstart { get; } = new(
        "quickstart", "Web requests and files, to see how the gate works.", PresetSource.Listed,
        ["fs_delete", "fs_read", "fs_write", "http_delete", "http_fetch", "http_post"], BelowMedium, PresetGrant.All);

    /// <summary>What <c>latchgate up</c> makes by itself: as <see cref="Quickstart"/>, but for the user who runs it alone.</summary>
    internal static Preset FirstRun { get; } = new(
        Quickstart.Name, Quickstart.Description, Quickstart.Source, Quickstart.Names, PresetGrant.None, Quickstart.Named);

    internal static Preset[] All { get; } =
    [
        Quickstart,
        Tagged("agent", "A general assistant: code hosting, issue trackers, documents, files and the web.", BelowHigh, "agent"),
        Tagged("coding", "A coding agent: files, GitHub and the web.", BelowHigh, "coding"),
        Tagged("read-only", "Research: everything that only reads.", BelowMedium, "research"),
        Tagged("devops", "Deployments, monitoring and incidents.", BelowHigh, "devops"),
        Tagged("data", "Data pipelines: object stores, search, metrics and payments.", BelowHigh, "data-pipeline"),
        Tagged("team", "As agent, with calendars, mail and chat.", BelowHigh, "team"),
        Tagged("ops", "agent and devops together.", BelowHigh, "agent", "devops"),
        Whole("lockdown", "Every action is offered and nobody may use any: grant one by one.", PresetSource.All, PresetGrant.None),
        Whole("permissive", "Every action, for everybody what asks no human. Refused without LATCHGATE_UNSAFE_DEV=1.", PresetSource.All, PresetGrant.All),
        Whole("blank", "No action: for a selection of your own.", PresetSource.None, PresetGrant.None),
    ];

    private static Preset Tagged(string name, string description, PresetGrant wildcard, params string[] tags) =>
        new(name, description, PresetSource.Tagged, tags, wildcard, PresetGrant.All);

    private static Preset Whole(string name, string description, PresetSource source, PresetGrant grant) =>
        new(name, description, source, [], grant, grant);
}
