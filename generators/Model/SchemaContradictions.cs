using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model.Patterns;

namespace LatchGate.Generators.Model;

/// <summary>Finds keywords of a schema that contradict one another: with them a gate would start, and refuse each call.</summary>
internal sealed class SchemaContradictions
{
    private readonly SchemaDocument _document;
    private readonly IReadOnlyDictionary<Node, int> _indexes;
    private readonly DiagnosticBag _diagnostics;

    private SchemaContradictions(SchemaDocument document, IReadOnlyDictionary<Node, int> indexes, DiagnosticBag diagnostics)
    {
        _document = document;
        _indexes = indexes;
        _diagnostics = diagnostics;
    }

    /// <summary>Reports them.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="indexes">Its parts as they were written, and where each of them is in the schema.</param>
    /// <param name="diagnostics">Where they are reported.</param>
    public static void Report(SchemaDocument document, IReadOnlyDictionary<Node, int> indexes, DiagnosticBag diagnostics)
    {
        var reader = new SchemaContradictions(document, indexes, diagnostics);
        foreach (var part in indexes)
        {
            if (part.Key is MapNode map)
            {
                reader.Read(map, document.Nodes[part.Value], part.Value);
            }
        }
    }

    private void Read(MapNode map, SchemaModel model, int index)
    {
        Bounds(map, "minLength", model.MinLength, "maxLength", model.MaxLength);
        Bounds(map, "minItems", model.MinItems, "maxItems", model.MaxItems);
        Bounds(map, "minProperties", model.MinProperties, "maxProperties", model.MaxProperties);
        Numbers(map, "minimum", model.Minimum, "maximum", model.Maximum, mayMeet: true);
        Numbers(map, "exclusiveMinimum", model.ExclusiveMinimum, "maximum", model.Maximum, mayMeet: false);
        Numbers(map, "minimum", model.Minimum, "exclusiveMaximum", model.ExclusiveMaximum, mayMeet: false);
        Numbers(map, "exclusiveMinimum", model.ExclusiveMinimum, "exclusiveMaximum", model.ExclusiveMaximum, mayMeet: false);
        if (map.Find("enum") is ListNode values && !values.Items.Any(value => SchemaCheck.Holds(_document, index, value)))
        {
            Bad(values, "none of the values of enum fits what else the schema says");
        }

        if (map.Find("const") is { } constant && !SchemaCheck.Holds(_document, index, constant))
        {
            Bad(constant, "const does not fit what else the schema says");
        }

        if (IsClosed(model))
        {
            Names(map, model);
        }
    }

    private void Bounds(MapNode map, string least, long from, string most, long to)
    {
        if (from >= 0 && to >= 0 && from > to)
        {
            Bad(map.Find(least)!, $"{least} is above {most}");
        }
    }

    private void Numbers(MapNode map, string least, string? from, string most, string? to, bool mayMeet)
    {
        if (from is not null && to is not null && ExactNumber.Parse(from).CompareTo(ExactNumber.Parse(to)) is var order && (order > 0 || (order == 0 && !mayMeet)))
        {
            Bad(map.Find(least)!, $"{least} leaves nothing below {most}");
        }
    }

    // Whether the object takes the listed names alone.
    private bool IsClosed(SchemaModel model) => model.AdditionalProperties >= 0 && _document.Nodes[model.AdditionalProperties].Always == false;

    // Those of the branches too: a branch that asks for a name which the object cannot have is never taken, or refuses whatever comes to it.
    private void Names(MapNode map, SchemaModel closed)
    {
        foreach (var name in ((map.Find("required") as ListNode)?.Items ?? []).OfType<TextNode>().Where(name => !CanHave(closed, name.Value)))
        {
            var hint = Nearest.Hint(name.Value, [.. closed.Properties.Select(static property => property.Name)]);
            Bad(name, $"'{name.Value}' is required, and additionalProperties: false forbids it. {hint}");
        }

        foreach (var branch in Branches(map))
        {
            // A branch that is closed itself is read for itself.
            if (_indexes.TryGetValue(branch, out var index) && !IsClosed(_document.Nodes[index]))
            {
                Names(branch, closed);
            }
        }
    }

    private bool CanHave(SchemaModel closed, string name) =>
        closed.Properties.FirstOrDefault(property => property.Name == name) is { } property
            ? _document.Nodes[property.Schema].Always != false
            : closed.PatternProperties.Any(pair => DfaRun.Matches(pair.Pattern, name));

    private static IEnumerable<MapNode> Branches(MapNode map) =>
        new[] { "allOf", "anyOf", "oneOf" }.SelectMany(key => (map.Find(key) as ListNode)?.Items ?? [])
            .Concat(new[] { "then", "else" }.Select(map.Find).OfType<Node>())
            .OfType<MapNode>();

    private void Bad(Node at, string fault) => _diagnostics.Add(Descriptors.Contradiction, at.Location, fault);
}
