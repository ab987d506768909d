using System.Collections.Generic;
using LatchGate.Generators.Diagnostics;

namespace LatchGate.Generators.Manifest;

/// <summary>A JSON value with its place in the YAML or JSON file that it was read from.</summary>
internal abstract class Node(LocationInfo location)
{
    /// <summary>Where the value begins.</summary>
    public LocationInfo Location { get; } = location;

    /// <summary>What a message calls this kind of value.</summary>
    public abstract string Kind { get; }
}

/// <summary>An object; keys are unique and keep their order.</summary>
internal sealed class MapNode(LocationInfo location, List<MapEntry> entries) : Node(location)
{
    public IReadOnlyList<MapEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";

    /// <summary>The value of <paramref name="key"/>, or null.</summary>
    public Node? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }
}

/// <summary>One member of an object.</summary>
internal sealed record MapEntry(string Key, LocationInfo KeyLocation, Node Value);

/// <summary>An array.</summary>
internal sealed class ListNode(LocationInfo location, List<Node> items) : Node(location)
{
    public IReadOnlyList<Node> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>A string.</summary>
internal sealed class TextNode(LocationInfo location, string value) : Node(location)
{
    public string Value { get; } = value;

    public override string Kind => "a string";
}

/// <summary>A number, as it is written: the grammar is JSON's.</summary>
internal sealed class NumberNode(LocationInfo location, string text) : Node(location)
{
    public string Text { get; } = text;

    public override string Kind => "a number";
}

/// <summary>A boolean.</summary>
internal sealed class BooleanNode(LocationInfo location, bool value) : Node(location)
{
    public bool Value { get; } = value;

    public override string Kind => "a boolean";
}

/// <summary>Null.</summary>
internal sealed class NullNode(LocationInfo location) : Node(location)
{
    public override string Kind => "null";
}
