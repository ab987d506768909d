using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LatchGate.Generators.Tests;

/// <summary>What many actions cost. Times are printed and not judged; docs/numbers.md has them.</summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    private static readonly string[] Verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    [Fact]
    public void A_typical_action_takes_less_than_two_kilobytes_of_the_table()
    {
        var bytes = (TableBytes(110) - TableBytes(10)) / 100;
        output.WriteLine($"{bytes} bytes an action");
        Assert.InRange(bytes, 1, 2_000);
    }

    [Fact]
    public void An_edit_of_one_manifest_of_a_hundred_reads_one_and_writes_the_table()
    {
        var manifests = Manifests(100);
        var driver = GeneratorHarness.Driver([GeneratorHarness.Modules, .. manifests]);
        var compilation = GeneratorHarness.Compilation();
        var clock = Stopwatch.StartNew();
        driver = driver.RunGenerators(compilation);
        output.WriteLine($"100 manifests: {clock.ElapsedMilliseconds} ms, the first of the process");
        clock.Restart();
        GeneratorHarness.Driver([GeneratorHarness.Modules, .. manifests]).RunGenerators(compilation);
        output.WriteLine($"100 manifests again: {clock.ElapsedMilliseconds} ms");
        var edited = GeneratorHarness.File(manifests[50].Path, manifests[50].GetText()!.ToString().Replace("1.0.0", "1.0.1", StringComparison.Ordinal));
        driver = driver.ReplaceAdditionalText(manifests[50], edited);
        clock.Restart();
        var result = driver.RunGenerators(compilation).GetRunResult().Results.Single();
        output.WriteLine($"an edit of one: {clock.ElapsedMilliseconds} ms");

        var read = result.TrackedSteps[ManifestGenerator.Steps.Results].SelectMany(static step => step.Outputs).Select(static o => o.Reason).ToList();
        Assert.Single(read, IncrementalStepRunReason.Modified);
        Assert.Equal(99, read.Count(static reason => reason == IncrementalStepRunReason.Cached));
    }

    private static int TableBytes(int count)
    {
        var result = GeneratorHarness.Run([GeneratorHarness.Modules, .. Manifests(count)]);
        Assert.Empty(result.Diagnostics);
        var registry = result.GeneratedSources.Single(static source => source.HintName == "CompiledActions.g.cs").SyntaxTree;
        var table = registry.GetRoot().DescendantTokens().Single(static token => token.IsKind(SyntaxKind.Utf8StringLiteralToken));
        return Encoding.UTF8.GetByteCount(table.ValueText);
    }

    // Texts differ from action to action as they do in a catalogue: the names of the service, and what its members are called.
    private static AdditionalText[] Manifests(int count) => [.. Enumerable.Range(0, count).Select(static i =>
    {
        var service = "service" + (i / 5).ToString(CultureInfo.InvariantCulture);
        var verb = Verbs[i % 5];
        var hasBody = verb is not ("GET" or "DELETE");
        var body = !hasBody ? "" : $$"""
                  title{{i}}: { type: string, description: What the item of {{service}} is called., minLength: 1, maxLength: 256 }
                  text: { type: string, description: The text of the item in Markdown., maxLength: 65536 }
                  labels: { type: array, description: Labels to put on it., uniqueItems: true, maxItems: 20, items: { type: string, maxLength: 50 } }
            """ + "\n";
        return GeneratorHarness.File($"manifests/{service}/{verb}.yaml", $$"""
            action_id: {{service}}_{{verb}}_item
            version: 1.0.0
            description: Does {{verb}} to an item of a repository at {{service}}, as the person whose token is stored.
            provider_module_digest: builtin:http_api
            required_imports: [latchgate:io/http, latchgate:io/log]
            risk_level: medium
            declared_side_effects: [http_read]
            tags: [{{service}}, coding]
            resource_limits: { fuel: 5000000, memory_mb: 16, timeout_seconds: 30, max_io_calls: 1, max_host_response_bytes: 1048576 }
            verifier_kind: http_status
            verification_config: { expected_status: [200], required_fields: [/data/status_code] }
            io:
              request_schema:
                type: object
                additionalProperties: false
                required: [owner, repo, number]
                properties:
                  owner: { type: string, description: The account at {{service}}., minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9_.-]+$" }
                  repo: { type: string, description: The repository at {{service}}., minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9_.-]+$" }
                  number: { type: integer, description: The number of the item., minimum: 1 }
                  page: { type: integer, description: "The page of the answer, from 1.", minimum: 1, default: 1 }
                  since: { type: string, description: Only what changed after this time., format: date-time }
            {{body}}  response_schema:
                type: object
                required: [ok]
                properties:
                  ok: { type: boolean }
                  data: { type: object, required: [status_code], properties: { status_code: { type: integer, minimum: 200, maximum: 299 }, id: { type: [integer, string] } } }
            template:
              method: {{verb}}
              url_template: "https://api.{{service}}.example.com/v1/repos/((owner))/((repo))/items/((number))?page=((page))&since=((since))"
              headers: { Accept: application/vnd.{{service}}+json, X-Api-Version: "2022-11-28" }
            {{(hasBody ? $$"""
              body_template: { title: "((title{{i}}))", text: "((text))", labels: "((labels))" }
            """ : "")}}
            egress:
              profile: proxy_allowlist
              allow:
                - name: {{service}}
                  hosts: [api.{{service}}.example.com]
                  schemes: [https]
                  ports: [443]
                  methods: [{{verb}}]
                  credentials: [{ header: Authorization, prefix: "Bearer ", secret: {{service}}_token }]
            secrets: [{ name: {{service}}_token, required: true }]
            """.Replace("((", "{{", StringComparison.Ordinal).Replace("))", "}}", StringComparison.Ordinal));
    })];
}
