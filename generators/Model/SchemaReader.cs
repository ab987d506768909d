using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Reads the supported part of JSON Schema (draft 2020-12) into a flat list. A keyword that is not supported is an error, never ignored:
/// ignoring it would let through what the author forbids. <c>format</c> is an annotation, as the draft says.
/// </summary>
internal sealed class SchemaReader
{
    private const int MaxNodes = 2_000;

    private static readonly string[] Annotations = ["$schema", "$comment", "title", "description", "default", "examples", "format", "$defs", "definitions", "deprecated", "readOnly", "writeOnly"];

    private static readonly string[] Supported =
    [
        "type", "enum", "const", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "patternProperties",
        "minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref",
    ];

    private readonly Node _root;
    private readonly DiagnosticBag _diagnostics;
    private readonly List<SchemaModel> _models = [];
    private readonly Dictionary<Node, int> _indexes = [];

    private SchemaReader(Node root, DiagnosticBag diagnostics)
    {
        _root = root;
        _diagnostics = diagnostics;
    }

    /// <summary>The schema; null after a diagnostic.</summary>
    public static SchemaDocument? Read(Node root, DiagnosticBag diagnostics)
    {
        var before = diagnostics.Count;
        var reader = new SchemaReader(root, diagnostics);
        reader.Add(root);
        reader.ReadDefinitions(root);
        if (diagnostics.Count == before && SchemaLoops.Find(reader._models) is var loop and >= 0)
        {
            diagnostics.Add(Descriptors.EndlessSchema, reader._indexes.First(pair => pair.Value == loop).Key.Location);
        }

        return diagnostics.Count > before ? null : new SchemaDocument(reader._models.ToEquatableArray(), CanonicalJson.Write(root));
    }

    // A definition that nothing refers to is checked too: it is where the next edit will refer.
    private void ReadDefinitions(Node root)
    {
        foreach (var key in new[] { "$defs", "definitions" })
        {
            switch ((root as MapNode)?.Find(key))
            {
                case null:
                    break;
                case MapNode definitions:
                    foreach (var entry in definitions.Entries)
                    {
                        Add(entry.Value);
                    }

                    break;
                case var other:
                    _diagnostics.Add(Descriptors.BadKeyword, other.Location, key, "a mapping of schemas");
                    break;
            }
        }
    }

    private int Add(Node node)
    {
        if (_indexes.TryGetValue(node, out var known))
        {
            return known;
        }

        var index = _models.Count;
        _indexes.Add(node, index);
        _models.Add(new SchemaModel());
        if (index == MaxNodes)
        {
            _diagnostics.Add(Descriptors.BadKeyword, node.Location, "schema", $"one of at most {MaxNodes} parts");
        }

        if (index >= MaxNodes)
        {
            return index;
        }

        switch (node)
        {
            case BooleanNode flag:
                _models[index] = new SchemaModel { Always = flag.Value };
                break;
            case MapNode map:
                CheckKeys(map);
                _models[index] = ReadMap(map);
                break;
            default:
                _diagnostics.Add(Descriptors.WrongKind, node.Location, "a schema", "a mapping, true or false", node.Kind);
                break;
        }

        return index;
    }

    private void CheckKeys(MapNode map)
    {
        foreach (var entry in map.Entries)
        {
            if (Array.IndexOf(Supported, entry.Key) >= 0)
            {
                continue;
            }

            var isRoot = ReferenceEquals(map, _root);
            if (Array.IndexOf(Annotations, entry.Key) < 0)
            {
                _diagnostics.Add(Descriptors.UnsupportedKeyword, entry.KeyLocation, entry.Key, Nearest.Hint(entry.Key, Supported));
            }
            else if (entry.Key is "$defs" or "definitions" && !isRoot)
            {
                _diagnostics.Add(Descriptors.UnsupportedKeyword, entry.KeyLocation, entry.Key, "Move the definitions to the top of the schema");
            }
            else if (entry.Key == "$schema" && (!isRoot || entry.Value is not TextNode draft || !IsKnownDraft(draft.Value)))
            {
                _diagnostics.Add(Descriptors.BadKeyword, entry.Value.Location, "$schema", "https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#, at the top");
            }
        }
    }

