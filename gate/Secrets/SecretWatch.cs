using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Secrets;

/// <summary>Looks every few seconds whether the secrets file or its key was replaced, and puts what is new in force.</summary>
internal sealed class SecretWatch(SecretStore store, Ledger ledger, GateLog log, TimeProvider time)
{
    /// <summary>How often it looks.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Looks until <paramref name="stop"/>.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        if (!store.IsConfigured)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                await TryLookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <summary>The event of a reading: which file is in force, the names in it, or why it was refused. Never a value.</summary>
    internal static AuditEvent EventOf(SecretStore store, SecretReload reload)
    {
        using var json = new CanonicalWriter();
        var detail = json.BeginObject().Member("file_digest"u8, reload.FileDigest).Name("names"u8).List([.. store.Names]).End().Finish();
        return new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.SecretsLoaded,
            Decision = reload.Problem is null ? AuditDecision.Allow : AuditDecision.Error,
            DenyReason = reload.Problem?.Code,
            Detail = detail,
        };
    }

    /// <summary>Records a reading; what became of it is in force already.</summary>
    internal async ValueTask RecordAsync(SecretReload reload)
    {
        if (reload.Problem is { } problem)
        {
            log.Error("secrets_refused", $"the earlier secrets stay in force: {problem.Code}: {PlainText.Clean(problem.Detail)}");
        }

        if (!(await ledger.AppendEventAsync(EventOf(store, reload)).ConfigureAwait(false)).IsDurable)
        {
            log.Error("secrets_unrecorded", "a reading of the secrets could not be recorded; the ledger's disk may be full");
        }
    }

    // Whatever one look meets, the next one is taken.
    private async ValueTask TryLookAsync()
    {
        try
        {
            if (store.ReloadIfChanged() is { } reload && (reload.Changed || reload.Problem is not null))
            {
                await RecordAsync(reload).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            log.Unexpected(e);
        }
    }
}
