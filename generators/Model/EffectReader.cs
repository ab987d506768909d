using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads what a verifier asks of the response as the host reads it: body, headers, the body's hash and schema.</summary>
internal sealed class EffectReader(Fields config, RequestFields requestFields, DiagnosticBag diagnostics)
{
    /// <summary>The keys of the configuration that are read here.</summary>
    public static readonly string[] Keys = ["body", "headers", "body_sha256", "body_schema"];

    private static readonly string[] HashKeys = ["equals", "equals_request", "equals_header"];

    private static readonly string[] HeaderKeys = ["name", "present", "equals", "matches", "equals_request", "when_requested"];

    /// <summary>The rules; what is faulty is left out, after a diagnostic.</summary>
    public EffectModel Read()
    {
        var body = ReadBody();
        var headers = ReadHeaders();
        var hash = config.Find("body_sha256") is { } node ? ReadHash(node) : null;
        var schema = config.Find("body_schema") switch
        {
            null => null,
            MapNode { Entries.Count: 0 } empty => Empty(empty, "body_schema"),
            MapNode map => SchemaReader.Read(map, diagnostics),
            var other => Wrong(other, "body_schema", "a schema"),
        };
        return new EffectModel(body.ToEquatableArray(), headers.ToEquatableArray(), hash, schema, requestFields.ToEquatableArray());
    }

    private List<BodyRuleModel> ReadBody()
    {
        var reader = new BodyRuleReader(requestFields, diagnostics);
        var rules = new List<ReadBodyRule>();
        foreach (var node in Items("body"))
        {
            if (reader.Read(node) is { } rule && Agrees(rule, rules))
            {
                rules.Add(rule);
            }
        }

        return [.. rules.Select(static rule => rule.Rule)];
    }

    // Two rules that cannot both hold: one for a place that another says is not there, or is no container.
    private bool Agrees(ReadBodyRule rule, List<ReadBodyRule> others)
    {
        foreach (var other in others)
        {
            if (other.Rule.Pointer == rule.Rule.Pointer)
            {
                diagnostics.Add(Descriptors.RepeatedRule, rule.Location, "body:" + rule.Rule.Pointer);
                return false;
            }

            var (upper, lower) = other.Rule.Pointer.Length < rule.Rule.Pointer.Length ? (other, rule) : (rule, other);
            if (lower.Rule.Absent || !lower.Rule.Pointer.StartsWith(upper.Rule.Pointer + "/", StringComparison.Ordinal))
            {
                continue;
            }

            if (upper.Rule.Absent || !RequestFields.Meet(upper.Types, JsonTypes.Array | JsonTypes.Object))
            {
                var reason = $"the rule for body:{other.Rule.Pointer} says that {upper.Rule.Pointer} "
                    + (upper.Rule.Absent ? "is not there" : "holds nothing");
                diagnostics.Add(Descriptors.RuleNeverHolds, rule.Location, "body:" + rule.Rule.Pointer, reason);
                return false;
            }
        }

        return true;
    }

    private List<HeaderRuleModel> ReadHeaders()
    {
        var rules = new List<HeaderRuleModel>();
        foreach (var node in Items("headers"))
        {
            if (ReadHeader(node) is not { } rule)
            {
                continue;
            }

            if (rules.Exists(other => other.Name == rule.Name))
            {
                diagnostics.Add(Descriptors.RepeatedRule, node.Location, "header:" + rule.Name);
                continue;
            }

            rules.Add(rule);
        }

        return rules;
    }

