using System.Diagnostics.CodeAnalysis;

namespace LatchGate.Config.Toml;

/// <summary>Why a text is not TOML, and where.</summary>
/// <param name="Position">The first place that is wrong.</param>
/// <param name="Message">One clause without position or final stop. May quote keys, never values.</param>
public sealed record TomlError(TomlPosition Position, string Message);

/// <summary>Reads TOML 1.0.0 (https://toml.io/en/v1.0.0), strictly.</summary>
public static class TomlDocument
{
    /// <summary>Largest number of tables, arrays and dotted keys within each other.</summary>
    public const int MaxDepth = 100;

    /// <summary>Reads a whole document of UTF-8, with or without a byte order mark.</summary>
    /// <returns>False, with <paramref name="error"/>, when the text is not TOML 1.0.0 or is nested deeper than <see cref="MaxDepth"/>.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TomlTable? root, [NotNullWhen(false)] out TomlError? error)
    {
        try
        {
            root = new TomlParser(utf8).ParseDocument();
            error = null;
            return true;
        }
        catch (TomlSyntaxException e)
        {
            root = null;
            error = e.Error;
            return false;
        }
    }
}

/// <summary>Carries an error out of the recursion; never leaves <see cref="TomlDocument"/>.</summary>
internal sealed class TomlSyntaxException(TomlError error) : Exception(error.Message)
{
    internal TomlError Error { get; } = error;
}
