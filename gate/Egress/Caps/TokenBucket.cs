namespace LatchGate.Egress.Caps;

/// <summary>
/// Shapes a flow to a rate by telling each piece how long it has to wait. A piece larger than the burst passes in debt, and those after it
/// pay. Safe for concurrent use.
/// </summary>
/// <param name="bytesPerSecond">The rate, 1 or more.</param>
/// <param name="burst">Bytes that may pass at once after a rest, 1 or more.</param>
/// <param name="time">The clock.</param>
public sealed class TokenBucket(long bytesPerSecond, long burst, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _available = burst;
    private long _filled = time.GetTimestamp();

    /// <summary>Takes <paramref name="bytes"/> out.</summary>
    /// <returns>How long to wait before more may pass; zero when there is no debt.</returns>
    public TimeSpan Take(long bytes)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _available = Math.Min(burst, _available + (time.GetElapsedTime(_filled, now).TotalSeconds * bytesPerSecond)) - bytes;
            _filled = now;
            return _available >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(-_available / bytesPerSecond, TimeSpan.MaxValue.TotalSeconds / 2));
        }
    }
}
