using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Generators.Model;

namespace LatchGate.Manifests;

/// <summary>
/// The JSON Schema of manifests for editors. Keys, ranges and words are asked of the build's own reader, by showing it what it does not
/// know; <see cref="EditorKeys"/> adds kinds and descriptions. A key that only one of the two has is an exception.
/// </summary>
internal static class EditorSchema
{
    private const string Unknown = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly SourceFile Modules = new("modules.lock", "http_api sha256:" + new string('0', 64) + " latchgate:io/http\n");

    /// <summary>The schema.</summary>
    public static string Text { get; } = Build().ToJsonString(Layout) + "\n";

    private static JsonObject Build()
    {
        var definitions = new JsonObject();
        foreach (var mapping in EditorKeys.Mappings)
        {
            definitions[mapping.Name] = Object(mapping);
        }

        var root = (JsonObject)definitions["manifest"]!.DeepClone();
        definitions.Remove("manifest");
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        root.Insert(1, "title", "A manifest of LatchGate");
        root["definitions"] = definitions;
        return root;
    }

    private static JsonObject Object(EditorMapping mapping)
    {
        var members = new JsonObject();
        var declared = mapping.Keys.ToDictionary(static key => key.Name, StringComparer.Ordinal);
        foreach (var name in KeysOf(mapping))
        {
            if (!declared.Remove(name, out var key))
            {
                throw new InvalidOperationException($"EditorKeys lacks '{name}' of {mapping.Name}.");
            }

            members[name] = Value(mapping, key);
        }

        if (declared.Count > 0)
        {
            throw new InvalidOperationException($"The reader does not know '{declared.Keys.First()}' of {mapping.Name}.");
        }

        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        if (mapping.Required.Length > 0)
        {
            schema["required"] = new JsonArray([.. mapping.Required.Select(static name => (JsonNode)name)]);
        }

        schema["properties"] = members;
        return schema;
    }

    private static JsonObject Value(EditorMapping mapping, EditorKey key)
    {
        var schema = key.Kind switch
        {
            "text" => TextOf(mapping, key),
            "number" => Number(mapping, key),
            "flag" => Of("boolean"),
            "texts" => List(TextOf(mapping, key)),
            "object" => Of("object"),
            "schema" => new JsonObject { ["type"] = new JsonArray("object", "string") },
            "any" => [],
            "list" => new JsonObject { ["type"] = "array" },
            ['[', .. var item] => List(new JsonObject { ["$ref"] = "#/definitions/" + item.TrimEnd(']') }),
            var name => new JsonObject { ["$ref"] = "#/definitions/" + name },
        };
        if (schema.ContainsKey("$ref"))
        {
            // Beside $ref draft 7 ignores everything.
            schema = new JsonObject { ["allOf"] = new JsonArray(schema) };
        }

        schema["description"] = key.Description;
        return schema;
    }

    private static JsonObject Of(string type) => new() { ["type"] = type };

    private static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject TextOf(EditorMapping mapping, EditorKey key)
    {
        var schema = Of("string");
        var value = key.Kind == "texts" ? $"[{Unknown}]" : Unknown;
        if (Ask(mapping, $"{key.Name}: {value}", "LGM008") is [_, _, var words])
        {
            schema["enum"] = new JsonArray([.. words.Split(", ").Select(static word => (JsonNode)word)]);
        }

        return schema;
    }

    private static JsonObject Number(EditorMapping mapping, EditorKey key)
    {
        var schema = Of("integer");
        if (Ask(mapping, $"{key.Name}: -1", "LGM007") is [_, var low, var high, _])
        {
            schema["minimum"] = long.Parse(low, CultureInfo.InvariantCulture);
            schema["maximum"] = long.Parse(high, CultureInfo.InvariantCulture);
        }
        else if (Ask(mapping, $"{key.Name}: -1", "LGM067") is [_, var most])
        {
            schema["minimum"] = 1;
            schema["maximum"] = long.Parse(most, CultureInfo.InvariantCulture);
        }
        else
        {
            throw new InvalidOperationException($"The reader names no range of '{key.Name}' of {mapping.Name}.");
        }

        return schema;
    }

    private static IEnumerable<string> KeysOf(EditorMapping mapping)
    {
        var keys = new List<string>();
        foreach (var probe in mapping.Probes)
        {
            var answer = Ask(probe, Unknown + ": 1", "LGM004") ?? Ask(probe, Unknown + ": 1", "LGM064")
                ?? throw new InvalidOperationException($"The reader takes any key of {mapping.Name}.");
            keys.AddRange(answer[2]["Known: ".Length..].Split(", ").Where(key => !keys.Contains(key)));
        }

        return keys;
    }

    private static IReadOnlyList<string>? Ask(EditorMapping mapping, string member, string id) =>
        mapping.Probes.Select(probe => Ask(probe, member, id)).FirstOrDefault(static answer => answer is not null);

    // The arguments of the reader's message about one member.
    private static IReadOnlyList<string>? Ask(string probe, string member, string id)
    {
        var text = "action_id: a\nversion: 1.0.0\ndescription: A.\nprovider_module_digest: builtin:http_api\n"
            + probe.Replace("§", member, StringComparison.Ordinal) + "\n";
        var name = member[..member.IndexOf(':', StringComparison.Ordinal)];
        var pins = new ModulePins(ModuleListReader.Read(Modules, new Generators.Diagnostics.DiagnosticBag()), ImmutableEquatableArray<ModulePin>.Empty);
        return ManifestReader.Read(new SourceFile("probe.yaml", text), ImmutableEquatableArray<SourceFile>.Empty, pins)
            .Diagnostics.FirstOrDefault(found => found.Descriptor.Id == id && found.Arguments[0] == name)?.Arguments;
    }
}
