using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LatchGate.Fuzz.Engine;

/// <summary>A property did not hold.</summary>
internal sealed class PropertyException(string message) : Exception(message);

/// <summary>States what must hold. A message with values in it is only put together when it does not.</summary>
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

    /// <inheritdoc cref="Holds(bool, string)"/>
    internal static void Holds([DoesNotReturnIf(false)] bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref UnlessHolds what)
    {
        if (!holds)
        {
            throw new PropertyException(what.Text.ToStringAndClear());
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

    /// <inheritdoc cref="Equal{T}(T, T, string)"/>
    internal static void Equal<T>(T expected, T actual, [InterpolatedStringHandlerArgument(nameof(expected), nameof(actual))] ref UnlessEqual<T> what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new PropertyException($"{what.Text.ToStringAndClear()}: {expected} is not {actual}");
        }
    }
}

/// <summary>A message that is only written when a condition does not hold.</summary>
[InterpolatedStringHandler]
internal ref struct UnlessHolds
{
    internal DefaultInterpolatedStringHandler Text;

    public UnlessHolds(int literals, int values, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        Text = isNeeded ? new DefaultInterpolatedStringHandler(literals, values) : default;
    }

    public void AppendLiteral(string text) => Text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => Text.AppendFormatted(value);
}

/// <summary>A message that is only written when two values differ.</summary>
[InterpolatedStringHandler]
internal ref struct UnlessEqual<TValue>
{
    internal DefaultInterpolatedStringHandler Text;

    public UnlessEqual(int literals, int values, TValue expected, TValue actual, out bool isNeeded)
    {
        isNeeded = !EqualityComparer<TValue>.Default.Equals(expected, actual);
        Text = isNeeded ? new DefaultInterpolatedStringHandler(literals, values) : default;
    }

    public void AppendLiteral(string text) => Text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => Text.AppendFormatted(value);
}
