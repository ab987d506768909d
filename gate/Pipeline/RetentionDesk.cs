using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>Seals old events of a running gate: when an operator asks, and every hour what is older than the configuration keeps.</summary>
/// <param name="sealer">Does it, one segment at a time.</param>
/// <param name="keepDays">Days that stay; null seals only when asked.</param>
/// <param name="log">Hears what was done.</param>
/// <param name="time">Clock.</param>
internal sealed class RetentionDesk(LedgerSealer sealer, int? keepDays, GateLog log, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    /// <summary>Seals one segment.</summary>
    /// <param name="request">What stays.</param>
    /// <param name="announcement">Who asks; the rest is filled in.</param>
    /// <param name="cancellation">Ends it before anything is deleted.</param>
    internal async ValueTask<SealResult> SealAsync(SealRequest request, AuditEvent announcement, CancellationToken cancellation)
    {
        var result = await sealer.SealAsync(request, announcement, cancellation).ConfigureAwait(false);
        switch (result.Outcome)
        {
            case SealOutcome.Sealed:
                var record = result.Record!;
                var file = Path.Combine(sealer.ArchiveDirectory, record.File);
                log.Info("ledger_sealed", $"events {record.FirstSeq} to {record.LastSeq} are in {file}");
                break;
            case SealOutcome.NothingToSeal:
                break;
            default:
                log.Error("seal_failed", $"no event left the ledger: {PlainText.Clean(result.Reason ?? "", 400)}");
                break;
        }

        return result;
    }

    /// <summary>Seals every hour what is older than is to be kept, until <paramref name="stop"/>.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        if (keepDays is not { } days)
        {
            return;
        }

        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                var request = new SealRequest(time.GetUtcNow() - TimeSpan.FromDays(days), 0);
                while ((await SealAsync(request, Announcement(), stop).ConfigureAwait(false)).Outcome == SealOutcome.Sealed)
                {
                    // The next segment.
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private static AuditEvent Announcement() => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.LedgerSealed,
        Decision = AuditDecision.Allow,
        Principal = "gate:retention",
    };
}
