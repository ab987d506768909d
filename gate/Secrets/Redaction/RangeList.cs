namespace LatchGate.Secrets.Redaction;

/// <summary>Ranges of a text that are to be replaced; they may overlap and come in any order.</summary>
internal sealed class RangeList
{
    private long[] _ranges = new long[8];
    private int _count;

    /// <summary>Adds the bytes from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    internal void Add(int start, int end)
    {
        if (_count == _ranges.Length)
        {
            Array.Resize(ref _ranges, _count * 2);
        }

        // The start sorts, the end comes along.
        _ranges[_count++] = ((long)start << 32) | (uint)end;
    }

    /// <summary><paramref name="text"/> with each run of ranges that touch or overlap replaced once.</summary>
    internal byte[] Replace(ReadOnlySpan<byte> text, ReadOnlySpan<byte> token)
    {
        Array.Sort(_ranges, 0, _count);
        var merged = Merge();
        var removed = 0;
        for (var i = 0; i < merged; i++)
        {
            removed += EndOf(i) - StartOf(i);
        }

        var result = new byte[text.Length - removed + (merged * token.Length)];
        var (from, at) = (0, 0);
        for (var i = 0; i < merged; i++)
        {
            var kept = text[from..StartOf(i)];
            kept.CopyTo(result.AsSpan(at));
            token.CopyTo(result.AsSpan(at + kept.Length));
            at += kept.Length + token.Length;
            from = EndOf(i);
        }

        text[from..].CopyTo(result.AsSpan(at));
        return result;
    }

    private int StartOf(int i) => (int)(_ranges[i] >> 32);

    private int EndOf(int i) => (int)_ranges[i];

    private int Merge()
    {
        var last = 0;
        for (var i = 1; i < _count; i++)
        {
            if (StartOf(i) <= EndOf(last))
            {
                _ranges[last] = ((long)StartOf(last) << 32) | (uint)Math.Max(EndOf(last), EndOf(i));
            }
            else
            {
                _ranges[++last] = _ranges[i];
            }
        }

        return last + 1;
    }
}
