using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Policy;

/// <summary>How the gate's data document on disk relates to the data in force.</summary>
internal enum PolicyFileState
{
    /// <summary>It is what is in force.</summary>
    InForce,

    /// <summary>It was edited by hand; the next change, a reload or a restart puts it in force.</summary>
    Edited,

    /// <summary>It was edited by hand into something that cannot be put in force.</summary>
    Invalid,

    /// <summary>It cannot be read.</summary>
    Unreadable,
}

/// <summary>
/// Owns the gate's data document on disk: one change at a time, applied to what the file holds at that moment, so that no editor's
/// update is lost (D-54). Safe for concurrent use, also beside another gate on the same file.
/// </summary>
/// <remarks>
/// <code>
/// lock → read the file again → plan → validate as at start → old file kept beside → write durably → in force → event durable → answer
///                                                                                                        └── refused: engine and file as before, by a rename
/// </code>
/// A crash after the write leaves a whole file, which the next start loads and records.
/// </remarks>
internal sealed class PolicyDataStore : IDisposable
{
    private const string NotRestored =
        "and the file could not be restored: the change is not in force, but the next change, reload or start would load it from the file";

    private readonly PolicyDataFile _file;
    private readonly PolicyDecisionPoint _policy;
    private readonly ActionRegistry _actions;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);
    private Sha256Digest _digest;

    /// <summary>Takes the file over from <paramref name="policy"/>, which has loaded it.</summary>
    /// <param name="path">The file; it need not exist where a bundle brings all data.</param>
    /// <param name="policy">Where changed data go in force.</param>
    /// <param name="actions">The gate's actions.</param>
    /// <param name="log">Takes what answers must not hold: paths.</param>
    /// <param name="time">Bounds the wait for the file's lock.</param>
    /// <exception cref="StartupException">The file cannot be read (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    internal PolicyDataStore(string path, PolicyDecisionPoint policy, ActionRegistry actions, GateLog log, TimeProvider time)
    {
        (_file, _policy, _actions, _log, _time) = (new PolicyDataFile(path), policy, actions, log, time);
        try
        {
            _digest = policy.OwnsData ? Sha256Digest.Of(_file.Read(policy.HasBundle)) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PolicyLoading.Bad("The policy data cannot be read.", $"Look at {path}, or name another file with policy_data_path.", e);
        }
    }

    /// <summary>SHA-256 of the gate's document as it was loaded or written last.</summary>
    internal Sha256Digest Digest => _digest;

    /// <summary>How the file relates to what is in force.</summary>
    internal PolicyFileState FileState()
    {
        try
        {
            return _policy.DataFor(_file.Read(_policy.HasBundle)).Document.Equals(_policy.Data.Document) ? PolicyFileState.InForce : PolicyFileState.Edited;
        }
        catch (StartupException e)
        {
            _log.Warn("policy_data_invalid", e.Detail);
            return PolicyFileState.Invalid;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warn("policy_data_unreadable", e.Message);
            return PolicyFileState.Unreadable;
        }
    }

    /// <summary>Makes one change.</summary>
    /// <param name="edit">What changes.</param>
    /// <param name="record">Makes the change's event durable; false, or an exception, undoes the change.</param>
    internal async ValueTask<PolicyDataResult> ChangeAsync(PolicyEdit edit, Func<PolicyDataChange, ValueTask<bool>> record)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            using var exclusive = await _file.LockAsync(_time).ConfigureAwait(false);
            return exclusive is null
                ? new PolicyDataResult(PolicyDataFault.Locked, null, "another process holds the lock of the policy data")
                : await ChangeLockedAsync(edit, record).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Error("policy_data_not_writable", e.Message);
            return new PolicyDataResult(PolicyDataFault.NotWritable, null, "the policy data cannot be written; the gate's log says why");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads policy and data anew, between two changes. What is refused changes nothing.</summary>
    internal async ValueTask<PolicyReload> ReloadAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            var reload = await _policy.ReloadAsync().ConfigureAwait(false);
            if (reload.Reloaded && _policy.OwnsData)
            {
                _digest = Sha256Digest.Of(_file.Read(_policy.HasBundle));
            }

            return reload;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Error("policy_data_unreadable", e.Message);
            return new PolicyReload(false, _policy.PolicyVersion, _policy.Revision, "the policy data cannot be read; the gate's log says why");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<PolicyDataResult> ChangeLockedAsync(PolicyEdit edit, Func<PolicyDataChange, ValueTask<bool>> record)
    {
        if (!TryReadFile(out var json, out var found, out var failure))
        {
            return failure;
        }

        // A hand-edited file counts as a change even where the edit itself adds nothing: what the answer promises must be in force.
        var before = _policy.Data;
        var isEdited = !found.Document.Equals(before.Document);
        var plan = edit.Plan(found, _actions);
        if (plan.NotFound && (!isEdited || edit.Plan(before, _actions).NotFound))
        {
            return new PolicyDataResult(PolicyDataFault.NotFound, null);
        }

        if (plan.Patches.IsEmpty && !isEdited)
        {
            return new PolicyDataResult(PolicyDataFault.None, new PolicyDataChange(edit, plan, before.Version, before.Version) { Data = before });
        }

        var version = PolicyVersion.Next(found.Version);
        var changed = PolicyDataText.Rewrite(json, [new PolicyDataPatch(["policy_version"], writer => writer.WriteStringValue(version)), .. plan.Patches]);
        if (!TryCheck(changed, out var after, out failure))
        {
            return failure;
        }

        using var former = _file.Keep(json);
        _file.Replace(changed);
        try
        {
            _policy.ReplaceData(changed);
        }
        catch (StartupException e)
        {
            return new PolicyDataResult(PolicyDataFault.Refused, null, TryRestore(former) ? e.Detail : $"{e.Detail}; {NotRestored}");
        }

        var change = new PolicyDataChange(edit, plan, before.Version, version)
        {
            DigestBefore = _digest,
            DigestFound = Sha256Digest.Of(json),
            DigestAfter = Sha256Digest.Of(changed),
            Data = after,
        };
        if (await RecordAsync(change, record).ConfigureAwait(false))
        {
            _digest = change.DigestAfter;
            return new PolicyDataResult(PolicyDataFault.None, change);
        }

        // What is not in the ledger did not happen. The engine first: it is what decides.
        _policy.Restore(before);
        return new PolicyDataResult(PolicyDataFault.NotRecorded, null, TryRestore(former) ? null : NotRestored);
    }

    private bool TryRestore(PolicyDataFile.Former former)
    {
        try
        {
            former.Restore();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Error("policy_data_not_restored", $"the file holds a change that was refused, and the next start would load it: {e.Message}");
            return false;
        }
    }

    private async ValueTask<bool> RecordAsync(PolicyDataChange change, Func<PolicyDataChange, ValueTask<bool>> record)
    {
        try
        {
            return await record(change).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _log.Unexpected(e);
            return false;
        }
    }

    private bool TryReadFile(out byte[] json, out PolicyData found, out PolicyDataResult failure)
    {
        (json, found, failure) = ([], _policy.Data, default);
        try
        {
            json = _file.Read(_policy.HasBundle);
            found = _policy.DataFor(json);
            return true;
        }
        catch (StartupException e)
        {
            failure = new PolicyDataResult(PolicyDataFault.Invalid, null, $"it was edited by hand: {e.Detail}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Error("policy_data_unreadable", e.Message);
            failure = new PolicyDataResult(PolicyDataFault.Unreadable, null, "the policy data cannot be read; the gate's log says why");
        }

        return false;
    }

    private bool TryCheck(byte[] json, out PolicyData after, out PolicyDataResult failure)
    {
        (after, failure) = (_policy.Data, default);
        if (json.Length > PolicyDataFile.LargestFile)
        {
            failure = new PolicyDataResult(PolicyDataFault.NotWritable, null, $"the policy data would be larger than {PolicyDataFile.LargestFile} bytes");
            return false;
        }

        try
        {
            after = _policy.DataFor(json);
            return true;
        }
        catch (StartupException e)
        {
            failure = new PolicyDataResult(PolicyDataFault.Refused, null, e.Detail);
            return false;
        }
    }
}
