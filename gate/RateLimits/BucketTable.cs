namespace LatchGate.RateLimits;

/// <summary>
/// Buckets by key, no more than a fixed number: callers choose some keys. Full buckets are forgotten when room is needed; if none is full,
/// keys that are not known share one bucket, so that more keys never mean more tokens.
/// </summary>
/// <param name="rate">Of each bucket.</param>
/// <param name="time">The monotonic clock.</param>
/// <param name="capacity">The most buckets.</param>
internal sealed class BucketTable(BucketRate rate, TimeProvider time, int capacity = BucketTable.DefaultCapacity)
{
    /// <summary>The most buckets of a table: about a megabyte and a half.</summary>
    internal const int DefaultCapacity = 10_000;

    private readonly Dictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);
    private readonly TokenBucket _overflow = new(rate, time.GetTimestamp());
    private readonly Lock _lock = new();
    private long _sweepNotBefore = long.MinValue;

    /// <summary>Buckets that are remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Takes a token from the key's bucket; false when there is none. Allocates only for a new key.</summary>
    internal bool TryTake(ReadOnlySpan<char> key)
    {
        var now = time.GetTimestamp();
        return Find(key, now).TryTake(now);
    }

    /// <summary>Whether the key's bucket has a token.</summary>
    internal bool HasToken(ReadOnlySpan<char> key)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            return !_buckets.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var bucket)
                ? _buckets.Count < capacity || _overflow.HasToken(now)
                : bucket.HasToken(now);
        }
    }

    private TokenBucket Find(ReadOnlySpan<char> key, long now)
    {
        lock (_lock)
        {
            var lookup = _buckets.GetAlternateLookup<ReadOnlySpan<char>>();
            if (lookup.TryGetValue(key, out var bucket))
            {
                return bucket;
            }

            if (_buckets.Count >= capacity)
            {
                Sweep(now);
                if (_buckets.Count >= capacity)
                {
                    return _overflow;
                }
            }

            bucket = new TokenBucket(rate, now);
            lookup[key] = bucket;
            return bucket;
        }
    }

    // At most ten times a second, since a sweep looks at every bucket.
    private void Sweep(long now)
    {
        if (now < _sweepNotBefore)
        {
            return;
        }

        _sweepNotBefore = now + time.TimestampFrequency / 10;
        foreach (var entry in _buckets)
        {
            if (entry.Value.IsFull(now))
            {
                _buckets.Remove(entry.Key);
            }
        }
    }
}