    private HeaderRuleModel? ReadHeader(Node node)
    {
        var before = diagnostics.Count;
        if (Fields.Of(node, "a header rule", diagnostics, Descriptors.UnknownKey, HeaderKeys) is not { } rule
            || Name(rule.RequireText("name"), "name") is not { } name)
        {
            return null;
        }

        var kinds = ((MapNode)node).Entries.Where(static entry => entry.Key is "present" or "equals" or "matches" or "equals_request").ToList();
        if (kinds.Count == 0)
        {
            diagnostics.Add(Descriptors.MissingKey, rule.Location, "a header rule", "present");
        }

        foreach (var extra in kinds.Skip(1))
        {
            diagnostics.Add(Descriptors.KeysExclude, extra.KeyLocation, extra.Key, $"'{kinds[0].Key}'");
        }

        diagnostics.True(rule, "present");
        var whenRequested = diagnostics.True(rule, "when_requested");
        var text = rule.Text("equals");
        if (text is not null && !IsFieldValue(text.Value))
        {
            const string form = "printable ASCII without blanks at its ends";
            diagnostics.Add(Descriptors.BadFormat, text.Location, "equals", ManifestReader.Shown(text.Value), form);
        }

        var source = rule.Text("matches");
        var pattern = source is null ? null : new SchemaKeywords((MapNode)node, diagnostics).Pattern(source, source.Value, "matches");
        string? requested = null;
        if (rule.Text("equals_request") is { } property)
        {
            requested = requestFields.Use(property, "header:" + name, JsonTypes.String, whenRequested);
        }
        else if (whenRequested)
        {
            diagnostics.Add(Descriptors.MissingKey, rule.Location, "a rule with when_requested", "equals_request");
        }

        return diagnostics.Count > before ? null : new HeaderRuleModel(name, text?.Value, pattern, requested, whenRequested);
    }

    private BodyHashModel? ReadHash(Node node)
    {
        var before = diagnostics.Count;
        if (Fields.Of(node, "body_sha256", diagnostics, Descriptors.UnknownKey, HashKeys) is not { } rule)
        {
            return null;
        }

        var entries = ((MapNode)node).Entries.Where(static entry => HashKeys.Contains(entry.Key)).ToList();
        if (entries.Count == 0)
        {
            diagnostics.Add(Descriptors.MissingKey, rule.Location, "body_sha256", "equals_request");
        }

        foreach (var extra in entries.Skip(1))
        {
            diagnostics.Add(Descriptors.KeysExclude, extra.KeyLocation, extra.Key, $"'{entries[0].Key}'");
        }

        const string prefix = "sha256:";
        var digest = rule.Text("equals");
        if (digest is not null
            && !(digest.Value.StartsWith(prefix, StringComparison.Ordinal) && Formats.IsHex(digest.Value.Substring(prefix.Length))))
        {
            const string form = "sha256: and 64 lower-case hexadecimal digits";
            diagnostics.Add(Descriptors.BadFormat, digest.Location, "equals", ManifestReader.Shown(digest.Value), form);
        }

        var property = rule.Text("equals_request");
        var requested = property is null ? null : requestFields.Use(property, "body_sha256", JsonTypes.String, whenRequested: false);
        var header = rule.Text("equals_header") is { } name ? Name(name, "equals_header") : null;
        return diagnostics.Count > before ? null : new BodyHashModel(digest?.Value.Substring(prefix.Length), requested, header);
    }

    private static bool IsFieldValue(string text) =>
        text.Length is > 0 and <= 1024 && text.Trim() == text && text.All(static c => c is >= ' ' and <= '~');

    private string? Name(TextNode? name, string key)
    {
        if (name is null || Formats.HeaderName.IsMatch(name.Value))
        {
            return name?.Value.ToLowerInvariant();
        }

        diagnostics.Add(Descriptors.BadFormat, name.Location, key, ManifestReader.Shown(name.Value), "the name of a header field");
        return null;
    }

    private IReadOnlyList<Node> Items(string key)
    {
        var list = config.List(key);
        if (list is { Items.Count: 0 })
        {
            diagnostics.Add(Descriptors.EmptyList, list.Location, key);
        }

        return list?.Items ?? [];
    }

    private SchemaDocument? Empty(MapNode map, string key)
    {
        diagnostics.Add(Descriptors.EmptyList, map.Location, key);
        return null;
    }

    private SchemaDocument? Wrong(Node node, string key, string kind)
    {
        diagnostics.Add(Descriptors.WrongKind, node.Location, key, kind, node.Kind);
        return null;
    }
}

/// <summary>Flags that say something only when they are set.</summary>
internal static class FlagExtensions
{
    /// <summary>Whether a key is there; its only value is true.</summary>
    public static bool True(this DiagnosticBag diagnostics, Fields fields, string key)
    {
        switch (fields.Find(key))
        {
            case null:
                return false;
            case BooleanNode { Value: true }:
                return true;
            case BooleanNode other:
                diagnostics.Add(Descriptors.NotOneOf, other.Location, key, "false", "true, or leave the key out");
                return false;
            case var other:
                diagnostics.Add(Descriptors.WrongKind, other.Location, key, "true", other.Kind);
                return false;
        }
    }
}
