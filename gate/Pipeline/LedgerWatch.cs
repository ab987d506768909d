using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Storage;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>
/// Says when the ledger's disk refuses, and asks it again every second until it does not: the event of that (<c>ledger_restored</c>)
/// is the write that tries. After a failed sync it asks no more (<see cref="GroupCommit"/>).
/// </summary>
internal sealed class LedgerWatch(Ledger ledger, AuditTrail audit, GateLog log, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private DateTimeOffset _since;
    private WriteFailure? _told;
    private WriteFailure? _settled;
    private string? _toldOfLog;
    private long _lostBefore;

    /// <summary>The word for a failure, in <c>/readyz</c> and in the log.</summary>
    internal static string Label(WriteFailure failure) => failure.IsFinal ? "ledger_sync_failed" : "ledger_write_failed";

    /// <summary>Watches until <paramref name="stop"/> fires.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                await LookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private async ValueTask LookAsync()
    {
        if (ledger.CheckpointProblem is var problem && problem != _toldOfLog)
        {
            _toldOfLog = problem;
            log.Warn("ledger_log_grows", problem is null
                ? "the ledger's write-ahead log is moved to its file again"
                : $"the ledger's write-ahead log cannot be moved to its file; what is recorded is durable, and the log grows: {problem}");
        }

        // Also one that is over by now: what the disk refused is known to whoever reads the log or the chain.
        var failure = ledger.LastFailure;
        if (failure is null || ReferenceEquals(failure, _settled))
        {
            return;
        }

        Tell(failure);
        if (!failure.IsFinal && (await ledger.AppendEventAsync(Restored(failure)).ConfigureAwait(false)).IsDurable)
        {
            (_told, _settled, _lostBefore) = (null, failure, audit.Lost);
            log.Info("ledger_restored", "the ledger takes writes again");
        }
    }

    private void Tell(WriteFailure failure)
    {
        if (_told is null)
        {
            _since = time.GetUtcNow();
        }

        if (_told is null || _told.IsFinal != failure.IsFinal)
        {
            log.Error(Label(failure), failure.IsFinal
                ? $"the disk did not confirm what was written: nothing is recorded and no call made until the gate is started again: {failure.Reason}"
                : $"the disk takes nothing; no call is made until it does: {failure.Reason}");
        }

        _told = failure;
    }

    private AuditEvent Restored(WriteFailure failure)
    {
        using var json = new CanonicalWriter();
        return new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.LedgerRestored,
            Decision = AuditDecision.Allow,
            DenyReason = PlainText.Clean(failure.Reason, 256),
            Principal = "gate",
            Detail = json.BeginObject()
                .Member("lost_events"u8, (long?)(audit.Lost - _lostBefore))
                .Member("since"u8, WireTime.Format(_since))
                .End().Finish(),
        };
    }
}
