using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Reads one rule on a place of the response body. What the value itself must be is compiled as a schema: a rule is a few of its keywords
/// under names that say what is checked.
/// </summary>
/// <remarks>
/// <code>
/// pointer: /id             RFC 6901; "" is the whole body. The place must be there, whatever else the rule says
///   absent: true           … or must not be there; goes with nothing else
///   type: string           string, integer, number, boolean, array, object, null
///   equals: VALUE          exactly this, with its type
///   one_of: [VALUE, …]     one of these
///   equals_request: NAME   the value of that property of the request, with its type
///   when_requested: true   … of requests that have it
///   min: 1   max: 9        bounds of a number, inclusive
///   matches: "^[0-9]+$"    a pattern that is found in a string
///   non_empty: true        at least one character, item or member
/// </code>
/// </remarks>
internal sealed class BodyRuleReader(RequestFields requestFields, DiagnosticBag diagnostics)
{
    private const JsonTypes Countable = JsonTypes.String | JsonTypes.Array | JsonTypes.Object;

    private static readonly string[] Keys =
        ["pointer", "type", "equals", "one_of", "equals_request", "when_requested", "min", "max", "matches", "non_empty", "absent"];

    private static readonly string[] TypeNames = ["null", "boolean", "integer", "number", "string", "array", "object"];

    // What fixes the value leaves the other keys nothing to say.
    private static readonly string[] Bounds = ["min", "max", "matches", "non_empty"];

    /// <summary>The rule, and the types that it leaves; null after a diagnostic.</summary>
    public ReadBodyRule? Read(Node node)
    {
        var before = diagnostics.Count;
        if (Fields.Of(node, "a body rule", diagnostics, Descriptors.UnknownKey, Keys) is not { } rule
            || rule.RequireText("pointer") is not { } pointer)
        {
            return null;
        }

        if (pointer.Value.Length > 0 && !Formats.JsonPointer.IsMatch(pointer.Value))
        {
            const string form = "a JSON pointer such as /data/id, or \"\" for the whole body";
            diagnostics.Add(Descriptors.BadFormat, pointer.Location, "pointer", ManifestReader.Shown(pointer.Value), form);
            return null;
        }

        var what = "body:" + pointer.Value;
        var absent = diagnostics.True(rule, "absent");
        var whenRequested = diagnostics.True(rule, "when_requested");
        CheckPairs((MapNode)node, absent);
        if (diagnostics.Count > before || Types(rule, what) is not { } types || diagnostics.Count > before)
        {
            return null;
        }

        string? requested = null;
        if (rule.Text("equals_request") is { } name)
        {
            requested = requestFields.Use(name, what, types, whenRequested);
        }
        else if (whenRequested)
        {
            diagnostics.Add(Descriptors.MissingKey, rule.Location, "a rule with when_requested", "equals_request");
        }

        var schema = Schema(rule, types);
        var check = schema.Entries.Count == 0 ? null : SchemaReader.Read(schema, diagnostics);
        return diagnostics.Count > before
            ? null
            : new ReadBodyRule(new BodyRuleModel(pointer.Value, check, requested, absent, whenRequested), types, pointer.Location);
    }

    private void CheckPairs(MapNode rule, bool absent)
    {
        var fixes = rule.Entries.Where(static entry => entry.Key is "equals" or "one_of" or "equals_request").ToList();
        foreach (var entry in rule.Entries.Where(static entry => entry.Key != "pointer"))
        {
            if (absent && entry.Key != "absent")
            {
                diagnostics.Add(Descriptors.KeysExclude, entry.KeyLocation, entry.Key, "'absent'");
            }
            else if (fixes.Count > 1 && entry != fixes[0] && fixes.Contains(entry))
            {
                diagnostics.Add(Descriptors.KeysExclude, entry.KeyLocation, entry.Key, $"'{fixes[0].Key}'");
            }
            else if (fixes.Count > 0 && fixes[0].Key != "equals_request" && Bounds.Contains(entry.Key))
            {
                diagnostics.Add(Descriptors.KeysExclude, entry.KeyLocation, entry.Key, $"'{fixes[0].Key}'");
            }
        }
    }

