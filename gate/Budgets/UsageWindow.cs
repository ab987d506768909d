using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Budgets;

/// <summary>
/// A principal's calls in a sliding window, counted in buckets. A call counts until its bucket has left the window whole, so the
/// window is never shorter than it says and at most one bucket longer: no boundary at which twice the limit fits.
/// </summary>
/// <param name="bucketSeconds">Length of a bucket.</param>
/// <param name="buckets">Buckets that the window spans.</param>
internal sealed class UsageWindow(int bucketSeconds, int buckets)
{
    // What JSON's canonical form has numbers for; no sum of a window's calls overflows.
    private const long MostCalls = (1L << 53) - 1;

    // Pairs of a bucket's number, ascending, and its calls. The present bucket and those that the window may still touch.
    private readonly long[] _pairs = new long[2 * (buckets + 1)];
    private int _count;

    /// <summary>Calls that count; valid after <see cref="Settle"/>.</summary>
    internal long Used
    {
        get
        {
            var used = 0L;
            for (var i = 0; i < _count; i++)
            {
                used += _pairs[(2 * i) + 1];
            }

            return used;
        }
    }

    /// <summary>
    /// Brings the window to the present. Buckets that lie ahead were written before the clock was set back; their calls count from now
    /// on as if made now: to set it back gives nothing back, and a clock that was far ahead locks for no longer than one window.
    /// </summary>
    internal void Settle(DateTimeOffset now)
    {
        var present = BucketOf(now);
        var (kept, ahead) = (0, 0L);
        for (var i = 0; i < _count; i++)
        {
            var (bucket, calls) = (_pairs[2 * i], _pairs[(2 * i) + 1]);
            if (bucket > present)
            {
                ahead += calls;
            }
            else if (bucket >= present - buckets)
            {
                (_pairs[2 * kept], _pairs[(2 * kept) + 1]) = (bucket, calls);
                kept++;
            }
        }

        _count = kept;
        if (ahead > 0)
        {
            Add(present, ahead);
        }
    }

    /// <summary>Counts one call; after <see cref="Settle"/> with the same time.</summary>
    internal void Add(DateTimeOffset now) => Add(BucketOf(now), 1);

    /// <summary>When a call is possible under <paramref name="limit"/>; null when never. After <see cref="Settle"/>.</summary>
    internal DateTimeOffset? OpensAt(long limit)
    {
        var used = Used;
        for (var i = 0; i < _count && limit > 0; i++)
        {
            used -= _pairs[(2 * i) + 1];
            if (used < limit)
            {
                return DateTimeOffset.FromUnixTimeSeconds((_pairs[2 * i] + buckets + 1) * bucketSeconds);
            }
        }

        return null;
    }

    internal void WriteTo(CanonicalWriter json)
    {
        json.BeginArray();
        for (var i = 0; i < 2 * _count; i++)
        {
            json.Value(_pairs[i]);
        }

        json.End();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote, its array begun; false for pairs that it does not write.</summary>
    internal bool TryRead(ref Utf8JsonReader reader)
    {
        var at = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (at == _pairs.Length || !reader.TryGetInt64(out _pairs[at++]))
            {
                return false;
            }
        }

        _count = at / 2;
        return reader.TokenType == JsonTokenType.EndArray && at % 2 == 0 && IsWellFormed();
    }

    private bool IsWellFormed()
    {
        for (var i = 0; i < _count; i++)
        {
            var earlier = i == 0 ? -1 : _pairs[2 * (i - 1)];
            if (_pairs[2 * i] <= earlier || _pairs[(2 * i) + 1] is < 1 or > MostCalls)
            {
                return false;
            }
        }

        return true;
    }

    private long BucketOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / bucketSeconds;

    private void Add(long bucket, long calls)
    {
        if (_count > 0 && _pairs[2 * (_count - 1)] == bucket)
        {
            _pairs[(2 * _count) - 1] += calls;
        }
        else
        {
            (_pairs[2 * _count], _pairs[(2 * _count) + 1]) = (bucket, calls);
            _count++;
        }
    }
}
