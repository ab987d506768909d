namespace LatchGate.Tests.Identity;

/// <summary>A clock that stands still until it is set; wall time and monotonic time move together unless told otherwise.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    private long _ticks = now.UtcTicks;
    private long _timestamp;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref _timestamp);

    internal void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        Interlocked.Add(ref _timestamp, by.Ticks);
    }

    /// <summary>Somebody sets the system's clock: wall time jumps, monotonic time does not.</summary>
    internal void Step(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
