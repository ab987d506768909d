namespace LatchGate.Secrets.Sops;

/// <summary>Where a reader is in a file, and every name that it met: two of one name are refused.</summary>
internal sealed class SopsPath
{
    private const int MaxDepth = 32;

    private readonly HashSet<string> _met = new(StringComparer.Ordinal);
    private readonly List<string> _names = [""];
    private readonly List<string> _paths = [""];

    /// <summary>Keys and list indexes, joined by <c>.</c>.</summary>
    internal string Name => _names[^1];

    /// <summary>Keys, each followed by <c>:</c>.</summary>
    internal string Path => _paths[^1];

    /// <summary>Goes to a member.</summary>
    /// <returns>False when there is one of that name already, or the file is too deep.</returns>
    internal bool Enter(string key) => Enter(key, $"{Path}{key}:");

    /// <summary>Goes to an item of a list.</summary>
    internal bool Enter(int index) => Enter(index.ToString(System.Globalization.CultureInfo.InvariantCulture), Path);

    /// <summary>Goes back.</summary>
    internal void Leave()
    {
        _names.RemoveAt(_names.Count - 1);
        _paths.RemoveAt(_paths.Count - 1);
    }

    private bool Enter(string part, string path)
    {
        var name = _names.Count == 1 ? part : $"{Name}.{part}";
        _names.Add(name);
        _paths.Add(path);
        return _names.Count <= MaxDepth && _met.Add(name);
    }
}
