using LatchGate.Approvals;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Grants;
using LatchGate.HostIo;
using LatchGate.Sandbox;
using LatchGate.Telemetry;

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
        };
        var host = new HttpHostCalls(http, context, log.Guest);

        // A secret that is rotated meanwhile is hidden until this execution has said all that it will.
        using var hold = http.Secrets.Hold();
        try
        {
            using var loan = EgressProxy is null || ReferenceEquals(rules, call.Egress)
                ? null
                : await EgressProxy.LendAsync(rules.Allow[^1], CancellationToken.None).ConfigureAwait(false);
            var result = await EnterAsync(call, grant, intent, host).ConfigureAwait(false);
            result = result with { Output = http.Secrets.Redactor.Redact(result.Output) };
            return new DispatchResult(result, host.Evidence, host.FirstRefusal) { Hops = host.Hops };
        }
        catch (Exception e)
        {
            log.Unexpected(e);
            return new DispatchResult(default, host.Evidence, host.FirstRefusal, GateFailed: true) { Hops = host.Hops };
        }
    }

    private ValueTask<SandboxResult> EnterAsync(AuthorizedCall call, VerifiedGrant grant, RecordedIntent intent, HttpHostCalls host)
    {
        var action = call.Action;
        if (intent.Intent.GrantId != grant.Terms.GrantId || intent.Intent.TaskDigest != call.Task.Hash || grant.Terms.TaskHash != call.Task.Hash)
        {
            throw new InvalidOperationException("The grant, the intent and the task belong to different calls.");
        }

        var module = SandboxModule.Find(action.ProviderName)
            ?? throw new InvalidOperationException($"The provider {action.ProviderName} is not in this binary.");

        // Not cancelled when the client leaves: from here on the effect may have happened, and is brought to its receipt.
        return sandbox.ExecuteAsync(module, action.Imports, call.Task.Bytes, action.Limits, host, CancellationToken.None);
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
    /// <summary>What every request of the guest came to, in order; null where no guest was entered.</summary>
    internal IReadOnlyList<EgressRecord>? Hops { get; init; }
}
