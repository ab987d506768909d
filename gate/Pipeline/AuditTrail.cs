using System.Threading.Channels;
using LatchGate.Evidence;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>
/// Brings the events of refused calls into the chain. A refusal is answered without waiting for the disk, since nothing was
/// done; its event is queued in order, and a full queue holds the caller back instead of losing it (reference/kernel.md §3.6).
/// </summary>
internal sealed class AuditTrail : IAsyncDisposable
{
    private const int Capacity = 4096;

    // No more than the ledger commits at a time: a flood of refusals must leave its queue to intents and receipts.
    private const int Batch = 256;

    private readonly Channel<AuditEvent> _queue = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Ledger _ledger;
    private readonly GateLog _log;
    private readonly Task _writing;

    internal AuditTrail(Ledger ledger, GateLog log)
    {
        (_ledger, _log) = (ledger, log);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Events that could not be written since the start.</summary>
    internal long Lost { get; private set; }

    /// <summary>Queues an event.</summary>
    internal ValueTask RecordAsync(AuditEvent e) => _queue.Writer.WriteAsync(e);

    /// <summary>Writes what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var pending = new List<ValueTask<Storage.Written<long>>>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // What is queued together shares a commit.
            while (pending.Count < Batch && _queue.Reader.TryRead(out var e))
            {
                pending.Add(_ledger.AppendEventAsync(e));
            }

            foreach (var write in pending)
            {
                await FinishAsync(write).ConfigureAwait(false);
            }

            pending.Clear();
        }
    }

    // One event that cannot be written must not end the trail: every later refusal would wait for it.
    private async ValueTask FinishAsync(ValueTask<Storage.Written<long>> write)
    {
        try
        {
            var written = await write.ConfigureAwait(false);
            if (written.IsDurable)
            {
                return;
            }

            _log.Error("audit_write_failed", $"an event of a refused call is not in the ledger: {written.Fault}");
        }
        catch (Exception e)
        {
            _log.Unexpected(e);
        }

        Lost++;
    }
}
