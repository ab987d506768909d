using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>Which events leave the ledger: those that every bound lets go.</summary>
/// <param name="before">Only events before this; null for any time.</param>
/// <param name="keepEvents">At least this many stay.</param>
internal sealed class SealRequest(DateTimeOffset? before, long keepEvents)
{
    internal DateTimeOffset? Before { get; } = before;

    internal long KeepEvents { get; } = keepEvents;
}

/// <summary>What became of a sealing.</summary>
internal enum SealOutcome
{
    /// <summary>Events are in a segment file, and no longer in the ledger.</summary>
    Sealed,

    /// <summary>No checkpoint lies between the last segment and what is to stay.</summary>
    NothingToSeal,

    /// <summary>The ledger is not what the gate wrote; nothing leaves it.</summary>
    LedgerBroken,

    /// <summary>The file could not be written or did not hold what was written to it; the ledger is as it was.</summary>
    NotArchived,

    /// <summary>The ledger could not be read or changed; it is as it was.</summary>
    NotRecorded,
}

/// <summary>The result of a sealing.</summary>
internal sealed class SealResult(SealOutcome outcome, SegmentRecord? record, string? reason)
{
    internal SealOutcome Outcome { get; } = outcome;

    /// <summary>The segment; present exactly when sealed.</summary>
    internal SegmentRecord? Record { get; } = record;

    /// <summary>Why nothing was sealed; null when something was.</summary>
    internal string? Reason { get; } = reason;
}

/// <summary>
/// Takes old events out of the ledger into segment files, one file at a time. The file is durable and checked before anything is
/// deleted, and the deletion is one transaction with the event and the signed record of it.
/// </summary>
/// <remarks>
/// <code>
/// 1  sign the head; choose a checkpoint as the cut                      crash: nothing was done
/// 2  write NAME.tmp from events that are checked on the way, fsync      crash: written anew the next time
/// 3  NAME.tmp becomes NAME, fsync of the directory                      crash: found to be the same the next time, or left aside
/// 4  read NAME back and check it as 'latchgate verify' does             likewise
/// 5  one transaction: event ledger_sealed, signed record, deletions     crash: all of it, or none
/// </code>
/// </remarks>
internal sealed class LedgerSealer : IDisposable
{
    /// <summary>Events of one file, at most: how long calls wait for the transaction that deletes them.</summary>
    internal const long LargestSegment = 10_000;

    // Longer than any grant lives: the row of its intent is what refuses it the second time.
    private static readonly TimeSpan _youngest = TimeSpan.FromMinutes(10);

    private readonly Ledger _ledger;
    private readonly string _directory;
    private readonly SegmentArchive _archive;
    private readonly TimeProvider _time;
    private readonly Func<long>? _mirrored;
    private readonly Action<SealStep>? _reached;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="ledger">Outlives this.</param>
    /// <param name="keys">Public keys of receipts.</param>
    /// <param name="directory">Where the files go; made with mode 0700 when it is missing.</param>
    /// <param name="time">Clock of the youngest that may leave.</param>
    /// <param name="mirrored">The last event that the mirror has; what it lacks stays. Null without a mirror.</param>
    /// <param name="reached">Hears of each step, in tests.</param>
    internal LedgerSealer(
        Ledger ledger, VerificationKeys keys, string directory, TimeProvider time, Func<long>? mirrored = null,
        Action<SealStep>? reached = null)
    {
        (_ledger, _directory, _time, _mirrored, _reached) = (ledger, Path.GetFullPath(directory), time, mirrored, reached);
        _archive = new SegmentArchive(_directory, keys) { Reached = reached };
    }

    /// <summary>Where the files go.</summary>
    internal string ArchiveDirectory => _directory;

    /// <summary>Seals one segment of at most <see cref="LargestSegment"/> events, the oldest; call again until there is nothing to
    /// seal.</summary>
    /// <param name="request">What stays.</param>
    /// <param name="announcement">Who asks; the rest is filled in.</param>
    /// <param name="cancellation">Ends it before the transaction.</param>
    internal async ValueTask<SealResult> SealAsync(SealRequest request, AuditEvent announcement, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!(await _ledger.SignHeadAsync().ConfigureAwait(false)).IsDurable)
            {
                return new SealResult(SealOutcome.NotRecorded, null, "the ledger cannot be written");
            }

