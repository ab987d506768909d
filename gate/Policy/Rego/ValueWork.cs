using System.Runtime.CompilerServices;

namespace LatchGate.Policy.Rego;

/// <summary>
/// Counts the work of walking through values, which no statement shows: a small plan can build a value that holds itself, or one that
/// holds the same part twice on each of sixty levels. Each walk into a collection passes here.
/// </summary>
internal static class ValueWork
{
    [ThreadStatic]
    private static bool t_isBound;

    [ThreadStatic]
    private static long t_left;

    /// <summary>Bounds the walks of this thread until <see cref="End"/>. Outside of an evaluation values come from texts, whose depth is bound.</summary>
    internal static void Begin(long elements) => (t_isBound, t_left) = (true, elements);

    /// <summary>Lifts the bound.</summary>
    internal static void End() => t_isBound = false;

    /// <summary>Passes when a walk may go into a collection of that many elements.</summary>
    /// <exception cref="InsufficientExecutionStackException">The values are nested too deep.</exception>
    /// <exception cref="ValueWorkException">The walks have taken as much as they may.</exception>
    internal static void Enter(int elements)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Spend(elements + 1L);
    }

    /// <summary>Passes when as much other work may be done: of long numbers and texts, a unit is some nanoseconds or a few characters.</summary>
    /// <exception cref="ValueWorkException">The work is more than is left.</exception>
    internal static void Spend(long units)
    {
        if (t_isBound && (t_left -= units) < 0)
        {
            throw new ValueWorkException();
        }
    }
}

/// <summary>An evaluation walked through more values, or through larger ones, than it may.</summary>
internal sealed class ValueWorkException : Exception;