    // The types that all keys together leave; null after a diagnostic.
    private JsonTypes? Types(Fields rule, string what)
    {
        var types = JsonTypes.Any;
        if (rule.Find("type") is { } type)
        {
            // A plain null in YAML is null itself.
            var index = type is NullNode ? 0 : type is TextNode text ? Array.IndexOf(TypeNames, text.Value) : -1;
            if (index < 0)
            {
                var shown = type is TextNode named ? ManifestReader.Shown(named.Value) : type.Kind;
                diagnostics.Add(Descriptors.NotOneOf, type.Location, "type", shown, string.Join(", ", TypeNames));
                return null;
            }

            types = (JsonTypes)(1 << index);
        }

        if (rule.Find("equals") is { } value)
        {
            if (!Holds(types, SchemaKeywords.Literal(value).Type))
            {
                diagnostics.Add(Descriptors.RuleNeverHolds, value.Location, what, $"the value is {value.Kind}, and type says {Name(types)}");
                return null;
            }

            types = SchemaKeywords.Literal(value).Type;
        }

        if (rule.List("one_of") is { } list)
        {
            if (list.Items.Count == 0)
            {
                diagnostics.Add(Descriptors.EmptyList, list.Location, "one_of");
                return null;
            }

            foreach (var item in list.Items)
            {
                if (!Holds(types, SchemaKeywords.Literal(item).Type))
                {
                    diagnostics.Add(Descriptors.RuleNeverHolds, item.Location, what, $"this value is {item.Kind}, and type says {Name(types)}");
                    return null;
                }
            }
        }

        foreach (var key in new[] { "min", "max" })
        {
            if (rule.Find(key) is { } bound && (!Is<NumberNode>(bound, key, "a number") || !Narrow(bound, JsonTypes.Number, key + " is for")))
            {
                return null;
            }
        }

        if (rule.Find("matches") is { } pattern
            && (!Is<TextNode>(pattern, "matches", "a regular expression") || !Narrow(pattern, JsonTypes.String, "matches is for")))
        {
            return null;
        }

        if (diagnostics.True(rule, "non_empty") && !Narrow(rule.Find("non_empty")!, Countable, "non_empty is for"))
        {
            return null;
        }

        if (rule.Find("min") is NumberNode least && rule.Find("max") is NumberNode most && Parse(least) > Parse(most))
        {
            diagnostics.Add(Descriptors.RuleNeverHolds, most.Location, what, "max is below min");
            return null;
        }

        return types;

        bool Narrow(Node at, JsonTypes allowed, string key)
        {
            if (!RequestFields.Meet(types, allowed))
            {
                var reason = $"{key} {Name(allowed)}, and what stands before it says {Name(types)}";
                diagnostics.Add(Descriptors.RuleNeverHolds, at.Location, what, reason);
                return false;
            }

            types = types == JsonTypes.Any ? allowed : (types & allowed) is var left and not JsonTypes.Any ? left : types;
            return true;
        }
    }

    // A literal that is a number without fraction is an integer, and no other number is.
    private static bool Holds(JsonTypes types, JsonTypes literal) =>
        types == JsonTypes.Any || (types & literal) != 0 || (literal == JsonTypes.Integer && types.HasFlag(JsonTypes.Number));

    private bool Is<T>(Node node, string key, string kind)
        where T : Node
    {
        if (node is T)
        {
            return true;
        }

        diagnostics.Add(Descriptors.WrongKind, node.Location, key, kind, node.Kind);
        return false;
    }

    private static MapNode Schema(Fields rule, JsonTypes types)
    {
        var entries = new List<MapEntry>();
        Copy("equals", "const");
        Copy("one_of", "enum");
        Copy("min", "minimum");
        Copy("max", "maximum");
        Copy("matches", "pattern");
        if (rule.Find("non_empty") is { } flag)
        {
            var one = new NumberNode(flag.Location, "1");
            foreach (var keyword in new[] { "minLength", "minItems", "minProperties" })
            {
                entries.Add(new MapEntry(keyword, flag.Location, one));
            }
        }

        // A bound of a number says nothing of a string, in a schema.
        if (types != JsonTypes.Any && rule.Find("equals") is null && rule.Find("one_of") is null)
        {
            var names = TypeNames.Where((_, index) => types.HasFlag((JsonTypes)(1 << index))).Select(name => new TextNode(rule.Location, name));
            entries.Add(new MapEntry("type", rule.Location, new ListNode(rule.Location, [.. names])));
        }

        return new MapNode(rule.Location, entries);

        void Copy(string key, string keyword)
        {
            if (rule.Find(key) is { } node)
            {
                entries.Add(new MapEntry(keyword, node.Location, node));
            }
        }
    }

    private static double Parse(NumberNode number) => double.Parse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Name(JsonTypes types) => types.ToString().ToLowerInvariant().Replace(", ", " or ");
}

/// <summary>A rule as read, with the types that the value can still have.</summary>
internal sealed record ReadBodyRule(BodyRuleModel Rule, JsonTypes Types, LocationInfo Location);
