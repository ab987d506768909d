using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Policy;

/// <summary>How the data document on disk relates to the one in force.</summary>
internal enum PolicyFileState
{
    /// <summary>It is the one in force.</summary>
    InForce,

    /// <summary>It was edited by hand; the next change, or a restart, puts it in force.</summary>
    Edited,

    /// <summary>It cannot be read.</summary>
    Unreadable,
}

/// <summary>
/// Owns the policy's data document: one change at a time, applied to what the file holds at that moment, so that no editor's update
/// is lost (D-54). Safe for concurrent use, also beside another gate on the same file.
/// </summary>
/// <remarks>
/// <code>
/// lock → read the file again → plan → validate as at start → write durably → in force → event durable → answer
///                                                                               └── refused: file and engine as before
/// </code>
/// A crash after the write leaves a whole file, which the next start loads.
/// </remarks>
internal sealed class PolicyDataStore : IDisposable
{
    private readonly PolicyDataFile _file;
    private readonly ActionRegistry _actions;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);
    private Action<ReadOnlyMemory<byte>> _putInForce = static _ => { };
    private Snapshot _inForce;

    private PolicyDataStore(PolicyDataFile file, Snapshot inForce, ActionRegistry actions, GateLog log, TimeProvider time) =>
        (_file, _inForce, _actions, _log, _time) = (file, inForce, actions, log, time);

    /// <summary>The document in force, JSON in UTF-8.</summary>
    internal ReadOnlyMemory<byte> Json => Volatile.Read(ref _inForce).Json;

    /// <summary>The document in force.</summary>
    internal PolicyData Data => Volatile.Read(ref _inForce).Data;

    /// <summary>SHA-256 of the document in force.</summary>
    internal Sha256Digest Digest => Volatile.Read(ref _inForce).Digest;

    /// <summary>Reads the document that the gate starts with.</summary>
    /// <exception cref="StartupException">It cannot be read, is not valid, or lets everybody run a risky action (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    internal static PolicyDataStore Open(string path, ActionRegistry actions, GateLog log, TimeProvider time)
    {
        try
        {
            var file = new PolicyDataFile(path);
            return new PolicyDataStore(file, Snapshot.Of(file.Read(), actions), actions, log, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.PolicyLoadFailed, $"The policy data {path} cannot be read: {e.Message}",
                "Run 'latchgate up' once to make a first one, or set policy_data_path.", e);
        }
    }

    /// <summary>Says where a changed document goes: into the engine. It may refuse one with a <see cref="StartupException"/>.</summary>
    internal void Attach(Action<ReadOnlyMemory<byte>> putInForce) => _putInForce = putInForce;

    /// <summary>How the file relates to what is in force.</summary>
    internal PolicyFileState FileState()
    {
        try
        {
            return _file.Read().AsSpan().SequenceEqual(Json.Span) ? PolicyFileState.InForce : PolicyFileState.Edited;
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

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<PolicyDataResult> ChangeLockedAsync(PolicyEdit edit, Func<PolicyDataChange, ValueTask<bool>> record)
    {
        var before = _inForce;
        if (!TryReadFile(before, out var found, out var failure))
        {
            return failure;
        }

        // A hand-edited file counts as a change even where the edit itself adds nothing: what the answer promises must be in force.
        var isEdited = !ReferenceEquals(found, before);
        var plan = edit.Plan(found.Data, _actions);
        if (plan.NotFound && (!isEdited || edit.Plan(before.Data, _actions).NotFound))
        {
            return new PolicyDataResult(PolicyDataFault.NotFound, null);
        }

        if (plan.Patches.IsEmpty && !isEdited)
        {
            return new PolicyDataResult(PolicyDataFault.None, new PolicyDataChange(edit, plan, before.Data.Version, before.Data.Version) { Data = before.Data });
        }

        var version = PolicyVersion.Next(found.Data.Version);
        if (!TryMake(PolicyDataText.Rewrite(found.Json, [new PolicyDataPatch(["policy_version"], json => json.WriteStringValue(version)), .. plan.Patches]), out var after, out failure))
        {
            return failure;
        }

        var change = new PolicyDataChange(edit, plan, before.Data.Version, version)
        {
            DigestBefore = before.Digest,
            DigestFound = found.Digest,
            DigestAfter = after.Digest,
            Data = after.Data,
        };
        _file.Replace(after.Json.Span);
        try
        {
            _putInForce(after.Json);
        }
        catch (StartupException e)
        {
            _file.Replace(found.Json.Span);
            return new PolicyDataResult(PolicyDataFault.Refused, null, e.Detail);
        }

        Volatile.Write(ref _inForce, after);
        if (await RecordAsync(change, record).ConfigureAwait(false))
        {
            return new PolicyDataResult(PolicyDataFault.None, change);
        }

        // What is not in the ledger did not happen. The engine first: it is what decides.
        _putInForce(before.Json);
        Volatile.Write(ref _inForce, before);
        _file.Replace(found.Json.Span);
        return new PolicyDataResult(PolicyDataFault.NotRecorded, null);
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

    private bool TryReadFile(Snapshot inForce, out Snapshot found, out PolicyDataResult failure)
    {
        (found, failure) = (inForce, default);
        try
        {
            var json = _file.Read();
            found = json.AsSpan().SequenceEqual(inForce.Json.Span) ? inForce : Snapshot.Of(json, _actions);
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

    private bool TryMake(byte[] json, out Snapshot made, out PolicyDataResult failure)
    {
        (made, failure) = (_inForce, default);
        if (json.Length > PolicyDataFile.LargestFile)
        {
            failure = new PolicyDataResult(PolicyDataFault.Refused, null, $"the policy data would be larger than {PolicyDataFile.LargestFile} bytes");
            return false;
        }

        try
        {
            made = Snapshot.Of(json, _actions);
            return true;
        }
        catch (StartupException e)
        {
            failure = new PolicyDataResult(PolicyDataFault.Refused, null, e.Detail);
            return false;
        }
    }

    /// <summary>A document that passed every check that the start makes.</summary>
    private sealed record Snapshot(ReadOnlyMemory<byte> Json, PolicyData Data, Sha256Digest Digest)
    {
        internal static Snapshot Of(byte[] json, ActionRegistry actions)
        {
            var data = PolicyData.Parse(json);
            return data.RiskyForAll(actions) is not { } action
                ? new Snapshot(json, data, Sha256Digest.Of(json))
                : throw new StartupException(
                    StartupError.PolicyLoadFailed,
                    $"The policy data let everybody ('*') run '{action}', whose risk demands a human.",
                    "List it for named principals instead.");
        }
    }
}
