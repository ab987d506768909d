using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using LatchGate.Actions.Formats;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model.Patterns;

namespace LatchGate.Generators.Model;

/// <summary>Whether a value of a manifest fits a schema of it: asked of defaults when the gate is built.</summary>
internal sealed class SchemaCheck
{
    private readonly SchemaDocument _document;

    private SchemaCheck(SchemaDocument document) => _document = document;

    /// <summary>Whether it does.</summary>
    public static bool Holds(SchemaDocument document, int schema, Node value) => new SchemaCheck(document).Holds(schema, value);

    private bool Holds(int index, Node value)
    {
        var model = _document.Nodes[index];
        return model.Always != false && IsOfType(model.Types, value) && IsListed(model, value) && InPlace(model, value) && value switch
        {
            TextNode text => HoldsText(model, text.Value),
            NumberNode number => HoldsNumber(model, ExactNumber.Parse(number.Text)),
            ListNode list => HoldsList(model, list.Items),
            MapNode map => HoldsMap(model, map),
            _ => true,
        };
    }

    private static bool IsOfType(JsonTypes types, Node value) => types == JsonTypes.Any || value switch
    {
        TextNode => types.HasFlag(JsonTypes.String),
        NumberNode number => types.HasFlag(JsonTypes.Number)
            || (types.HasFlag(JsonTypes.Integer) && ExactNumber.Parse(number.Text).IsWhole),
        BooleanNode => types.HasFlag(JsonTypes.Boolean),
        ListNode => types.HasFlag(JsonTypes.Array),
        MapNode => types.HasFlag(JsonTypes.Object),
        _ => types.HasFlag(JsonTypes.Null),
    };

    private static bool IsListed(SchemaModel model, Node value) =>
        (model.Const is not { } constant || IsEqual(constant, value))
        && (model.Enum is not { } values || values.Any(literal => IsEqual(literal, value)));

    private static bool IsEqual(JsonLiteral literal, Node value) => value switch
    {
        TextNode text => literal.Type == JsonTypes.String && literal.Text == text.Value,
        NumberNode number => literal.Type is JsonTypes.Integer or JsonTypes.Number
            && ExactNumber.Parse(literal.Text).CompareTo(ExactNumber.Parse(number.Text)) == 0,
        _ => literal.Type != JsonTypes.String && literal.Text == CanonicalJson.Write(value),
    };

    private bool InPlace(SchemaModel model, Node value) =>
        (model.Reference < 0 || Holds(model.Reference, value))
        && model.AllOf.Schemas.All(schema => Holds(schema, value))
        && (model.AnyOf.Schemas.Count == 0 || model.AnyOf.Schemas.Any(schema => Holds(schema, value)))
        && (model.OneOf.Schemas.Count == 0 || model.OneOf.Schemas.Count(schema => Holds(schema, value)) == 1)
        && (model.Not < 0 || !Holds(model.Not, value))
        && (model.If < 0 || ((Holds(model.If, value) ? model.Then : model.Else) is var branch && (branch < 0 || Holds(branch, value))));

    private static bool HoldsText(SchemaModel model, string text)
    {
        var length = text.Length - text.Count(char.IsLowSurrogate);
        return length >= model.MinLength && (model.MaxLength < 0 || length <= model.MaxLength)
            && (model.Pattern is not { } pattern || DfaRun.Matches(pattern, text))
            && TextFormats.Holds(model.Format, Encoding.UTF8.GetBytes(text));
    }

    private static bool HoldsNumber(SchemaModel model, ExactNumber number)
    {
        return Compare(model.Minimum, static order => order >= 0) && Compare(model.Maximum, static order => order <= 0)
            && Compare(model.ExclusiveMinimum, static order => order > 0) && Compare(model.ExclusiveMaximum, static order => order < 0)
            && (model.MultipleOf is not { } divisor || number.IsMultipleOf(ExactNumber.Parse(divisor)));

        bool Compare(string? bound, Func<int, bool> holds) => bound is null || holds(number.CompareTo(ExactNumber.Parse(bound)));
    }

    private bool HoldsList(SchemaModel model, IReadOnlyList<Node> items)
    {
        var prefix = model.PrefixItems.Schemas;
        var contained = model.Contains < 0 ? 0 : items.Count(item => Holds(model.Contains, item));
        return items.Count >= model.MinItems && (model.MaxItems < 0 || items.Count <= model.MaxItems)
            && (!model.UniqueItems || items.Select(CanonicalJson.Write).Distinct(StringComparer.Ordinal).Count() == items.Count)
            && items.Take(prefix.Count).Select((item, i) => Holds(prefix[i], item)).All(static holds => holds)
            && (model.Items < 0 || items.Skip(prefix.Count).All(item => Holds(model.Items, item)))
            && (model.Contains < 0 || contained >= (model.MinContains < 0 ? 1 : model.MinContains))
            && (model.Contains < 0 || model.MaxContains < 0 || contained <= model.MaxContains);
    }

    private bool HoldsMap(SchemaModel model, MapNode map) =>
        map.Entries.Count >= model.MinProperties && (model.MaxProperties < 0 || map.Entries.Count <= model.MaxProperties)
        && model.Required.All(name => map.Find(name) is not null)
        && model.DependentRequired.All(dependent => map.Find(dependent.Name) is null || dependent.Required.All(name => map.Find(name) is not null))
        && model.DependentSchemas.All(dependent => map.Find(dependent.Name) is null || Holds(dependent.Schema, map))
        && map.Entries.All(entry => HoldsEntry(model, entry));

    private bool HoldsEntry(SchemaModel model, MapEntry entry)
    {
        var schemas = model.Properties.Where(property => property.Name == entry.Key).Select(static property => property.Schema)
            .Concat(model.PatternProperties.Where(pair => DfaRun.Matches(pair.Pattern, entry.Key)).Select(static pair => pair.Schema)).ToList();
        return (model.PropertyNames < 0 || Holds(model.PropertyNames, new TextNode(entry.KeyLocation, entry.Key)))
            && (schemas.Count > 0
                ? schemas.TrueForAll(schema => Holds(schema, entry.Value))
                : model.AdditionalProperties < 0 || Holds(model.AdditionalProperties, entry.Value));
    }
}
