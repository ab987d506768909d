using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Reads the supported part of JSON Schema (draft 2020-12, or 7) into a flat list. A keyword that is not supported is an error, never
/// ignored: ignoring it would let through what the author forbids.
/// </summary>
internal sealed class SchemaReader
{
    private const int MaxNodes = 2_000;

    private readonly Node _root;
    private readonly DiagnosticBag _diagnostics;
    private readonly SchemaDialect _dialect;
    private readonly SchemaReferences _references;
    private readonly List<SchemaModel> _models = [];
    private readonly Dictionary<Node, int> _indexes = [];

    private SchemaReader(Node root, DiagnosticBag diagnostics)
    {
        _root = root;
        _diagnostics = diagnostics;
        _dialect = SchemaDialect.Of(root);
        _references = new SchemaReferences(root, _dialect);
    }

    /// <summary>The schema; null after a diagnostic.</summary>
    public static SchemaDocument? Read(Node root, DiagnosticBag diagnostics)
    {
        var before = diagnostics.Count;
        var reader = new SchemaReader(root, diagnostics);
        reader.Add(root);
        if (diagnostics.Count == before && SchemaLoops.Find(reader._models) is var loop and >= 0)
        {
            diagnostics.Add(Descriptors.EndlessSchema, reader._indexes.First(pair => pair.Value == loop).Key.Location);
        }

        if (diagnostics.Count > before)
        {
            return null;
        }

        var document = new SchemaDocument(reader._models.ToEquatableArray(), CanonicalJson.Write(root));
        if (HasHalfSurrogate(document.Json))
        {
            diagnostics.Add(
                Descriptors.BadKeyword, root.Location, "schema", "well-formed Unicode; a text in it holds half of a surrogate pair");
        }

        reader.CheckDefaults(document);
        SchemaContradictions.Report(document, reader._indexes, diagnostics);
        return diagnostics.Count > before ? null : document;
    }

    // A default stands in for a value, so it must be one that the caller may send.
    private void CheckDefaults(SchemaDocument document)
    {
        foreach (var pair in _indexes)
        {
            if (pair.Key is MapNode map && map.Find("default") is { } fallback && !SchemaCheck.Holds(document, pair.Value, fallback))
            {
                _diagnostics.Add(Descriptors.BadDefault, fallback.Location);
            }
        }
    }

