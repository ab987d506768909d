using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Egress.Proxy;

/// <summary>What one sync did.</summary>
/// <param name="List">The list as it was computed.</param>
/// <param name="State">How far the proxy is from it.</param>
/// <param name="Detail">Why it failed; empty when it did not.</param>
internal readonly record struct SyncResult(EgressAllowlist List, ListState State, string Detail);

/// <summary>
/// Computes the list from what the gate allows now, and brings the proxy's files, and the proxy, to it. One sync at a time: the caller sees
/// to that.
/// </summary>
internal sealed class LiveAllowlist
{
    private static readonly TimeSpan ReloadTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan InForceTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan InForcePoll = TimeSpan.FromMilliseconds(50);

    private readonly ActionRegistry _actions;
    private readonly LearnedStore _learned;
    private readonly EgressCeiling _ceiling;
    private readonly string? _path;
    private readonly ProxyProbe? _probe;
    private readonly ReloadCommand? _reload;
    private readonly TimeProvider _time;
    private readonly List<EgressAllowRule> _lent = [];
    private readonly IReadOnlyList<EgressRuleSet> _own;
    private long _writeFailures;
    private long _reloadFailures;

    internal LiveAllowlist(
        EgressProxyConfig config, ActionRegistry actions, LearnedStore learned, EgressCeiling ceiling, ProxyProbe? probe, TimeProvider time,
        IReadOnlyList<EgressRuleSet> own)
    {
        (_actions, _learned, _ceiling, _probe, _time, _path, _own) = (actions, learned, ceiling, probe, time, config.LiveAllowlistPath, own);
        _reload = config.ReloadCommand is { } words ? new ReloadCommand(words, ReloadTimeout) : null;
    }

    /// <summary>Whether the gate writes the list; else it is shipped with the proxy.</summary>
    internal bool IsKept => _path is not null;

    /// <summary>Syncs that could not write, and that could not reload, since the start.</summary>
    internal (long Write, long Reload) Failures => (Volatile.Read(ref _writeFailures), Volatile.Read(ref _reloadFailures));

    /// <summary>The list as it must be now.</summary>
    internal EgressAllowlist Compute()
    {
        var learned = _learned.Current;
        EgressAllowRule[] lent;
        lock (_lent)
        {
            lent = [.. _lent];
        }

        return EgressAllowlist.Of(Rules(), _ceiling, lent, _time.GetUtcNow());

        IEnumerable<EgressRuleSet> Rules()
        {
            foreach (var action in _actions.Actions)
            {
                yield return learned.RulesOf(action);
            }

            foreach (var rules in _own)
            {
                yield return rules;
            }
        }
    }

    /// <summary>Adds a rule for one call.</summary>
    internal void Lend(EgressAllowRule rule)
    {
        lock (_lent)
        {
            _lent.Add(rule);
        }
    }

    /// <summary>Takes one such rule back.</summary>
    internal void Return(EgressAllowRule rule)
    {
        lock (_lent)
        {
            _lent.Remove(rule);
        }
    }

    /// <summary>Writes the files where they are kept here.</summary>
    /// <exception cref="StartupException">They cannot be written.</exception>
    internal void Write(EgressAllowlist list)
    {
        if (_path is not null && !TryWrite(_path, list, out _, out var fault))
        {
            throw new StartupException(
                StartupError.EgressSyncFailed, $"The proxy's list {_path} cannot be written: {fault}", "Let the gate's user write the directory of egress_live_allowlist_path.");
        }
    }

    /// <summary>Computes, writes what differs, reloads, and waits until the proxy shows that it took it over.</summary>
    /// <param name="last">What the last sync concluded.</param>
    /// <param name="lastDigest">Of which list.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal async ValueTask<SyncResult> SyncAsync(ListState last, string lastDigest, CancellationToken cancellation)
    {
        var list = Compute();
        if (_path is null)
        {
            // The list is not the gate's; that it is the same one can be seen all the same.
            var isSame = _probe is not null && await _probe.HasInForceAsync(list, cancellation).ConfigureAwait(false) == true;
            return new SyncResult(list, isSame ? ListState.InForce : ListState.Unknown, "");
        }

        if (!TryWrite(_path, list, out var changed, out var fault))
        {
            Interlocked.Increment(ref _writeFailures);
            return new SyncResult(list, ListState.WriteFailed, fault);
        }

        // The files may be from a sync whose reload failed, or from a gate before this one.
        var isSettled = !changed && last is (ListState.InForce or ListState.Written) && lastDigest == list.Digest.ToString();
        if (!isSettled && _reload is not null)
        {
            var reloaded = await _reload.RunAsync().ConfigureAwait(false);
            if (reloaded.Outcome != ReloadOutcome.Done)
            {
                Interlocked.Increment(ref _reloadFailures);
                return new SyncResult(list, ListState.ReloadFailed, reloaded.Detail);
            }
        }

        return new SyncResult(list, await WaitInForceAsync(list, isSettled, cancellation).ConfigureAwait(false), "");
    }

    private async ValueTask<ListState> WaitInForceAsync(EgressAllowlist list, bool isSettled, CancellationToken cancellation)
    {
        if (_probe is null)
        {
            return ListState.Written;
        }

        var started = _time.GetTimestamp();
        while (true)
        {
            var answer = await _probe.HasInForceAsync(list, cancellation).ConfigureAwait(false);
            if (answer == true)
            {
                return ListState.InForce;
            }

            if (isSettled || answer is null || _time.GetElapsedTime(started) > InForceTimeout)
            {
                return ListState.NotInForce;
            }

            await Task.Delay(InForcePoll, _time, cancellation).ConfigureAwait(false);
        }
    }

    private static bool TryWrite(string path, EgressAllowlist list, out bool changed, out string fault)
    {
        try
        {
            // For another user's process to read, so not made private; the umask has its say.
            Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
            changed = SquidFiles.Write(path, list);
            fault = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (changed, fault) = (false, PlainText.Clean(e.Message));
            return false;
        }
    }
}
