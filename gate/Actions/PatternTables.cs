namespace LatchGate.Actions;

/// <summary>
/// A pattern, compiled to a deterministic automaton over classes of code points: one step for each code point, whatever the pattern, so no
/// input can make it slow. State 0 refuses for good, state 1 accepts for good, state 2 begins.
/// </summary>
/// <remarks>
/// <code>
/// table   = width classes ranges ascii states rows *start *class *ending *row *entry
/// start   = the first code point of a range, ascending from 0: one byte for the first "ascii" of them, three for the others
/// class   = one byte for each range
/// ending  = for each state, whether it accepts when the text ends there: seven states a byte
/// row     = for each state, the number of its row of entries, in "width" bytes
/// entry   = for each row and class, in "width" bytes: 0 refuses, 1 accepts, else 2 and the distance to the next state, zigzag
/// </code>
/// Rows hold distances and not states, so that the states of a counted repetition share one.
/// </remarks>
internal readonly ref struct PatternTables
{
    private const int Refuses = 0;
    private const int Accepts = 1;
    private const int Begins = 2;

    private readonly int _width;
    private readonly int _classes;
    private readonly ReadOnlySpan<byte> _ascii;
    private readonly ReadOnlySpan<byte> _wide;
    private readonly ReadOnlySpan<byte> _classOf;
    private readonly ReadOnlySpan<byte> _endings;
    private readonly ReadOnlySpan<byte> _rows;
    private readonly ReadOnlySpan<byte> _entries;

    /// <summary>The pattern at an offset of the section of patterns.</summary>
    public PatternTables(ReadOnlySpan<byte> patterns, int at)
    {
        _width = (int)ImageReader.Long(patterns, ref at);
        _classes = (int)ImageReader.Long(patterns, ref at);
        var ranges = (int)ImageReader.Long(patterns, ref at);
        var ascii = (int)ImageReader.Long(patterns, ref at);
        var states = (int)ImageReader.Long(patterns, ref at);
        var rows = (int)ImageReader.Long(patterns, ref at);
        _ascii = Take(patterns, ref at, ascii);
        _wide = Take(patterns, ref at, 3 * (ranges - ascii));
        _classOf = Take(patterns, ref at, ranges);
        _endings = Take(patterns, ref at, (states + 6) / 7);
        _rows = Take(patterns, ref at, states * _width);
        _entries = Take(patterns, ref at, rows * _classes * _width);
    }

    /// <summary>Whether the pattern is found in a JSON string.</summary>
    /// <param name="inner">The string as it stands in the text, without its quotes; well-formed.</param>
    public bool Matches(ReadOnlySpan<byte> inner)
    {
        var state = Begins;
        for (var points = new JsonText.CodePointReader(inner); points.TryRead(out var point);)
        {
            if (!Step(ref state, point))
            {
                return state == Accepts;
            }
        }

        return EndsIn(state);
    }

    /// <summary>Whether the pattern is found in a text.</summary>
    public bool Matches(string text)
    {
        var state = Begins;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Step(ref state, rune.Value))
            {
                return state == Accepts;
            }
        }

        return EndsIn(state);
    }

    // False where the state is final.
    private bool Step(ref int state, int point)
    {
        var row = Entry(_rows, state);
        var entry = Entry(_entries, (row * _classes) + _classOf[RangeOf(point)]);
        if (entry is Refuses or Accepts)
        {
            state = entry;
            return false;
        }

        var distance = entry - 2;
        state += (distance & 1) == 0 ? distance >> 1 : -((distance + 1) >> 1);
        return true;
    }

    private bool EndsIn(int state) => (_endings[state / 7] >> (state % 7) & 1) != 0;

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, scoped ref int at, int length)
    {
        at += length;
        return bytes.Slice(at - length, length);
    }

    private int Entry(ReadOnlySpan<byte> table, int index) =>
        _width == 1 ? table[index] : table[2 * index] | table[(2 * index) + 1] << 7;

    // The last range that begins at or before the code point.
    private int RangeOf(int point)
    {
        var low = 0;
        if (point < 128 || _wide.IsEmpty || point < Wide(0))
        {
            var high = _ascii.Length - 1;
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                (low, high) = _ascii[middle] <= point ? (middle, high) : (low, middle - 1);
            }

            return low;
        }

        var last = (_wide.Length / 3) - 1;
        while (low < last)
        {
            var middle = (low + last + 1) / 2;
            (low, last) = Wide(middle) <= point ? (middle, last) : (low, middle - 1);
        }

        return _ascii.Length + low;
    }

    private int Wide(int index) => _wide[3 * index] | _wide[(3 * index) + 1] << 7 | _wide[(3 * index) + 2] << 14;
}
