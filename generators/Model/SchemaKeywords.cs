using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Actions.Formats;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Emit.Image;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model.Patterns;

namespace LatchGate.Generators.Model;

/// <summary>Reads the values of the keywords of one schema.</summary>
internal sealed class SchemaKeywords(MapNode map, DiagnosticBag diagnostics)
{
    private const int MaxPatternBytes = 32 * 1024;

    private static readonly string[] TypeNames = ["null", "boolean", "integer", "number", "string", "array", "object"];

    public JsonTypes Types()
    {
        var node = map.Find("type");
        var names = node switch
        {
            null => [],
            TextNode => [node],
            ListNode { Items.Count: > 0 } list => list.Items,
            _ => (IReadOnlyList<Node>)[new NullNode(node.Location)],
        };
        var types = JsonTypes.Any;
        foreach (var name in names)
        {
            var index = name is TextNode text ? Array.IndexOf(TypeNames, text.Value) : -1;
            if (index < 0)
            {
                diagnostics.Add(Descriptors.BadKeyword, name.Location, "type", $"one or more of {string.Join(", ", TypeNames)}");
            }
            else
            {
                types |= (JsonTypes)(1 << index);
            }
        }

        return types;
    }

    public ImmutableEquatableArray<JsonLiteral>? Literals(string key)
    {
        switch (map.Find(key))
        {
            case null:
                return null;
            case ListNode { Items.Count: > 0 } list:
                return list.Items.Select(Literal).ToEquatableArray();
            case var other:
                diagnostics.Add(Descriptors.BadKeyword, other.Location, key, "a list of at least one value");
                return null;
        }
    }

    /// <summary>A constant of the schema.</summary>
    public static JsonLiteral Literal(Node node) => node switch
    {
        TextNode text => new JsonLiteral(JsonTypes.String, text.Value),
        NumberNode number => new JsonLiteral(IsWhole(number.Text) ? JsonTypes.Integer : JsonTypes.Number, number.Text),
        BooleanNode => new JsonLiteral(JsonTypes.Boolean, CanonicalJson.Write(node)),
        ListNode => new JsonLiteral(JsonTypes.Array, CanonicalJson.Write(node)),
        MapNode => new JsonLiteral(JsonTypes.Object, CanonicalJson.Write(node)),
        _ => new JsonLiteral(JsonTypes.Null, "null"),
    };

    /// <summary>A count, as the draft has it: a whole number that may be written with a zero fraction.</summary>
    public long Count(string key)
    {
        if (map.Find(key) is not { } node)
        {
            return -1;
        }

        if (node is NumberNode number && decimal.TryParse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var count)
            && count == decimal.Truncate(count) && count is >= 0 and <= int.MaxValue)
        {
            return (long)count;
        }

        diagnostics.Add(Descriptors.BadKeyword, node.Location, key, "a whole number from 0 to 2147483647");
        return -1;
    }

    public string? Bound(string key)
    {
        switch (map.Find(key))
        {
            case null:
                return null;
            case NumberNode number:
                return number.Text;
            case var other:
                diagnostics.Add(Descriptors.BadKeyword, other.Location, key, "a number");
                return null;
        }
    }

    public string? Divisor()
    {
        if (Bound("multipleOf") is not { } text)
        {
            return null;
        }

        // 18 digits: the remainder is taken in 64-bit steps.
        var mantissa = text.Split('e', 'E')[0];
        if (mantissa[0] != '-' && mantissa.Any(static c => c is >= '1' and <= '9') && mantissa.Count(char.IsDigit) <= 18)
        {
            return text;
        }

        diagnostics.Add(Descriptors.BadKeyword, map.Find("multipleOf")!.Location, "multipleOf", "a number above 0 with at most 18 digits");
        return null;
    }

    public bool Flag(string key)
    {
        if (map.Find(key) is { } node and not BooleanNode)
        {
            diagnostics.Add(Descriptors.BadKeyword, node.Location, key, "true or false");
        }

        return map.Find(key) is BooleanNode { Value: true };
    }

    public ImmutableEquatableArray<string> Required() =>
        map.Find("required") is { } node ? Names(node, "required") : ImmutableEquatableArray<string>.Empty;

    /// <summary>Member names in a list.</summary>
    public ImmutableEquatableArray<string> Names(Node node, string key)
    {
        if (node is ListNode list && list.Items.All(static item => item is TextNode))
        {
            return list.Items.Select(static item => ((TextNode)item).Value).Distinct(StringComparer.Ordinal).ToEquatableArray();
        }

        diagnostics.Add(Descriptors.BadKeyword, node.Location, key, "a list of names");
        return ImmutableEquatableArray<string>.Empty;
    }

    /// <summary>The format; an unknown one is an error, for nothing would check it.</summary>
    public TextFormat Format()
    {
        if (map.Find("format") is not { } node)
        {
            return TextFormat.None;
        }

        var format = TextFormats.Of((node as TextNode)?.Value ?? "");
        if (format == TextFormat.None)
        {
            diagnostics.Add(Descriptors.BadKeyword, node.Location, "format", "one of " + string.Join(", ", TextFormats.Names.ToArray()));
        }

        return format;
    }

    /// <summary>A pattern's automaton; null after a diagnostic.</summary>
    public DfaModel? Pattern(Node node, string? source, string key)
    {
        if (source is null)
        {
            diagnostics.Add(Descriptors.BadKeyword, node.Location, key, "a regular expression");
            return null;
        }

        try
        {
            var dfa = DfaBuilder.Build(source, PatternParser.Parse(source));
            var bytes = PatternWriter.Write(dfa).Length;
            return bytes <= MaxPatternBytes
                ? dfa
                : throw new PatternException($"its tables would take {bytes.ToString(CultureInfo.InvariantCulture)} bytes of at most {MaxPatternBytes}");
        }
        catch (PatternException exception)
        {
            diagnostics.Add(Descriptors.BadPattern, node.Location, exception.Message);
            return null;
        }
    }

    private static bool IsWhole(string number) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value == decimal.Truncate(value);
}
