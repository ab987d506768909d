using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Grants;
using LatchGate.HostIo;
using LatchGate.HostIo.Files;
using LatchGate.Sandbox;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Pipeline;

/// <summary>
/// The one place where a provider is entered. It demands the proof of every stage before it, so a skipped check does not
/// compile; a test shows that nothing else calls the sandbox.
/// </summary>
internal sealed class Dispatch(SandboxHost sandbox, HttpHost http, EgressCeiling ceiling, CapBook caps, GateLog log)
{
    /// <summary>Lists the host of an approved call while it runs; null where there is no proxy.</summary>
    internal EgressProxyService? EgressProxy { get; init; }

    /// <summary>Runs the provider once.</summary>
    /// <param name="call">Authenticated, valid, permitted.</param>
    /// <param name="grant">Signed for this call, and verified since.</param>
    /// <param name="intent">Durable; its grant is consumed and the budget debited.</param>
    /// <returns>What happened, even where the gate itself fails: what the host saw until then belongs into the receipt.</returns>
    internal async ValueTask<DispatchResult> RunAsync(AuthorizedCall call, VerifiedGrant grant, RecordedIntent intent)
    {
        var action = call.Action;
        var rules = call.OpenedHost is { } opened ? ApprovedHost.Open(call.Egress, opened, call.Task) : call.Egress;
        var context = new HttpCallContext(rules, ceiling, call.Subject.Principal, action.Id, action.Limits.MaxHostResponseBytes, rules.MaxRedirects)
        {
            Caps = caps.ForExecution(call.Subject.TraceId),
            TraceParent = rules.RequestHeaders.IsEmpty ? null : call.Subject.Trace?.ContextOf(CallStage.Provider).ToTraceParent(),
            TraceState = call.Subject.Trace?.TraceState,
        };
        var host = new HttpHostCalls(http, context, log.Guest);
        var files = action.Files is { } spec
            ? new FileHostCalls(new FileCallContext(spec, call.Paths, call.Subject.FsRoot, call.OpenedPath))
            : null;

        // A secret that is rotated meanwhile is hidden until this execution has said all that it will.
        using var hold = http.Secrets.Hold();
        try
        {
            using var loan = EgressProxy is null || ReferenceEquals(rules, call.Egress)
                ? null
                : await EgressProxy.LendAsync(rules.Allow[^1], CancellationToken.None).ConfigureAwait(false);
            var result = await EnterAsync(call, grant, intent, new HostCalls(host, files)).ConfigureAwait(false);

            // What is in a file is the session's, and is compared with its hash.
            result = files is null ? result with { Output = http.Secrets.Redactor.Redact(result.Output) } : result;
            return Ended(result, gateFailed: false);
        }
        catch (Exception e)
        {
            log.Unexpected(e);
            return Ended(default, gateFailed: true);
        }

        DispatchResult Ended(SandboxResult result, bool gateFailed) =>
            new(result, Judged(action, host.Evidence), host.FirstRefusal, gateFailed)
            {
                Hops = host.Hops,
                Files = files?.Evidence ?? [],
                FileRefusal = files?.FirstRefusal,
            };
    }

    // Rules look at a body without the gate's secrets, so that nothing they say can hold one. It is searched only where there are such rules.
    private IReadOnlyList<HostIo.EffectEvidence> Judged(ActionSpec action, IReadOnlyList<HostIo.EffectEvidence> seen)
    {
        if (!action.Verification.ReadsBody || seen is not [.., var last]
            || !http.Secrets.Redactor.TryRedact(last.KeptBody.Span, out var redacted))
        {
            return seen;
        }

        var judged = new List<HostIo.EffectEvidence>(seen);
        judged[^1] = last with { KeptBody = redacted };
        return judged;
    }

    private ValueTask<SandboxResult> EnterAsync(AuthorizedCall call, VerifiedGrant grant, RecordedIntent intent, HostCalls host)
    {
        var action = call.Action;
        if (intent.Intent.GrantId != grant.Terms.GrantId || intent.Intent.TaskDigest != call.Task.Hash || grant.Terms.TaskHash != call.Task.Hash)
        {
            throw new InvalidOperationException("The grant, the intent and the task belong to different calls.");
        }

        var module = SandboxModule.Find(action.ProviderName)
            ?? throw new InvalidOperationException($"The provider {action.ProviderName} is not in this binary.");

        // Not cancelled when the client leaves: from here on the effect may have happened, and is brought to its receipt.
        return sandbox.ExecuteAsync(module, action.Imports, http.Secrets.Redactor.Redact(call.Task.Bytes), action.Limits, host, CancellationToken.None);
    }
}

/// <summary>What one execution did.</summary>
/// <param name="Sandbox">How the guest ended, and what it used.</param>
/// <param name="Effects">What the host saw, one entry for each time the network was reached.</param>
/// <param name="Refusal">The first host call that was refused or failed; null when none was.</param>
/// <param name="GateFailed">The gate itself failed while the guest ran; <paramref name="Sandbox"/> then says nothing.</param>
internal readonly record struct DispatchResult(
    SandboxResult Sandbox, IReadOnlyList<HostIo.EffectEvidence> Effects, EgressVerdict? Refusal, bool GateFailed = false)
{
    private readonly IReadOnlyList<FileEvidence>? _files;

    /// <summary>What the host saw, one entry for each time a file was reached.</summary>
    internal IReadOnlyList<FileEvidence> Files
    {
        get => _files ?? [];
        init => _files = value;
    }

    /// <summary>The first file operation that was refused or failed; null when none was.</summary>
    internal FileRefusal? FileRefusal { get; init; }

    /// <summary>What every request of the guest came to, in order; null where no guest was entered.</summary>
    internal IReadOnlyList<EgressRecord>? Hops { get; init; }
}
