using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Actions;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// The JSON Schema Test Suite, drafts 2020-12 and 7, with the optional cases: each schema becomes the request schema of a manifest, which the
/// generator and the compiler make an action of. A schema that the build refuses has its cases skipped, with the build's words.
/// </summary>
internal static class JsonSchemaSuite
{
    // Read only where both drafts' folders are below; the suite has others beside them.
    private static readonly string[] Drafts = ["draft2020-12", "draft7"];

    internal static Suite Suite { get; } = new("json-schema", "json-schema", Run, static name => name[..name.IndexOf(": ", StringComparison.Ordinal)]);

    internal static IEnumerable<CaseResult> Run(string folder)
    {
        var groups = Drafts.SelectMany(draft => Directory.GetDirectories(folder, draft, SearchOption.AllDirectories)
                .SelectMany(found => Read(found, draft)))
            .ToList();
        var (specs, refusals) = JsonSchemaBuild.Compile([.. groups.Select(static group => group.Schema)]);
        for (var i = 0; i < groups.Count; i++)
        {
            foreach (var test in groups[i].Tests.EnumerateArray())
            {
                var name = $"{groups[i].Name}: {test.GetProperty("description").GetString()}";
                yield return specs[i] is { } spec ? Judge(name, spec, test) : CaseResult.Skip(name, "refused when built: " + refusals[i]);
            }
        }
    }

    private static IEnumerable<Group> Read(string folder, string draft)
    {
        foreach (var file in Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var keyword = Path.ChangeExtension(Path.GetRelativePath(folder, file), null);
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var group in document.RootElement.EnumerateArray())
            {
                var name = $"{draft}/{keyword}: {group.GetProperty("description").GetString()}";
                yield return new Group(name, Schema(group.GetProperty("schema"), draft), group.GetProperty("tests").Clone());
            }
        }
    }

    // Where a schema does not name its draft, the folder does.
    private static string Schema(JsonElement schema, string draft)
    {
        if (draft == "draft7" && schema.ValueKind == JsonValueKind.Object && !schema.TryGetProperty("$schema", out _))
        {
            var node = JsonNode.Parse(schema.GetRawText())!.AsObject();
            node.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
            return node.ToJsonString();
        }

        return schema.GetRawText();
    }

    private static CaseResult Judge(string name, ActionSpec spec, JsonElement test)
    {
        var expected = test.GetProperty("valid").GetBoolean();
        var errors = default(SchemaErrors);
        spec.ValidateRequest!(test.GetProperty("data"), ref errors);
        if (errors.None == expected)
        {
            return CaseResult.Pass(name);
        }

        return name.Contains("/format: ", StringComparison.Ordinal) && name.Contains("only an annotation", StringComparison.Ordinal)
            ? CaseResult.Skip(name, "the case has format as an annotation; here it asserts, as the optional cases have it")
            : CaseResult.Fail(name, expected ? errors.ToString() : "was taken as valid");
    }

    private sealed record Group(string Name, string Schema, JsonElement Tests);
}
