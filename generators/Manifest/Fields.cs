using System;
using System.Collections.Generic;
using System.Globalization;
using LatchGate.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Manifest;

/// <summary>A mapping with a closed set of keys: an unknown key is a diagnostic that names the nearest known one.</summary>
internal sealed class Fields
{
    // Keys that other gates have, and what there is instead.
    private static readonly Dictionary<string, string> Foreign = new(StringComparer.Ordinal)
    {
        ["database_config"] = "No host interface carries a database; reach one over HTTP, for example through PostgREST",
        ["category"] = "What an action touches follows from fs and egress; labels for people are tags",
        ["pool_size"] = "The gate keeps connections by itself",
    };

    private readonly MapNode _map;
    private readonly DiagnosticBag _diagnostics;

    private Fields(MapNode map, string name, DiagnosticBag diagnostics)
    {
        _map = map;
        Name = name;
        _diagnostics = diagnostics;
    }

    /// <summary>What messages call the mapping.</summary>
    public string Name { get; }

    /// <summary>Where the mapping begins.</summary>
    public LocationInfo Location => _map.Location;

    /// <summary>Takes <paramref name="node"/> as a mapping with the given keys; null after a diagnostic.</summary>
    public static Fields? Of(Node node, string name, DiagnosticBag diagnostics, DiagnosticDescriptor unknownKey, params string[] keys)
    {
        if (node is not MapNode map)
        {
            diagnostics.Add(Descriptors.WrongKind, node.Location, name, "a mapping", node.Kind);
            return null;
        }

        foreach (var entry in map.Entries)
        {
            if (Array.IndexOf(keys, entry.Key) < 0)
            {
                diagnostics.Add(unknownKey, entry.KeyLocation, entry.Key, name, Foreign.TryGetValue(entry.Key, out var instead) ? instead : Nearest.Hint(entry.Key, keys));
            }
        }

        return new Fields(map, name, diagnostics);
    }

    /// <summary>The value of a key, or null.</summary>
    public Node? Find(string key) => _map.Find(key);

    /// <summary>The value of a key; null after a diagnostic.</summary>
    public Node? Require(string key)
    {
        var node = Find(key);
        if (node is null)
        {
            _diagnostics.Add(Descriptors.MissingKey, Location, Name, key);
        }

        return node;
    }

    /// <summary>The string of a key that must be there; null after a diagnostic.</summary>
    public TextNode? RequireText(string key) => Require(key) is { } node ? AsText(node, key) : null;

    /// <summary>The string of a key; null when it is absent or after a diagnostic.</summary>
    public TextNode? Text(string key) => Find(key) is { } node ? AsText(node, key) : null;

    /// <summary>The whole number of a key, or the default.</summary>
    public long Whole(string key, long minimum, long maximum, long fallback)
    {
        switch (Find(key))
        {
            case null:
                return fallback;
            case NumberNode number:
                if (long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                    && value >= minimum && value <= maximum)
                {
                    return value;
                }

                _diagnostics.Add(
                    Descriptors.OutOfRange,
                    number.Location,
                    key,
                    minimum.ToString(CultureInfo.InvariantCulture),
                    maximum.ToString(CultureInfo.InvariantCulture),
                    number.Text);
                return fallback;
            case var other:
                _diagnostics.Add(Descriptors.WrongKind, other.Location, key, "a whole number", other.Kind);
                return fallback;
        }
    }

    /// <summary>The boolean of a key, or the default.</summary>
    public bool Flag(string key, bool fallback)
    {
        switch (Find(key))
        {
            case null:
                return fallback;
            case BooleanNode flag:
                return flag.Value;
            case var other:
                _diagnostics.Add(Descriptors.WrongKind, other.Location, key, "true or false", other.Kind);
                return fallback;
        }
    }

    /// <summary>The strings of a key; null when it is absent or after a diagnostic.</summary>
    public List<TextNode>? Texts(string key)
    {
        if (List(key) is not { } list)
        {
            return null;
        }

        var texts = new List<TextNode>();
        foreach (var item in list.Items)
        {
            if (AsText(item, key) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>The list of a key; null when it is absent or after a diagnostic.</summary>
    public ListNode? List(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case ListNode list:
                return list;
            case var other:
                _diagnostics.Add(Descriptors.WrongKind, other.Location, key, "a list", other.Kind);
                return null;
        }
    }

    private TextNode? AsText(Node node, string key)
    {
        if (node is TextNode text)
        {
            return text;
        }

        _diagnostics.Add(Descriptors.WrongKind, node.Location, key, "a string", node.Kind);
        return null;
    }
}
