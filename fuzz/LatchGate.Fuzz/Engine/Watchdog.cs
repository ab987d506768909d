using System.Diagnostics;

namespace LatchGate.Fuzz.Engine;

/// <summary>Ends the process when one execution takes longer than its limit: nothing else stops a thread that spins.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>The exit code of a process that was ended so.</summary>
    internal const int ExitCode = 3;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _limit;
    private readonly Action _onHang;
    private readonly Timer _timer;
    private long _execution;
    private long _watched;
    private long _since;

    /// <param name="limit">Wall-clock time of one execution.</param>
    /// <param name="onHang">Saves the input; the process ends after.</param>
    internal Watchdog(TimeSpan limit, Action onHang)
    {
        _limit = limit;
        _onHang = onHang;
        _since = Stopwatch.GetTimestamp();
        _timer = new Timer(_ => Look(), null, _interval, _interval);
    }

    /// <summary>Says that another execution begins.</summary>
    internal void Next() => Volatile.Write(ref _execution, _execution + 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        using var done = new ManualResetEvent(false);
        if (_timer.Dispose(done))
        {
            done.WaitOne();
        }
    }

    private void Look()
    {
        var execution = Volatile.Read(ref _execution);
        if (execution != _watched)
        {
            (_watched, _since) = (execution, Stopwatch.GetTimestamp());
        }
        else if (execution > 0 && Stopwatch.GetElapsedTime(_since) > _limit)
        {
            _onHang();
            Environment.Exit(ExitCode);
        }
    }
}