            var (file, refusal) = await ArchiveAsync(request, cancellation).ConfigureAwait(false);
            if (file is null)
            {
                return refusal!;
            }

            var written = await _ledger.RecordSegmentAsync(file, announcement, _reached).ConfigureAwait(false);
            if (written.IsDurable && written.Value is null)
            {
                return new SealResult(SealOutcome.LedgerBroken, null,
                    "it holds rows among the sealed events that no event vouches for, or lacks some");
            }

            if (!written.IsDurable)
            {
                return new SealResult(SealOutcome.NotRecorded, null, "the ledger cannot be written");
            }

            _reached?.Invoke(SealStep.Committed);
            return new SealResult(SealOutcome.Sealed, written.Value, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SealResult(SealOutcome.NotArchived, null, e.Message);
        }
        catch (DatabaseException e) when (e.IsAccess || e.IsFull)
        {
            // Nothing is known to be wrong with what it holds.
            return new SealResult(SealOutcome.NotRecorded, null, $"the ledger cannot be read: {e.Message}");
        }
        catch (DatabaseException e)
        {
            return new SealResult(SealOutcome.LedgerBroken, null, e.Message);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<(SealedFile? File, SealResult? Refusal)> ArchiveAsync(SealRequest request, CancellationToken cancellation)
    {
        MakeDirectory();
        if (Durability.Of(_directory) is { Durable: false } where && _ledger.IsDurable)
        {
            return (null, new SealResult(
                SealOutcome.NotArchived, null, $"{_directory} is on {where.FileSystem}, which does not keep what it confirmed"));
        }

        using var database = Database.OpenForReading(_ledger.Path);
        database.Execute("PRAGMA trusted_schema=OFF; BEGIN");
        var from = SegmentTable.Last(database)?.Record?.LastSeq ?? 0;
        if (Cut(database, request, from) is not { } cut)
        {
            return (null, new SealResult(SealOutcome.NothingToSeal, null, $"no checkpoint after event {from} is old enough"));
        }

        _reached?.Invoke(SealStep.Chosen);
        var (file, defect) = await _archive.WriteAsync(database, cut, cancellation).ConfigureAwait(false);
        return file is not null ? (file, null) : (null, new SealResult(SealOutcome.LedgerBroken, null, defect!.ToString()));
    }

    // The file's name is only as durable as those of the directories above it.
    private void MakeDirectory()
    {
        var made = new List<string> { _directory };
        var above = Path.GetDirectoryName(_directory);
        while (above is not null && !Directory.Exists(above))
        {
            made.Add(above);
            above = Path.GetDirectoryName(above);
        }

        PrivateFile.EnsureDirectory(_directory);
        foreach (var directory in made)
        {
            AtomicFile.SyncDirectoryOf(directory);
        }
    }

    /// <summary>The last checkpoint that may be the end of a segment; null when there is none.</summary>
    private long? Cut(Database database, SealRequest request, long from)
    {
        var youngest = _time.GetUtcNow() - _youngest;
        var before = request.Before is { } asked && asked < youngest ? asked : youngest;
        using var first = database.PrepareOnce("SELECT seq FROM events WHERE timestamp >= ? ORDER BY seq LIMIT 1");
        var last = database.Scalar("SELECT max(seq) FROM events");
        var end = first.Text(WireTime.Format(before)).Step() ? first.Int64(0) - 1 : last;
        end = Math.Min(Math.Min(end, last - request.KeepEvents), Math.Min(from + LargestSegment, _mirrored?.Invoke() ?? long.MaxValue));
        using var checkpoint = database.PrepareOnce("SELECT max(seq) FROM checkpoints WHERE seq > ? AND seq <= ?");
        return checkpoint.Integer(from).Integer(end).Step() && !checkpoint.IsNull(0) ? checkpoint.Int64(0) : null;
    }
}