    private static bool HasHalfSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
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
        var bound = _dialect.IsDraft7 && map.Find("$ref") is not null;
        foreach (var entry in map.Entries)
        {
            if (Array.IndexOf(_dialect.Supported, entry.Key) >= 0)
            {
                if (bound && entry.Key != "$ref")
                {
                    _diagnostics.Add(
                        Descriptors.UnsupportedKeyword, entry.KeyLocation, entry.Key, "Draft 7 ignores what stands beside $ref; put both below allOf");
                }
            }
            else if (Array.IndexOf(_dialect.Annotations, entry.Key) < 0)
            {
                _diagnostics.Add(Descriptors.UnsupportedKeyword, entry.KeyLocation, entry.Key, Nearest.Hint(entry.Key, _dialect.Supported));
            }
            else
            {
                CheckAnnotation(map, entry);
            }
        }
    }

    private void CheckAnnotation(MapNode map, MapEntry entry)
    {
        switch (entry.Key)
        {
            case "$schema" when !ReferenceEquals(map, _root) || entry.Value is not TextNode draft || !SchemaDialect.IsKnown(draft.Value):
                _diagnostics.Add(
                    Descriptors.BadKeyword,
                    entry.Value.Location,
                    "$schema",
                    "https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#, at the top");
                break;
            case "$id" or "$anchor" when entry.Value is not TextNode:
                _diagnostics.Add(Descriptors.BadKeyword, entry.Value.Location, entry.Key, "a string");
                break;
            case "$defs" or "definitions":
                // A definition that nothing refers to is checked too: it is where the next edit will refer.
                foreach (var definition in Named(map, entry.Key))
                {
                    Add(definition.Value);
                }

                break;
        }
    }

    private SchemaModel ReadMap(MapNode map)
    {
        var reference = map.Find("$ref") is { } named ? Reference(map, named) : -1;
        if (reference >= 0 && _dialect.IsDraft7)
        {
            return new SchemaModel { Reference = reference };
        }

        var keywords = new SchemaKeywords(map, _diagnostics);
        var hasIf = map.Find("if") is not null;
        var listed = _dialect.IsDraft7 && map.Find("items") is ListNode;
        return new SchemaModel
        {
            Types = keywords.Types(),
            Enum = keywords.Literals("enum"),
            Const = map.Find("const") is { } constant ? SchemaKeywords.Literal(constant) : null,
            Default = map.Find("default") is { } fallback ? SchemaKeywords.Literal(fallback) : null,
            MinLength = keywords.Count("minLength"),
            MaxLength = keywords.Count("maxLength"),
            Pattern = map.Find("pattern") is { } pattern ? keywords.Pattern(pattern, (pattern as TextNode)?.Value, "pattern") : null,
            Format = keywords.Format(),
            Minimum = keywords.Bound("minimum"),
            Maximum = keywords.Bound("maximum"),
            ExclusiveMinimum = keywords.Bound("exclusiveMinimum"),
            ExclusiveMaximum = keywords.Bound("exclusiveMaximum"),
            MultipleOf = keywords.Divisor(),
            MinItems = keywords.Count("minItems"),
            MaxItems = keywords.Count("maxItems"),
            UniqueItems = keywords.Flag("uniqueItems"),
            PrefixItems = Group(map, listed ? "items" : "prefixItems"),
            Items = One(map, listed ? "additionalItems" : "items"),
            Contains = One(map, "contains"),
            MinContains = keywords.Count("minContains"),
            MaxContains = keywords.Count("maxContains"),
            MinProperties = keywords.Count("minProperties"),
            MaxProperties = keywords.Count("maxProperties"),
            Required = keywords.Required(),
            Properties = Named(map, "properties").Select(entry => new PropertyModel(entry.Key, Add(entry.Value))).ToEquatableArray(),
            PatternProperties = PatternProperties(map, keywords),
            AdditionalProperties = One(map, "additionalProperties"),
            PropertyNames = One(map, "propertyNames"),
            DependentRequired = DependentRequired(map, keywords),
            DependentSchemas = DependentSchemas(map),
            AllOf = Group(map, "allOf"),
            AnyOf = Group(map, "anyOf"),
            OneOf = Group(map, "oneOf"),
            Not = One(map, "not"),
            If = One(map, "if"),
            Then = hasIf ? One(map, "then") : -1,
            Else = hasIf ? One(map, "else") : -1,
            Reference = reference,
        };
    }

    // "dependencies" was both until 2019.
    private ImmutableEquatableArray<DependentModel> DependentRequired(MapNode map, SchemaKeywords keywords) =>
        Named(map, "dependentRequired").Select(entry => new DependentModel(entry.Key, keywords.Names(entry.Value, "dependentRequired")))
            .Concat(Named(map, "dependencies").Where(static entry => entry.Value is ListNode)
                .Select(entry => new DependentModel(entry.Key, keywords.Names(entry.Value, "dependencies"))))
            .ToEquatableArray();

    private ImmutableEquatableArray<PropertyModel> DependentSchemas(MapNode map) =>
        Named(map, "dependentSchemas").Concat(Named(map, "dependencies").Where(static entry => entry.Value is not ListNode))
            .Select(entry => new PropertyModel(entry.Key, Add(entry.Value))).ToEquatableArray();

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
            _diagnostics.Add(
                Descriptors.BadKeyword, node.Location, key, "one schema; a list belongs to prefixItems (draft 7 has it here: say so in $schema)");
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
            case ListNode when key == "items":
                return SchemaGroup.None;
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

    private int Reference(MapNode map, Node node)
    {
        if (node is TextNode text && _references.Find(map, text.Value) is { } target)
        {
            return Add(target);
        }

        _diagnostics.Add(Descriptors.BadReference, node.Location, node is TextNode named ? ManifestReader.Shown(named.Value) : node.Kind);
        return -1;
    }
}
