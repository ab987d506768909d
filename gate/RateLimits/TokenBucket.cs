namespace LatchGate.RateLimits;

/// <summary>How fast a bucket refills, and how much it holds.</summary>
internal sealed class BucketRate
{
    /// <summary>Makes a rate.</summary>
    /// <param name="perSecond">Tokens per second, 1 or more; refilled continuously.</param>
    /// <param name="burst">The most tokens at once.</param>
    /// <param name="time">Whose monotonic timestamps the bucket is asked with.</param>
    internal BucketRate(int perSecond, int burst, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(burst);
        TokenTicks = Math.Max(1, time.TimestampFrequency / perSecond);
        FullTicks = TokenTicks * burst;
    }

    /// <summary>Timestamp ticks in which one token is refilled.</summary>
    internal long TokenTicks { get; }

    /// <summary>Timestamp ticks in which an empty bucket is refilled.</summary>
    internal long FullTicks { get; }
}

/// <summary>
/// A token bucket in one number: the time at which it will be full again. It starts full and needs no timer, no lock and no wall clock.
/// </summary>
/// <remarks>
/// <code>
/// tokens = (full − (fullAt − now)) / token        take: fullAt' = max(fullAt, now) + token, if that is at most now + full
/// </code>
/// A bucket whose time has come is like a new one, so it can be forgotten without giving anybody a token.
/// </remarks>
internal sealed class TokenBucket(BucketRate rate, long now)
{
    private long _fullAt = now;

    /// <summary>Takes a token; false when there is none.</summary>
    internal bool TryTake(long now)
    {
        var fullAt = Volatile.Read(ref _fullAt);
        while (true)
        {
            var next = Math.Max(fullAt, now) + rate.TokenTicks;
            if (next - now > rate.FullTicks)
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref _fullAt, next, fullAt);
            if (seen == fullAt)
            {
                return true;
            }

            fullAt = seen;
        }
    }

    /// <summary>Whether there is a token.</summary>
    internal bool HasToken(long now) => Math.Max(Volatile.Read(ref _fullAt), now) + rate.TokenTicks - now <= rate.FullTicks;

    /// <summary>Whether it is full.</summary>
    internal bool IsFull(long now) => Volatile.Read(ref _fullAt) <= now;
}
