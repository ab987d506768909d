using System.Collections.Immutable;

namespace LatchGate.Config.Toml;

/// <summary>How a table came to be, which decides what may be added to it.</summary>
internal enum TableOrigin
{
    /// <summary>Named only on the way to another table; its own header may still come.</summary>
    Implied,

    /// <summary>Has its header, or is an inline table being read; may not be defined again.</summary>
    Header,

    /// <summary>Made by a dotted key; headers may add tables below it, but not name it.</summary>
    DottedKey,
}

/// <summary>
/// A table while the document is read. TOML 1.0: a key is defined once, a table is defined once, and values written in full
/// (arrays, inline tables) are closed.
/// </summary>
internal sealed class TableDraft(TableOrigin origin, TomlPosition position)
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly List<KeyPart> _order = [];
    private TableOrigin _origin = origin;
    private TomlPosition _position = position;

    /// <summary><c>[path]</c>.</summary>
    internal TableDraft DefineTable(List<KeyPart> path, TomlPosition header)
    {
        var parent = Walk(path);
        var name = path[^1];
        switch (parent._values.GetValueOrDefault(name.Name))
        {
            case null:
                return parent.Add(name, new TableDraft(TableOrigin.Header, header));
            case TableDraft { _origin: TableOrigin.Implied } implied:
                implied._origin = TableOrigin.Header;
                implied._position = header;
                return implied;
            default:
                throw Duplicate(name, "is already defined");
        }
    }

    /// <summary><c>[[path]]</c>.</summary>
    internal TableDraft AppendToArray(List<KeyPart> path, TomlPosition header)
    {
        var parent = Walk(path);
        var name = path[^1];
        var item = new TableDraft(TableOrigin.Header, header);
        switch (parent._values.GetValueOrDefault(name.Name))
        {
            case null:
                parent.Add(name, new ArrayDraft(header, [item]));
                return item;
            case ArrayDraft array:
                array.Items.Add(item);
                return item;
            default:
                throw Duplicate(name, "is already defined, and not as an array of tables");
        }
    }

    /// <summary><c>path = value</c>.</summary>
    internal void DefineValue(List<KeyPart> path, TomlNode value)
    {
        var table = this;
        for (var i = 0; i < path.Count - 1; i++)
        {
            table = table._values.GetValueOrDefault(path[i].Name) switch
            {
                null => table.Add(path[i], new TableDraft(TableOrigin.DottedKey, path[i].Position)),
                TableDraft { _origin: TableOrigin.DottedKey } dotted => dotted,
                _ => throw Duplicate(path[i], "is already defined, and a dotted key cannot add to it"),
            };
        }

        if (table._values.ContainsKey(path[^1].Name))
        {
            throw Duplicate(path[^1], "is already defined");
        }

        table.Add(path[^1], value);
    }

    /// <summary>The immutable table.</summary>
    internal TomlTable Freeze()
    {
        var entries = ImmutableArray.CreateBuilder<TomlEntry>(_order.Count);
        foreach (var part in _order)
        {
            TomlNode value = _values[part.Name] switch
            {
                TableDraft table => table.Freeze(),
                ArrayDraft array => new TomlArray([.. array.Items.Select(item => item.Freeze())], array.Position),
                var node => (TomlNode)node,
            };
            entries.Add(new TomlEntry(part.Name, part.Position, value));
        }

        return new TomlTable(entries.DrainToImmutable(), _position);
    }

    /// <summary>The table that holds the last part of a header, made where it is missing.</summary>
    private TableDraft Walk(List<KeyPart> path)
    {
        var table = this;
        for (var i = 0; i < path.Count - 1; i++)
        {
            table = table._values.GetValueOrDefault(path[i].Name) switch
            {
                null => table.Add(path[i], new TableDraft(TableOrigin.Implied, path[i].Position)),
                TableDraft next => next,
                ArrayDraft array => array.Items[^1],
                _ => throw Duplicate(path[i], "is already defined, and a header cannot add to it"),
            };
        }

        return table;
    }

    private T Add<T>(KeyPart part, T value)
        where T : class
    {
        _values.Add(part.Name, value);
        _order.Add(part);
        return value;
    }

    private static TomlSyntaxException Duplicate(KeyPart part, string problem) => new(new TomlError(part.Position, $"'{part.Name}' {problem}"));

    private sealed record ArrayDraft(TomlPosition Position, List<TableDraft> Items);
}
