namespace LatchGate.Pipeline;

/// <summary>Counts the calls in the gate from admission on, and closes the door when the gate stops (reference/kernel.md D-28).</summary>
internal sealed class DrainSwitch
{
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private int _closes;
    private volatile bool _closed;

    /// <summary>Calls admitted and not yet answered.</summary>
    internal int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>True when no new call is admitted.</summary>
    internal bool Closed => _closed;

    /// <summary>Completes when the door is closed and the last call has left.</summary>
    internal Task Emptied => _emptied.Task;

    /// <summary>Admits no more calls; those inside go on.</summary>
    /// <returns>False when the door was closed before.</returns>
    internal bool Close()
    {
        var first = Interlocked.Exchange(ref _closes, 1) == 0;
        _closed = true;
        Interlocked.MemoryBarrier();
        if (InFlight == 0)
        {
            _ = _emptied.TrySetResult();
        }

        return first;
    }

    /// <summary>Admits a call until the returned value is disposed; null when the door is closed.</summary>
    internal Admission? TryEnter()
    {
        Interlocked.Increment(ref _inFlight);
        if (!_closed)
        {
            return new Admission(this);
        }

        Leave();
        return null;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && _closed)
        {
            _ = _emptied.TrySetResult();
        }
    }

    /// <summary>One call inside.</summary>
    internal sealed class Admission(DrainSwitch owner) : IDisposable
    {
        private DrainSwitch? _owner = owner;

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Exchange(ref _owner, null)?.Leave();
        }
    }
}
