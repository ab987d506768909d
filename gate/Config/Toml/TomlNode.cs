using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace LatchGate.Config.Toml;

/// <summary>A value of a TOML document. Immutable; the subclasses below are all there are.</summary>
/// <param name="Position">Where the value starts; for a table of a header, where the header starts.</param>
public abstract record TomlNode(TomlPosition Position)
{
    /// <summary>What a message calls this value: <c>a string</c>, <c>an integer</c>, …</summary>
    public abstract string Kind { get; }
}

/// <summary>Any of the four string forms, unescaped.</summary>
public sealed record TomlString(string Value, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a string";
}

/// <summary>An integer of 64 bits.</summary>
public sealed record TomlInteger(long Value, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "an integer";
}

/// <summary>An IEEE 754 binary64 number, infinities and NaN included.</summary>
public sealed record TomlFloat(double Value, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a float";
}

/// <summary><c>true</c> or <c>false</c>.</summary>
public sealed record TomlBoolean(bool Value, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a boolean";
}

/// <summary>Which of the four date and time types.</summary>
public enum TomlDateKind
{
    /// <summary>With an offset from UTC.</summary>
    OffsetDateTime,

    /// <summary>Date and time without offset.</summary>
    LocalDateTime,

    /// <summary>Date alone.</summary>
    LocalDate,

    /// <summary>Time alone.</summary>
    LocalTime,
}

/// <summary>A date or time, checked against the calendar and kept as text.</summary>
/// <param name="Type">Which type.</param>
/// <param name="Text">As written, but always with <c>T</c> between date and time and <c>Z</c> for UTC (RFC 3339).</param>
/// <param name="Position">Where it starts.</param>
public sealed record TomlDate(TomlDateKind Type, string Text, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a date or time";
}

/// <summary>An array, or an array of tables.</summary>
public sealed record TomlArray(ImmutableArray<TomlNode> Items, TomlPosition Position) : TomlNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "an array";
}

/// <summary>One key of a table.</summary>
/// <param name="Key">The key, unquoted.</param>
/// <param name="KeyPosition">Where the key was first written.</param>
/// <param name="Value">Its value.</param>
public readonly record struct TomlEntry(string Key, TomlPosition KeyPosition, TomlNode Value);

/// <summary>A table, its entries in the order of the file.</summary>
public sealed record TomlTable : TomlNode
{
    private readonly FrozenDictionary<string, int> _index;

    internal TomlTable(ImmutableArray<TomlEntry> entries, TomlPosition position) : base(position)
    {
        Entries = entries;
        var index = new Dictionary<string, int>(entries.Length, StringComparer.Ordinal);
        for (var i = 0; i < entries.Length; i++)
        {
            index.Add(entries[i].Key, i);
        }

        _index = index.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The entries, each key once.</summary>
    public ImmutableArray<TomlEntry> Entries { get; }

    /// <inheritdoc/>
    public override string Kind => "a table";

    /// <summary>Finds a key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TomlNode? value)
    {
        value = _index.TryGetValue(key, out var at) ? Entries[at].Value : null;
        return value is not null;
    }
}
