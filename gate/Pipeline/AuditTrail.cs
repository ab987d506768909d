using System.Threading.Channels;
using LatchGate.Evidence;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>
/// Brings the events of refused calls into the chain. A refusal is answered without waiting for the disk, since nothing was
/// done; its event is queued in order, and a full queue holds the caller back instead of losing it (reference/kernel.md §3.6).
/// </summary>
/// <remarks>
/// While the disk takes nothing, events wait in the queue and are written when it does. What the queue cannot hold meanwhile is lost and
/// counted: refusals go on, since nothing is done by them. What waits when the gate stops is lost too, and so is all after a failed sync.
/// </remarks>
internal sealed class AuditTrail : IAsyncDisposable
{
    private const int Capacity = 4096;

    // No more than the ledger commits at a time: a flood of refusals must leave its queue to intents and receipts.
    private const int Batch = 256;

    private readonly Channel<AuditEvent> _queue = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    private readonly Ledger _ledger;
    private readonly GateLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _writing;
    private long _lost;

    internal AuditTrail(Ledger ledger, GateLog log)
    {
        (_ledger, _log) = (ledger, log);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Events that could not be written since the start.</summary>
    internal long Lost => Interlocked.Read(ref _lost);

    /// <summary>Queues an event.</summary>
    internal ValueTask RecordAsync(AuditEvent e) => _queue.Writer.TryWrite(e) ? default : WaitAsync(e);

    private async ValueTask WaitAsync(AuditEvent e)
    {
        // The disk may begin to refuse, or the gate to stop, while this waits.
        while (_ledger.Failure is null && !_stopping.IsCancellationRequested)
        {
            using var pause = new CancellationTokenSource(_pause);
            Task room = _queue.Writer.WaitToWriteAsync(pause.Token).AsTask();
            await room.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_queue.Writer.TryWrite(e))
            {
                return;
            }
        }

        if (Interlocked.Increment(ref _lost) == 1)
        {
            _log.Error("audit_write_failed", "the ledger takes no writes, and no more events of refused calls can wait: more are lost");
        }
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new List<AuditEvent>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // What was queued while the last commit waited for the disk shares the next one.
            while (batch.Count < Batch && _queue.Reader.TryRead(out var e))
            {
                batch.Add(e);
            }

            await WriteAsync(batch).ConfigureAwait(false);
            batch.Clear();
        }
    }

    // Events that cannot be written must not end the trail: every later refusal would wait for it.
    private async ValueTask WriteAsync(List<AuditEvent> batch)
    {
        try
        {
            var written = await _ledger.AppendEventsAsync(batch).ConfigureAwait(false);
            while (!written.IsDurable && _ledger.Failure is not { IsFinal: true } && await PauseAsync().ConfigureAwait(false))
            {
                written = await _ledger.AppendEventsAsync(batch).ConfigureAwait(false);
            }

            if (written.IsDurable)
            {
                return;
            }

            _log.Error("audit_write_failed", $"{batch.Count} events of refused calls are not in the ledger: {written.Fault}");
        }
        catch (Exception e) when (batch.Count == 1)
        {
            _log.Unexpected(e);
        }
        catch (Exception)
        {
            // One of them has no canonical form: the others are written without it.
            foreach (var e in batch)
            {
                await WriteAsync([e]).ConfigureAwait(false);
            }

            return;
        }

        Interlocked.Add(ref _lost, batch.Count);
    }

    /// <summary>Waits before the next attempt; false when the gate stops.</summary>
    private async ValueTask<bool> PauseAsync()
    {
        await Task.Delay(_pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }
}
