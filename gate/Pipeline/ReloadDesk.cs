using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Policy;
using LatchGate.Secrets;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>
/// Reads the policy, its data and the secrets anew: for an operator, or for SIGHUP. What is refused changes nothing, and says so; both are in
/// the chain.
/// </summary>
internal sealed class ReloadDesk(PolicyDataStore policyData, PolicyDecisionPoint policy, SecretStore secrets, Ledger ledger, GateLog log) : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>Told after every reload, also one that was refused. Must not block.</summary>
    internal Action? Reloaded { get; init; }

    /// <summary>Reloads.</summary>
    /// <param name="announcement">Who asks; the rest is filled in.</param>
    /// <returns>What became of it, and whether the ledger took its event.</returns>
    internal async ValueTask<(PolicyReload Reload, bool IsRecorded)> ReloadAsync(AuditEvent announcement)
    {
        var reload = await policyData.ReloadAsync().ConfigureAwait(false);
        var refusal = reload.Refusal is { } text ? PlainText.Clean(text) : null;
        var credentials = secrets.Reload();
        if (credentials.Problem is { } problem)
        {
            log.Error("secrets_refused", $"the earlier secrets stay in force: {problem.Code}: {PlainText.Clean(problem.Detail)}");
            refusal = refusal is null ? $"secrets: {problem.Code}" : $"{refusal}; secrets: {problem.Code}";
            reload = reload with { Reloaded = false };
        }

        var written = await ledger.AppendEventAsync(announcement with
        {
            EventType = EventTypes.AdminReload,
            Decision = reload.Reloaded ? AuditDecision.Allow : AuditDecision.Error,
            DenyReason = refusal,
            PolicyVersion = reload.PolicyVersion,
            Detail = Detail(reload, credentials),
        }).ConfigureAwait(false);
        if (refusal is null)
        {
            log.Info("reloaded", $"policy data {PlainText.Clean(reload.PolicyVersion, 128)} are in force");
        }
        else
        {
            log.Error("reload_failed", $"what was refused is not in force, the earlier stays: {refusal}");
        }

        Reloaded?.Invoke();
        return (reload with { Refusal = refusal }, written.IsDurable);
    }

    /// <summary>Asks for a reload, from a signal's handler. Who asks while another waits to be begun is served by that one.</summary>
    internal void Request()
    {
        if (_asked.CurrentCount == 0)
        {
            _ = _asked.Release();
        }
    }

    /// <summary>Reloads whenever it is asked to, until <paramref name="stop"/>.</summary>
    internal async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _asked.WaitAsync(stop).ConfigureAwait(false);
                var announcement = new AuditEvent
                {
                    TraceId = AuthorizedCall.NewId(),
                    EventType = EventTypes.AdminReload,
                    Decision = AuditDecision.Allow,
                    Principal = "signal:SIGHUP",
                };
                await TryReloadAsync(announcement).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _asked.Dispose();

    // Nobody waits for a signal's reload: whatever it meets, the next signal is served.
    private async ValueTask TryReloadAsync(AuditEvent announcement)
    {
        try
        {
            var (_, isRecorded) = await ReloadAsync(announcement).ConfigureAwait(false);
            if (!isRecorded)
            {
                log.Error("reload_unrecorded", "the reload could not be recorded; the ledger's disk may be full");
            }
        }
        catch (Exception e)
        {
            log.Unexpected(e);
        }
    }

    private CanonicalBytes Detail(PolicyReload reload, SecretReload credentials)
    {
        using var json = new CanonicalWriter();
        return json.BeginObject().Member("bundle_revision"u8, reload.Revision)
            .Member("data_digest"u8, policy.OwnsData ? policyData.Digest : null)
            .Member("policy_version"u8, reload.PolicyVersion)
            .Optional("secrets_digest"u8, credentials.FileDigest).End().Finish();
    }
}
