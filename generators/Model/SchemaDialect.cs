using System;
using System.Collections.Generic;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>The keywords of a draft of JSON Schema: 2020-12, or 7 where <c>$schema</c> says so.</summary>
internal sealed class SchemaDialect
{
    private static readonly string[] Common =
    [
        "type", "enum", "const", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "items", "minItems", "maxItems", "uniqueItems", "contains", "properties", "required", "additionalProperties",
        "patternProperties", "propertyNames", "minProperties", "maxProperties", "dependencies", "allOf", "anyOf", "oneOf", "not", "if", "then",
        "else", "$ref",
    ];

    private static readonly string[] CommonAnnotations =
        ["$schema", "$id", "$comment", "title", "description", "default", "examples", "$defs", "definitions", "readOnly", "writeOnly"];

    private static readonly SchemaDialect Draft202012 = new(
        isDraft7: false,
        [.. Common, "prefixItems", "minContains", "maxContains", "dependentRequired", "dependentSchemas"],
        [.. CommonAnnotations, "$anchor", "deprecated"]);

    private static readonly SchemaDialect Draft7 = new(isDraft7: true, [.. Common, "additionalItems"], CommonAnnotations);

    private SchemaDialect(bool isDraft7, string[] supported, string[] annotations)
    {
        IsDraft7 = isDraft7;
        Supported = supported;
        Annotations = annotations;
    }

    /// <summary>Whether it is draft 7.</summary>
    public bool IsDraft7 { get; }

    /// <summary>Keywords that constrain.</summary>
    public string[] Supported { get; }

    /// <summary>Keywords that do not.</summary>
    public string[] Annotations { get; }

    /// <summary>The dialect of a document.</summary>
    public static SchemaDialect Of(Node root) =>
        root is MapNode map && map.Find("$schema") is TextNode draft && IsDraft7Name(draft.Value) ? Draft7 : Draft202012;

    /// <summary>Whether a draft is one of the two.</summary>
    public static bool IsKnown(string draft) =>
        IsDraft7Name(draft) || draft is "https://json-schema.org/draft/2020-12/schema" or "https://json-schema.org/draft/2020-12/schema#";

    /// <summary>The values below a schema that are schemas themselves.</summary>
    public static IEnumerable<Node> Below(MapNode map)
    {
        foreach (var entry in map.Entries)
        {
            switch (entry.Key)
            {
                case "properties" or "patternProperties" or "$defs" or "definitions" or "dependentSchemas" or "dependencies"
                    when entry.Value is MapNode named:
                    foreach (var member in named.Entries)
                    {
                        yield return member.Value;
                    }

                    break;
                case "allOf" or "anyOf" or "oneOf" or "prefixItems" or "items" when entry.Value is ListNode list:
                    foreach (var item in list.Items)
                    {
                        yield return item;
                    }

                    break;
                case "not" or "if" or "then" or "else" or "items" or "additionalItems" or "additionalProperties" or "contains"
                    or "propertyNames":
                    yield return entry.Value;
                    break;
            }
        }
    }

    private static bool IsDraft7Name(string draft) =>
        draft.TrimEnd('#') is var name && name is "http://json-schema.org/draft-07/schema" or "https://json-schema.org/draft-07/schema";
}
