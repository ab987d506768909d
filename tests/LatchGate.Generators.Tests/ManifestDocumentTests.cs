using System.Text.RegularExpressions;

namespace LatchGate.Generators.Tests;

/// <summary>What docs/manifests.md shows compiles as it stands.</summary>
public sealed partial class ManifestDocumentTests
{
    private static readonly string[] Blocks =
        [.. Yaml().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs/manifests.md"))).Select(static match => match.Groups[1].Value)];

    [Fact]
    public void The_full_example_is_an_action() => Assert.Empty(Diagnose(Blocks.Single(static block => block.Contains("action_id:", StringComparison.Ordinal))));

    [Fact]
    public void The_rules_of_the_verification_are_rules()
    {
        var rules = Blocks.Single(static block => block.StartsWith("verifier_kind:", StringComparison.Ordinal));
        Assert.Empty(Diagnose($$"""
            action_id: notes
            version: 1.0.0
            description: Makes a note.
            provider_module_digest: builtin:http_api
            required_imports: [latchgate:io/http, latchgate:io/log]
            {{rules}}
            io:
              request_schema:
                type: object
                additionalProperties: false
                required: [title, correlation]
                properties: { title: { type: string }, correlation: { type: string }, labels: { type: array } }
            """));
    }

    private static IEnumerable<string> Diagnose(string manifest) =>
        GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(manifest)).Select(static d => d.ToString());

    [GeneratedRegex("^```yaml\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Yaml();
}
