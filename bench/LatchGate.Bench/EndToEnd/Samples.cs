using System.Diagnostics;

namespace LatchGate.Bench.EndToEnd;

/// <summary>Every measured duration, kept whole: percentiles are exact, not bucketed.</summary>
internal sealed class Samples
{
    private long[] _ticks;
    private bool _sorted;

    internal Samples(int capacity = 1024) => _ticks = new long[Math.Max(1, capacity)];

    internal int Count { get; private set; }

    /// <summary>Adds a duration in ticks of <see cref="Stopwatch"/>.</summary>
    internal void Add(long ticks)
    {
        if (Count == _ticks.Length)
        {
            Array.Resize(ref _ticks, Count * 2);
        }

        _ticks[Count++] = ticks;
        _sorted = false;
    }

    internal void AddAll(Samples other)
    {
        for (var i = 0; i < other.Count; i++)
        {
            Add(other._ticks[i]);
        }
    }

    /// <summary>The smallest duration that <paramref name="share"/> of all durations do not exceed (nearest rank), in microseconds.</summary>
    /// <param name="share">Above 0, up to 1.</param>
    internal double Percentile(double share)
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("Nothing was measured.");
        }

        if (!_sorted)
        {
            Array.Sort(_ticks, 0, Count);
            _sorted = true;
        }

        var rank = Math.Clamp((int)Math.Ceiling(share * Count), 1, Count);
        return Microseconds(_ticks[rank - 1]);
    }

    internal static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
