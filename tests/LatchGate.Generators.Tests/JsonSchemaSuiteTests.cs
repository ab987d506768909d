using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Generators.Tests;

/// <summary>The official JSON Schema Test Suite, draft 2020-12, through the generator and the compiler.</summary>
public sealed class JsonSchemaSuiteTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_schema_that_compiles_judges_as_the_suite_says()
    {
        var folder = RepositoryFiles.Conformance("json-schema/draft2020-12");
        var groups = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)
            .SelectMany(static file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.EnumerateArray().Select(group => (File: Path.GetFileName(file), Group: group)))
            .ToList();
        var files = groups.SelectMany(static (group, index) => new[]
        {
            GeneratorHarness.File($"manifests/s{index}/a.yaml", RepositoryFiles.Fixture("minimal.yaml")
                .Replace("minimal", $"schema{index:d4}", StringComparison.Ordinal) + "\nio: { request_schema: s.json }"),
            GeneratorHarness.File($"manifests/s{index}/s.json", group.Group.GetProperty("schema").GetRawText()),
        }).ToArray();

        // A schema with a keyword outside the subset does not compile, which is the promise; it is counted, and the rest must be right.
        var refusals = GeneratorHarness.Diagnose([GeneratorHarness.Modules, .. files]);
        Assert.All(refusals, static d => Assert.Contains(d.Id, new[] { "LGM031", "LGM032", "LGM033", "LGM034" }));
        var refused = refusals.Select(static d => d.Location.GetLineSpan().Path.Split('/')[1]).ToHashSet();
        var specs = GeneratorHarness.Load([GeneratorHarness.Modules, .. files.Where(file => !refused.Contains(file.Path.Split('/')[1]))]).All;

        var failures = new List<string>();
        var judged = 0;
        foreach (var spec in specs)
        {
            var (file, group) = groups[int.Parse(spec.Id[6..], System.Globalization.CultureInfo.InvariantCulture)];
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var errors = default(SchemaErrors);
                spec.ValidateRequest!(test.GetProperty("data"), ref errors);
                judged++;
                if (errors.None != test.GetProperty("valid").GetBoolean())
                {
                    failures.Add($"{file}: {group.GetProperty("description")}: {test.GetProperty("description")}: {errors}");
                }
            }
        }

        output.WriteLine($"{specs.Length} schemas, {judged} cases; {refused.Count} schemas use what is not supported");
        Assert.Empty(failures);
        Assert.True(judged > 600, $"Only {judged} cases were judged.");
    }
}
