using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Egress.Proxy;

/// <summary>
/// Keeps the proxy's list equal to what the gate allows, and the proof that the proxy denies the rest. Changes that come together are one
/// sync; there is one sync at a time. Safe for concurrent use.
/// </summary>
/// <remarks>
/// <code>
/// start, learned hosts changed, reload, interval ─▶ compute ─▶ write (if it differs) ─▶ reload command ─▶ wait until it is in force ─▶ canary
/// </code>
/// What fails is tried again soon, and shows in the log, the metrics, the status and /readyz until it succeeds.
/// </remarks>
internal sealed class EgressProxyService : IDisposable
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    // As many calls as may ask for one canary between two that failed.
    private static readonly TimeSpan LeastBetweenProbes = TimeSpan.FromMilliseconds(250);

    private readonly LearnedStore _learned;
    private readonly EgressProxyConfig _config;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly ProxyProbe? _probe;
    private readonly LiveAllowlist _list;
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _syncing = new(1);
    private readonly SemaphoreSlim _probing = new(1);
    private readonly Lock _swapping = new();
    private volatile EgressProxyState _state;
    private long _probedAt;
    private bool _disposed;

    internal EgressProxyService(
        EgressProxyConfig config, ActionRegistry actions, LearnedStore learned, EgressCeiling ceiling, GateLog log, TimeProvider time,
        IReadOnlyList<EgressRuleSet>? own = null)
    {
        (_config, _learned, _log, _time) = (config, learned, log, time);
        _probe = config.Url is { } url ? new ProxyProbe(url, ProbeTimeout) : null;
        _list = new LiveAllowlist(config, actions, learned, ceiling, _probe, time, own ?? []);
        _state = EgressProxyState.Initial(_probe is not null);
        learned.Changed += Request;
    }

    /// <summary>What is known now.</summary>
    internal EgressProxyState State => _state;

    /// <summary>Syncs that could not write, and that could not reload, since the start.</summary>
    internal (long Write, long Reload) Failures => _list.Failures;

    /// <inheritdoc/>
    public void Dispose()
    {
        _learned.Changed -= Request;
        lock (_swapping)
        {
            _disposed = true;
            _asked.Dispose();
        }

        _syncing.Dispose();
        _probing.Dispose();
    }

    /// <summary>Writes the list before the gate serves, and leaves the rest to <see cref="ServeAsync"/>.</summary>
    /// <exception cref="StartupException">It cannot be written.</exception>
    internal void Start()
    {
        if (_config is { Url: null, LiveAllowlistPath: null })
        {
            return;
        }

        var list = Compute();
        foreach (var omitted in list.Omitted)
        {
            _log.Warn("egress_list_omits", omitted);
        }

        _list.Write(list);
        Request();
    }

    /// <summary>Asks for a sync and a canary, from anywhere; returns at once.</summary>
    internal void Request()
    {
        lock (_swapping)
        {
            if (!_disposed && _asked.CurrentCount == 0)
            {
                _ = _asked.Release();
            }
        }
    }

    /// <summary>Serves requests and the clock until <paramref name="stop"/>.</summary>
    internal async Task ServeAsync(CancellationToken stop)
    {
        if (_config is { Url: null, LiveAllowlistPath: null })
        {
            return;
        }

        try
        {
            while (true)
            {
                var wait = _state.IsDegraded || _state is { IsConfigured: true, Fault: ProxyFault.NotProbed } ? RetryInterval : Interval;
                if (await _asked.WaitAsync(wait, stop).ConfigureAwait(false))
                {
                    await Task.Delay(Debounce, _time, stop).ConfigureAwait(false);
                    while (_asked.Wait(0, stop))
                    {
                        // Those that came meanwhile are served by this one.
                    }
                }

                await TrySyncAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <summary>
    /// What stands against sending anything through the proxy; <see cref="ProxyFault.None"/> when it is attested, and when there is none.
    /// A proxy that failed is asked again first, so that a call does not wait for the clock.
    /// </summary>
    internal async ValueTask<ProxyFault> RequireAttestedAsync(CancellationToken cancellation)
    {
        if (_probe is null || _state.IsAttested)
        {
            return ProxyFault.None;
        }

        await ProbeAsync(sparing: true, cancellation).ConfigureAwait(false);
        return _state.Fault;
    }

    /// <summary><see cref="RequireAttestedAsync"/>, as the reason of a refusal.</summary>
    internal async ValueTask<EgressReason> AdmitAsync(CancellationToken cancellation)
    {
        var fault = _state.IsAttested ? ProxyFault.None : await RequireAttestedAsync(cancellation).ConfigureAwait(false);
        return fault switch
        {
            ProxyFault.None => EgressReason.Allowed,
            ProxyFault.Unreachable or ProxyFault.NoAnswer => EgressReason.ProxyFailed,
            _ => EgressReason.ProxyUnattested,
        };
    }

    /// <summary>
    /// Lists the host of a rule that an operator approved for one call, until the call is over. Returns when the proxy has it, or when it is clear that
    /// it will not: the call then ends at the proxy. Does nothing where the list is shipped with the proxy.
    /// </summary>
    internal async ValueTask<IDisposable?> LendAsync(EgressAllowRule rule, CancellationToken cancellation)
    {
        if (!_list.IsKept)
        {
            return null;
        }

        _list.Lend(rule);
        var loan = new Loan(this, rule);
        try
        {
            await TrySyncAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            loan.Dispose();
            throw;
        }

        return loan;
    }

    /// <summary>The list as it must be now.</summary>
    internal EgressAllowlist Compute() => _list.Compute();

    // Nobody waits for most of these: whatever one meets, the next is served.
    private async ValueTask TrySyncAsync(CancellationToken cancellation)
    {
        await _syncing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var before = _state;
            Conclude(await _list.SyncAsync(before.List, before.Digest, cancellation).ConfigureAwait(false));
            await ProbeAsync(sparing: false, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            _log.Unexpected(e);
        }
        finally
        {
            _syncing.Release();
        }
    }

    private async ValueTask ProbeAsync(bool sparing, CancellationToken cancellation)
    {
        if (_probe is null)
        {
            return;
        }

        await _probing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Who waited while another asked has the answer.
            if (sparing && (_state.IsAttested || (_probedAt != 0 && _time.GetElapsedTime(_probedAt) < LeastBetweenProbes)))
            {
                return;
            }

            var fault = await _probe.RunAsync(cancellation).ConfigureAwait(false);
            _probedAt = _time.GetTimestamp();
            Found(fault);
        }
        finally
        {
            _probing.Release();
        }
    }

    private void Found(ProxyFault fault)
    {
        ProxyFault before;
        lock (_swapping)
        {
            before = _state.Fault;
            _state = _state with { Fault = fault, ProbedAt = _time.GetUtcNow() };
        }

        if (fault == before)
        {
            return;
        }

        if (fault == ProxyFault.None)
        {
            _log.Info("egress_proxy_attested", $"{_config.Url} refuses what no list has, and what is not public");
        }
        else
        {
            _log.Error(fault.Label(), $"{_config.Url}: actions reach nothing until this is mended. {fault.Remedy()}");
        }
    }

    private void Conclude(in SyncResult result)
    {
        var (list, state, detail) = result;
        EgressProxyState before;
        lock (_swapping)
        {
            before = _state;
            _state = before with { List = state, Detail = detail, Digest = list.Digest.ToString(), Entries = list.Count };
        }

        if (state.IsFault() && (state != before.List || detail != before.Detail))
        {
            _log.Error(state.Label(), $"{_config.LiveAllowlistPath}: the proxy keeps an earlier list{(detail.Length > 0 ? $": {detail}" : "")}");
        }
        else if (!state.IsFault() && state != ListState.Unknown && (state != before.List || before.Digest != list.Digest.ToString()))
        {
            _log.Info("egress_list", $"{list.Count} entries, {list.Digest}, {state.Label()}");
        }
    }

    private void Return(EgressAllowRule rule)
    {
        _list.Return(rule);
        Request();
    }

    /// <summary>One call's rule; returned once.</summary>
    private sealed class Loan(EgressProxyService service, EgressAllowRule rule) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                service.Return(rule);
            }
        }
    }
}
