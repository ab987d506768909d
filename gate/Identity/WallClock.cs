namespace LatchGate.Identity;

/// <summary>
/// Unix time for proofs and leases, which notices when somebody sets the clock back: proofs that had expired would be fresh again,
/// and their replay records are gone.
/// </summary>
public sealed class WallClock(TimeProvider time)
{
    /// <summary>Time synchronisation may step back this far unnoticed; the replay store keeps its records that much longer.</summary>
    public const int ToleranceSeconds = 5;

    private long _latest = long.MinValue;

    /// <summary>
    /// The time in whole Unix seconds; false when it lies more than <see cref="ToleranceSeconds"/> before a time already seen
    /// (<c>clock_error</c>), until it has caught up or the gate is restarted.
    /// </summary>
    public bool TryGetUnixSeconds(out long seconds)
    {
        seconds = time.GetUtcNow().ToUnixTimeSeconds();
        var latest = Volatile.Read(ref _latest);
        while (seconds > latest)
        {
            var seen = Interlocked.CompareExchange(ref _latest, seconds, latest);
            if (seen == latest)
            {
                return true;
            }

            latest = seen;
        }

        return seconds >= latest - ToleranceSeconds;
    }
}
