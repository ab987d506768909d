namespace LatchGate.Sandbox;

/// <summary>One execution's deadline and its caller's cancellation, as one token that is made only when somebody has to wait.</summary>
internal sealed class ExecutionClock(TimeProvider time, int timeoutSeconds, CancellationToken caller) : IDisposable
{
    private readonly long _started = time.GetTimestamp();
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(timeoutSeconds);
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _registration;

    internal TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Time left, rounded up so that a guest never traps early; zero once the deadline passed.</summary>
    internal uint RemainingMilliseconds => (uint)Math.Max(0, Math.Ceiling((_limit - Elapsed).TotalMilliseconds));

    /// <summary>Whether the execution must end now, and why.</summary>
    internal TrapReason Verdict =>
        caller.IsCancellationRequested ? TrapReason.Cancelled :
        Elapsed >= _limit || _source is { IsCancellationRequested: true } ? TrapReason.DeadlineExceeded :
        TrapReason.None;

    /// <summary>Fires at the deadline, or when the caller cancels.</summary>
    internal CancellationToken Token
    {
        get
        {
            if (_source is null)
            {
                var remaining = _limit - Elapsed;
                _source = new CancellationTokenSource(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, time);
                _registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
            }

            return _source.Token;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _source?.Dispose();
    }
}
