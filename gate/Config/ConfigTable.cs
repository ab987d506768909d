using System.Collections.Immutable;
using System.Globalization;
using LatchGate.Config.Toml;
using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>
/// Reads one table of the file and remembers which keys were asked for; whatever is left is unknown and refused. So the keys
/// that the code reads are the keys that the file may have.
/// </summary>
/// <param name="table">The table; empty when the file has none.</param>
/// <param name="name">Dotted name with a dot at the end; empty for the root.</param>
/// <param name="file">The file's path.</param>
/// <param name="environment">Source of overrides.</param>
internal sealed class ConfigTable(TomlTable table, string name, string file, ConfigEnvironment environment)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A string; <paramref name="variable"/> overrides it.</summary>
    internal ConfigValue<string>? Text(string key, string? variable = null)
    {
        var node = Take(key);
        if (FromEnvironment(variable) is { } text)
        {
            return text;
        }

        return node switch
        {
            null => null,
            TomlString s => Wrap(key, node, s.Value),
            _ => throw WrongType(key, node, "a string"),
        };
    }

    /// <summary>A path, made absolute; never empty.</summary>
    internal string? FilePath(string key, string? variable = null)
    {
        if (Text(key, variable) is not { } text)
        {
            return null;
        }

        return text.Value.Length > 0 && !text.Value.Contains('\0')
            ? Path.GetFullPath(text.Value, text.BaseDirectory)
            : throw text.Refuse("is not a path", "Give the path of a file, absolute or relative to the configuration file.");
    }

    /// <summary>An integer within the range, both ends included.</summary>
    internal int? Integer(string key, int low, int high, string? variable = null)
    {
        var node = Take(key);
        ConfigValue<long>? value;
        if (FromEnvironment(variable) is { } text)
        {
            value = long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? new ConfigValue<long>(number, text.Where, text.BaseDirectory)
                : throw text.Refuse("is not an integer", $"Give an integer from {low} to {high}.");
        }
        else
        {
            value = node switch
            {
                null => null,
                TomlInteger i => Wrap(key, node, i.Value),
                _ => throw WrongType(key, node, "an integer"),
            };
        }

        return value is not { } found ? null
            : found.Value >= low && found.Value <= high ? (int)found.Value
            : throw found.Refuse(string.Create(CultureInfo.InvariantCulture, $"is {found.Value}, which is out of range"), $"Give an integer from {low} to {high}.");
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    internal bool? Boolean(string key) => Take(key) switch
    {
        null => null,
        TomlBoolean b => b.Value,
        var node => throw WrongType(key, node, "a boolean"),
    };

    /// <summary>A list of strings, each with its own position.</summary>
    internal ImmutableArray<ConfigValue<string>>? Texts(string key)
    {
        var node = Take(key);
        if (node is null)
        {
            return null;
        }

        if (node is not TomlArray array)
        {
            throw WrongType(key, node, "an array of strings");
        }

        return [.. array.Items.Select(item => item is TomlString s ? Wrap(key, item, s.Value) : throw WrongType(key, item, "an array of strings"))];
    }

    /// <summary>A table below this one; an empty one when the file has none.</summary>
    internal ConfigTable Table(string key) => Take(key) switch
    {
        null => new ConfigTable(new TomlTable([], new TomlPosition(1, 1)), $"{name}{key}.", file, environment),
        TomlTable child => new ConfigTable(child, $"{name}{key}.", file, environment),
        var node => throw WrongType(key, node, "a table"),
    };

    /// <summary>A list of integers, each within the range, both ends included; null when the file has none.</summary>
    internal int[]? Integers(string key, int low, int high)
    {
        if (Take(key) is not { } node)
        {
            return null;
        }

        var items = node is TomlArray array ? array.Items : throw WrongType(key, node, "an array of integers");
        var numbers = new int[items.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = items[i] is TomlInteger number && number.Value >= low && number.Value <= high
                ? (int)number.Value
                : throw Wrap(key, items[i], 0).Refuse("holds what is no integer in range", $"Give integers from {low} to {high}.");
        }

        return numbers;
    }

    /// <summary>The tables of an array of tables (<c>[[key]]</c>), in their order.</summary>
    internal List<ConfigTable> Tables(string key)
    {
        var tables = new List<ConfigTable>();
        if (Take(key) is not { } node)
        {
            return tables;
        }

        foreach (var item in node is TomlArray array ? array.Items : throw WrongType(key, node, "an array of tables"))
        {
            tables.Add(item is TomlTable child
                ? new ConfigTable(child, string.Create(CultureInfo.InvariantCulture, $"{name}{key}[{tables.Count}]."), file, environment)
                : throw WrongType(key, item, "an array of tables"));
        }

        return tables;
    }

    /// <summary>The tables below this one, under names that the operator chose.</summary>
    internal IEnumerable<(ConfigValue<string> Name, ConfigTable Table)> Children()
    {
        foreach (var entry in table.Entries)
        {
            yield return (new ConfigValue<string>(entry.Key, $"{file}:{entry.KeyPosition}: '{name}{entry.Key}'", Directory), Table(entry.Key));
        }
    }

    /// <summary>The keys of this table, which the operator chose.</summary>
    internal IEnumerable<ConfigValue<string>> Keys()
    {
        foreach (var entry in table.Entries)
        {
            yield return new ConfigValue<string>(entry.Key, $"{file}:{entry.KeyPosition}: '{name}{entry.Key}'", Directory);
        }
    }

    /// <summary>The error for a key that must be there.</summary>
    internal StartupException Missing(string key, string remedy) =>
        new(StartupError.ConfigValidationFailed, $"{file}:{table.Position}: '{name}{key}' is missing.", remedy);

    /// <summary>The error for a key that another one contradicts.</summary>
    internal StartupException Conflict(string key, string problem, string remedy) =>
        Wrap(key, table.TryGet(key, out var node) ? node : table, 0).Refuse(problem, remedy);

    /// <summary>Call when every key has been asked for.</summary>
    /// <param name="remedy">What to do about an unknown key, where the nearest known one says too little.</param>
    internal void RefuseUnknownKeys(string? remedy = null)
    {
        foreach (var entry in table.Entries)
        {
            if (!_known.Contains(entry.Key))
            {
                var nearest = EditDistance.Nearest(entry.Key, _known);
                throw new StartupException(
                    StartupError.ConfigValidationFailed,
                    $"{file}:{entry.KeyPosition}: unknown key '{name}{entry.Key}'.",
                    remedy ?? (nearest is null ? "Remove it; this build knows no such setting." : $"Did you mean '{name}{nearest}'?"));
            }
        }
    }

    private string Directory => Path.GetDirectoryName(file) is { Length: > 0 } directory ? directory : environment.CurrentDirectory;

    private TomlNode? Take(string key)
    {
        _known.Add(key);
        return table.TryGet(key, out var node) ? node : null;
    }

    private ConfigValue<string>? FromEnvironment(string? variable) =>
        variable is not null && environment.Variable(variable) is { } value
            ? new ConfigValue<string>(value, $"The environment variable {variable}", environment.CurrentDirectory)
            : null;

    private ConfigValue<T> Wrap<T>(string key, TomlNode node, T value) => new(value, $"{file}:{node.Position}: '{name}{key}'", Directory);

    private StartupException WrongType(string key, TomlNode node, string wanted) =>
        Wrap(key, node, 0).Refuse($"is {node.Kind}", $"Give {wanted}.");
}
