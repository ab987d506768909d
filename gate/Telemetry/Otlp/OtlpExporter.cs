using System.Threading.Channels;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Telemetry.Otlp;

/// <summary>
/// Brings spans of calls and records of egress to a collector. Never in the way of a call: what does not fit the queue is dropped and counted, and the ledger
/// has it all the same.
/// </summary>
internal sealed class OtlpExporter : IAsyncDisposable
{
    // Spans; with the last call a few more.
    private const int MaxBatch = 512;
    private const int MaxAttempts = 5;

    // How long records gather, so that a busy gate sends few requests.
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private readonly Channel<OtlpSignal> _queue;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _abort;
    private readonly OtlpSender _sender;
    private readonly OtlpJson _json;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly Task _sending;
    private readonly HashSet<Uri> _failing = [];
    private long _droppedSpans;
    private long _droppedLogs;

    /// <exception cref="StartupException">A header's file is missing or unsafe.</exception>
    internal OtlpExporter(OtlpConfig config, GateLog log, TimeProvider time)
    {
        (_log, _time) = (log, time);
        _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _sender = new OtlpSender(config, time);
        _json = new OtlpJson(config.ServiceName, ProductVersion.Text, Guid.NewGuid().ToString(), config.ClrkAliases);

        // Wait, so that a full queue says so; nobody waits, since offers only try.
        _queue = Channel.CreateBounded<OtlpSignal>(new BoundedChannelOptions(config.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _sending = Task.Run(RunAsync);
    }

    /// <summary>Spans that no collector took.</summary>
    internal long DroppedSpans => Interlocked.Read(ref _droppedSpans);

    /// <summary>Log records that no collector took.</summary>
    internal long DroppedLogs => Interlocked.Read(ref _droppedLogs);

    /// <summary>Queues a record if there is room.</summary>
    internal void Offer(OtlpSignal signal)
    {
        // Counted first: once it is queued, its maker may have it back.
        var (spans, logs) = (signal.Spans, signal.IsLogged ? 1 : 0);
        if (spans + logs > 0 && !_queue.Writer.TryWrite(signal))
        {
            Interlocked.Add(ref _droppedSpans, spans);
            Interlocked.Add(ref _droppedLogs, logs);
            signal.Release();
        }
    }

    /// <summary>Sends what is queued, for three seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _abort.CancelAfter(LastWords);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        _sender.Dispose();
        _closing.Dispose();
        _abort.Dispose();
    }

    private async Task RunAsync()
    {
        var batch = new List<OtlpSignal>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await PauseAsync(Gather).ConfigureAwait(false);
            var (spans, logs) = (0, 0);
            while (spans < MaxBatch && batch.Count < MaxBatch && _queue.Reader.TryRead(out var signal))
            {
                batch.Add(signal);
                spans += signal.Spans;
                logs += signal.IsLogged ? 1 : 0;
            }

            var composed = TryCompose(batch, out var traces, out var records);
            foreach (var signal in batch)
            {
                signal.Release();
            }

            batch.Clear();
            Interlocked.Add(ref _droppedSpans, spans == 0 ? 0 : composed ? await SendAsync(_sender.Traces, traces, spans).ConfigureAwait(false) : spans);
            Interlocked.Add(ref _droppedLogs, logs == 0 ? 0 : composed ? await SendAsync(_sender.Logs, records, logs).ConfigureAwait(false) : logs);
        }
    }

    private bool TryCompose(List<OtlpSignal> batch, out ReadOnlyMemory<byte> traces, out ReadOnlyMemory<byte> records)
    {
        try
        {
            (traces, records) = (_json.Traces(batch), _json.Logs(batch));
            return true;
        }
        catch (Exception e)
        {
            // Whatever is wrong with one batch must not end the export.
            _log.Unexpected(e);
            (traces, records) = (default, default);
            return false;
        }
    }

    /// <returns>How many of the records were not taken.</returns>
    private async Task<long> SendAsync(Uri to, ReadOnlyMemory<byte> body, int count)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            OtlpOutcome outcome;
            try
            {
                outcome = await _sender.PostAsync(to, body, _abort.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return count;
            }
            catch (Exception e)
            {
                // Whatever is wrong with one request must not end the export.
                _log.Unexpected(e);
                return count;
            }

            if (outcome.Answer == OtlpAnswer.Taken)
            {
                Told(isFailing: false, to, "");
                return Math.Min(count, outcome.Rejected);
            }

            Told(isFailing: true, to, outcome.Detail);
            if (outcome.Answer == OtlpAnswer.Refused || attempt == MaxAttempts || _closing.IsCancellationRequested)
            {
                return count;
            }

            // Half of it by chance, so that many gates do not come back at once.
            var wait = outcome.After ?? (pause / 2) + (pause / 2 * Random.Shared.NextDouble());
            await PauseAsync(wait < LongestPause ? wait : LongestPause).ConfigureAwait(false);
            pause *= 2;
        }
    }

    // Ends early when the gate stops.
    private async Task PauseAsync(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Once when it begins and once when it ends, however many requests fail meanwhile.
    private void Told(bool isFailing, Uri to, string detail)
    {
        if (isFailing && _failing.Add(to))
        {
            _log.Warn("otlp_export_failed", $"spans or records of egress are not taken at {to.GetLeftPart(UriPartial.Path)}: {detail}; the ledger has them");
        }
        else if (!isFailing && _failing.Remove(to))
        {
            _log.Info("otlp_export_resumed", $"spans or records of egress are taken again at {to.GetLeftPart(UriPartial.Path)}");
        }
    }
}