    private SchemaModel ReadMap(MapNode map)
    {
        var keywords = new SchemaKeywords(map, _diagnostics);
        var hasIf = map.Find("if") is not null;
        return new SchemaModel
        {
            Types = keywords.Types(),
            Enum = keywords.Literals("enum"),
            Const = map.Find("const") is { } constant ? SchemaKeywords.Literal(constant) : null,
            Default = map.Find("default") is { } fallback ? SchemaKeywords.Literal(fallback) : null,
            MinLength = keywords.Count("minLength"),
            MaxLength = keywords.Count("maxLength"),
            Pattern = map.Find("pattern") is { } pattern ? keywords.Pattern(pattern, (pattern as TextNode)?.Value, "pattern") : null,
            Minimum = keywords.Bound("minimum"),
            Maximum = keywords.Bound("maximum"),
            ExclusiveMinimum = keywords.Bound("exclusiveMinimum"),
            ExclusiveMaximum = keywords.Bound("exclusiveMaximum"),
            MultipleOf = keywords.Divisor(),
            MinItems = keywords.Count("minItems"),
            MaxItems = keywords.Count("maxItems"),
            UniqueItems = keywords.Flag("uniqueItems"),
            PrefixItems = Group(map, "prefixItems"),
            Items = One(map, "items"),
            MinProperties = keywords.Count("minProperties"),
            MaxProperties = keywords.Count("maxProperties"),
            Required = keywords.Required(),
            Properties = Named(map, "properties").Select(entry => new PropertyModel(entry.Key, Add(entry.Value))).ToEquatableArray(),
            PatternProperties = PatternProperties(map, keywords),
            AdditionalProperties = One(map, "additionalProperties"),
            AllOf = Group(map, "allOf"),
            AnyOf = Group(map, "anyOf"),
            OneOf = Group(map, "oneOf"),
            Not = One(map, "not"),
            If = One(map, "if"),
            Then = hasIf ? One(map, "then") : -1,
            Else = hasIf ? One(map, "else") : -1,
            Reference = map.Find("$ref") is { } reference ? Reference(reference) : -1,
        };
    }

    private ImmutableEquatableArray<PatternPropertyModel> PatternProperties(MapNode map, SchemaKeywords keywords)
    {
        var patterns = new List<PatternPropertyModel>();
        foreach (var entry in Named(map, "patternProperties"))
        {
            var schema = Add(entry.Value);
            if (keywords.Pattern(new TextNode(entry.KeyLocation, entry.Key), entry.Key, "patternProperties") is { } dfa)
            {
                patterns.Add(new PatternPropertyModel(dfa, schema));
            }
        }

        return patterns.ToEquatableArray();
    }

    private int One(MapNode map, string key)
    {
        if (map.Find(key) is not { } node)
        {
            return -1;
        }

        if (key == "items" && node is ListNode)
        {
            _diagnostics.Add(Descriptors.BadKeyword, node.Location, key, "one schema; a list belongs to prefixItems");
            return -1;
        }

        return Add(node);
    }

    private SchemaGroup Group(MapNode map, string key)
    {
        switch (map.Find(key))
        {
            case null:
                return SchemaGroup.None;
            case ListNode { Items.Count: > 0 } list:
                return new SchemaGroup(list.Items.Select(Add).ToEquatableArray());
            case var other:
                _diagnostics.Add(Descriptors.BadKeyword, other.Location, key, "a list of at least one schema");
                return SchemaGroup.None;
        }
    }

    private IReadOnlyList<MapEntry> Named(MapNode map, string key)
    {
        switch (map.Find(key))
        {
            case null:
                return [];
            case MapNode named:
                return named.Entries;
            case var other:
                _diagnostics.Add(Descriptors.BadKeyword, other.Location, key, "a mapping of names to schemas");
                return [];
        }
    }

    private int Reference(Node node)
    {
        var target = node is TextNode text ? Target(text.Value) : null;
        if (target is null)
        {
            _diagnostics.Add(Descriptors.BadReference, node.Location, node is TextNode named ? ManifestReader.Shown(named.Value) : node.Kind);
            return -1;
        }

        return Add(target);
    }

    // RFC 6901 in a URI fragment: percent-decoded first, then ~1 and ~0.
    private Node? Target(string reference)
    {
        if (reference == "#")
        {
            return _root;
        }

        var parts = reference.Split('/');
        return parts.Length == 3 && parts[0] == "#" && parts[1] is "$defs" or "definitions"
            ? ((_root as MapNode)?.Find(parts[1]) as MapNode)?.Find(Uri.UnescapeDataString(parts[2]).Replace("~1", "/").Replace("~0", "~"))
            : null;
    }

    private static bool IsKnownDraft(string draft) =>
        draft is "https://json-schema.org/draft/2020-12/schema" or "http://json-schema.org/draft-07/schema#" or "http://json-schema.org/draft-07/schema";
}
