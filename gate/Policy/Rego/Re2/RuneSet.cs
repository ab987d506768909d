namespace LatchGate.Policy.Rego.Re2;

/// <summary>A set of code points, as sorted ranges that neither touch nor overlap. Immutable.</summary>
internal sealed class RuneSet
{
    internal const int Last = 0x10FFFF;

    // from, to, from, to, …
    private readonly int[] _ranges;
    private readonly ulong _asciiLow;
    private readonly ulong _asciiHigh;

    private RuneSet(int[] ranges)
    {
        _ranges = ranges;
        for (var c = 0; c < 128; c++)
        {
            var bit = Find(c) ? 1UL << (c & 63) : 0;
            _asciiLow |= c < 64 ? bit : 0;
            _asciiHigh |= c < 64 ? 0 : bit;
        }
    }

    internal static RuneSet Any { get; } = Of(0, Last);

    internal static RuneSet NotLineFeed { get; } = Of(0, '\n' - 1, '\n' + 1, Last);

    /// <summary>A set of ranges: from, to, from, to, … in any order.</summary>
    internal static RuneSet Of(params ReadOnlySpan<int> ranges)
    {
        var count = ranges.Length / 2;
        var starts = new int[count];
        var ends = new int[count];
        for (var i = 0; i < count; i++)
        {
            (starts[i], ends[i]) = (ranges[2 * i], ranges[(2 * i) + 1]);
        }

        Array.Sort(starts, ends);
        var joined = new int[ranges.Length];
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            if (length > 0 && starts[i] <= joined[length - 1] + 1)
            {
                joined[length - 1] = Math.Max(joined[length - 1], ends[i]);
            }
            else
            {
                joined[length++] = starts[i];
                joined[length++] = ends[i];
            }
        }

        return new RuneSet(joined[..length]);
    }

    /// <summary>Its ranges: from, to, from, to, …</summary>
    internal ReadOnlySpan<int> Ranges => _ranges;

    internal bool Contains(int rune) =>
        rune < 64 ? (_asciiLow >> rune & 1) != 0 : rune < 128 ? (_asciiHigh >> (rune - 64) & 1) != 0 : Find(rune);

    internal RuneSet Negated()
    {
        var gaps = new List<int>(_ranges.Length + 2);
        var next = 0;
        for (var i = 0; i < _ranges.Length; i += 2)
        {
            if (_ranges[i] > next)
            {
                gaps.Add(next);
                gaps.Add(_ranges[i] - 1);
            }

            next = _ranges[i + 1] + 1;
        }

        if (next <= Last)
        {
            gaps.Add(next);
            gaps.Add(Last);
        }

        return new RuneSet([.. gaps]);
    }

    /// <summary>With it, all that differs from a member by case alone.</summary>
    internal RuneSet Folded()
    {
        var ranges = new List<int>(_ranges);
        foreach (var orbit in CaseFolding.Orbits)
        {
            if (Array.Exists(orbit, Contains))
            {
                foreach (var rune in orbit)
                {
                    ranges.Add(rune);
                    ranges.Add(rune);
                }
            }
        }

        return ranges.Count == _ranges.Length ? this : Of([.. ranges]);
    }

    private bool Find(int rune)
    {
        int low = 0, high = (_ranges.Length / 2) - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (rune < _ranges[2 * middle])
            {
                high = middle - 1;
            }
            else if (rune > _ranges[(2 * middle) + 1])
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
