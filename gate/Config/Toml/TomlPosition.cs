using System.Globalization;

namespace LatchGate.Config.Toml;

/// <summary>A place in a TOML file.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column, in Unicode scalar values.</param>
public readonly record struct TomlPosition(int Line, int Column)
{
    /// <summary><c>line:column</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");
}
