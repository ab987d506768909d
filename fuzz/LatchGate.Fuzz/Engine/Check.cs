using System.Diagnostics.CodeAnalysis;

namespace LatchGate.Fuzz.Engine;

/// <summary>A property did not hold.</summary>
internal sealed class PropertyException(string message) : Exception(message);

/// <summary>States what must hold.</summary>
internal static class Check
{
    /// <summary>Throws unless <paramref name="holds"/>.</summary>
    /// <exception cref="PropertyException">It does not.</exception>
    internal static void Holds([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            throw new PropertyException(what);
        }
    }

    /// <summary>Throws unless both are equal, and shows them.</summary>
    /// <exception cref="PropertyException">They are not.</exception>
    internal static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new PropertyException($"{what}: {expected} is not {actual}");
        }
    }
}
