using System.Text.Json;

namespace LatchGate.Generators.Tests;

/// <summary>The load cases of the egress suite.</summary>
public sealed class EgressLoadTests
{
    [Fact]
    public void Each_load_case_loads_or_fails_with_its_code()
    {
        using var suite = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Conformance("egress-cases.json")));
        var judged = 0;
        var failures = new List<string>();
        foreach (var test in suite.RootElement.GetProperty("cases").EnumerateArray())
        {
            var policy = test.GetProperty("policy");
            if (test.GetProperty("group").GetString() != "load")
            {
                continue;
            }

            judged++;
            var manifest = RepositoryFiles.Fixture("minimal.yaml") + "\negress: " + JsonSerializer.Serialize(policy);
            var open = test.TryGetProperty("gate", out var gate) && gate.TryGetProperty("open_egress", out var opened) && opened.GetBoolean();
            var found = GeneratorHarness.Diagnose(open, GeneratorHarness.Modules, GeneratorHarness.Manifest(manifest)).Select(static d => d.GetMessage()).ToList();
            var expected = test.GetProperty("expect");
            var good = expected.GetProperty("verdict").GetString() == "loaded"
                ? found.Count == 0
                : found.Count > 0 && found.TrueForAll(message => message.Contains($"({expected.GetProperty("reason").GetString()})", StringComparison.Ordinal));
            if (!good)
            {
                failures.Add($"{test.GetProperty("id")}: {expected} but {string.Join(" | ", found)}");
            }
        }

        Assert.Empty(failures);
        Assert.True(judged >= 57, $"Only {judged} cases were judged.");
    }
}
