using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Tests.Policy;

/// <summary>The documented table of refused built-ins is the one in force.</summary>
public sealed class RefusedBuiltinsTests
{
    [Fact]
    public void Each_refused_builtin_is_documented_with_its_reason()
    {
        var folder = new DirectoryInfo(OpaTool.PoliciesFolder).Parent!.FullName;
        var section = File.ReadAllText(Path.Combine(folder, "docs", "policy.md")).Split("## Built-ins that are refused")[1].Split("\n## ")[0];
        var rows = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries));

        Assert.Equal(
            RefusedBuiltins.All.Select(pair => $"{pair.Key}: {pair.Value}").Order(StringComparer.Ordinal),
            rows.Select(cells => $"{cells[1].Trim('`')}: {cells[2]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_refused_builtin_can_be_called()
    {
        Assert.All(RefusedBuiltins.All.Keys, name => Assert.Null(BuiltinTable.Find(name)));
    }
}
