using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Config.Toml;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Presets;

/// <summary>Reads a preset's file (reference/ops.md §2.6). An unknown key, and a value that is not understood, is refused.</summary>
/// <remarks>
/// <code>
/// [preset]
/// name = TEXT                 description = TEXT
/// manifests = "all" | "none" | "tagged:TAG[,TAG…]" | "listed:ACTION[,ACTION…]"
/// [preset.policy]
/// wildcard_grant  = GRANT     for callers without an entry of their own
/// principal_grant = GRANT     for the principals that init names; by default "all", but "none" where wildcard_grant is "none"
///
/// GRANT = "all" | "none" | "risk_below:medium" | "risk_below:high" | "risk_below:critical"
/// </code>
/// </remarks>
internal static class PresetReader
{
    private const int LongestText = 200;

    /// <exception cref="StartupException">The file cannot be used (<see cref="StartupError.ConfigValidationFailed"/>).</exception>
    internal static Preset Read(string file, ReadOnlySpan<byte> toml, ConfigEnvironment environment)
    {
        if (!TomlDocument.TryParse(toml, out var root, out var error))
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed, $"{file}:{error.Position}: {error.Message}.", "A preset is TOML 1.0.");
        }

        var top = new ConfigTable(root, "", file, environment);
        var table = top.Table("preset");
        var name = Line(table.Text("name") ?? throw table.Missing("name", "Give the preset a name."));
        var description = table.Text("description") is { } text ? Line(text) : "";
        var manifests = table.Text("manifests")
            ?? throw table.Missing("manifests", "Give \"all\", \"none\", \"tagged:TAG,…\" or \"listed:ACTION,…\".");
        var (source, names) = Selector(manifests);
        var policy = table.Table("policy");
        var given = policy.Text("wildcard_grant");
        var wildcard = given is null ? PresetGrant.None : Grant(given);
        var named = policy.Text("principal_grant") is { } own ? Grant(own) : given is { Value: "none" } ? PresetGrant.None : PresetGrant.All;
        policy.RefuseUnknownKeys();
        table.RefuseUnknownKeys();
        top.RefuseUnknownKeys();
        return new Preset(name, description, source, names, wildcard, named, file);
    }

    private static string Line(ConfigValue<string> text) => text.Value.Length is > 0 and <= LongestText && !text.Value.Any(char.IsControl)
        ? text.Value
        : throw text.Refuse("is empty, too long or more than a line", $"Write 1 to {LongestText} printable characters.");

    private static (PresetSource, string[]) Selector(ConfigValue<string> text)
    {
        switch (text.Value)
        {
            case "all":
                return (PresetSource.All, []);
            case "none":
                return (PresetSource.None, []);
        }

        var colon = text.Value.IndexOf(':', StringComparison.Ordinal);
        var names = text.Value[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        return (colon < 0 ? "" : text.Value[..colon]) switch
        {
            _ when Array.IndexOf(names, "") >= 0 => throw text.Refuse("has an empty name in its list", "Separate the names by one comma each."),
            "tagged" => (PresetSource.Tagged, names),
            "listed" => (PresetSource.Listed, names),
            _ => throw text.Refuse($"is '{text.Value}', which selects nothing", "Give \"all\", \"none\", \"tagged:TAG,…\" or \"listed:ACTION,…\"."),
        };
    }

    private static PresetGrant Grant(ConfigValue<string> text) => text.Value switch
    {
        "all" => PresetGrant.All,
        "none" => PresetGrant.None,
        "risk_below:medium" => PresetGrant.RiskBelow(RiskLevel.Medium),
        "risk_below:high" => PresetGrant.RiskBelow(RiskLevel.High),
        "risk_below:critical" => PresetGrant.RiskBelow(RiskLevel.Critical),
        _ => throw text.Refuse(
            $"is '{text.Value}', which is no grant",
            "Give \"all\", \"none\", \"risk_below:medium\", \"risk_below:high\" or \"risk_below:critical\"."),
    };
}
