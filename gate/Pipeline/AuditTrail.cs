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

    // A call that needs the disk waits for at most this much of somebody else's refusals.
    private const int LargestBatch = 256;

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
        var batch = new List<AuditEvent>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // What was queued while the last commit waited for the disk shares the next one.
            while (batch.Count < LargestBatch && _queue.Reader.TryRead(out var e))
            {
                batch.Add(e);
            }

            var written = await _ledger.AppendEventsAsync(batch).ConfigureAwait(false);
            if (!written.IsDurable)
            {
                Lost += batch.Count;
                _log.Error("audit_write_failed", $"{batch.Count} events of refused calls are not in the ledger: {written.Fault}");
            }

            batch.Clear();
        }
    }
}
