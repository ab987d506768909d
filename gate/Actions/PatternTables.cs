using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// A pattern, compiled to a deterministic automaton over classes of code points: one table look-up for each code point, whatever the
/// pattern, so no input can make it slow. State 0 refuses for good, state 1 accepts for good, state 2 begins.
/// </summary>
/// <param name="starts">The first code point of each range, ascending from 0.</param>
/// <param name="classes">The class of each range.</param>
/// <param name="classCount">The width of a row of <paramref name="next"/>.</param>
/// <param name="next">The next state by state and class.</param>
/// <param name="acceptsAtEnd">1 where a state accepts when the text ends there.</param>
internal readonly ref struct PatternTables(
    ReadOnlySpan<int> starts,
    ReadOnlySpan<byte> classes,
    int classCount,
    ReadOnlySpan<int> next,
    ReadOnlySpan<byte> acceptsAtEnd)
{
    private const int Refuses = 0;
    private const int Accepts = 1;
    private const int Begins = 2;

    private readonly ReadOnlySpan<int> _starts = starts;
    private readonly ReadOnlySpan<byte> _classes = classes;
    private readonly int _classCount = classCount;
    private readonly ReadOnlySpan<int> _next = next;
    private readonly ReadOnlySpan<byte> _acceptsAtEnd = acceptsAtEnd;

    /// <summary>Whether the pattern is found in a value of kind string.</summary>
    public bool Matches(JsonElement value)
    {
        var state = Begins;
        for (var points = new JsonText.CodePointReader(value); points.TryRead(out var point);)
        {
            state = Next(state, point);
            if (state is Refuses or Accepts)
            {
                return state == Accepts;
            }
        }

        return _acceptsAtEnd[state] == 1;
    }

    /// <summary>Whether the pattern is found in the name of a member.</summary>
    public bool Matches(string name)
    {
        var state = Begins;
        foreach (var rune in name.EnumerateRunes())
        {
            state = Next(state, rune.Value);
            if (state is Refuses or Accepts)
            {
                return state == Accepts;
            }
        }

        return _acceptsAtEnd[state] == 1;
    }

    // The last range that begins at or before the code point. Written out: the library's search can box the key.
    private int Next(int state, int point)
    {
        var low = 0;
        var high = _starts.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _starts[middle] <= point ? (middle, high) : (low, middle - 1);
        }

        return _next[state * _classCount + _classes[low]];
    }
}
