using System.Diagnostics;

namespace LatchGate.Storage;

/// <content>One transaction: the work of a batch, and what becomes of it when something fails.</content>
public sealed partial class GroupCommit
{
    /// <summary>Runs the batch and commits it to the log.</summary>
    /// <returns>What is to follow.</returns>
    private TurnEnd Write(Turn turn, bool absorb)
    {
        try
        {
            if (_stale)
            {
                _state.Reload();
                _stale = false;
            }

            turn.Started = Stopwatch.GetTimestamp();
            Begin(turn);
            if (!(turn.Batch.Count > 1 ? RunTogether(turn, 0) : RunAlone(turn)))
            {
                return TurnEnd.Complete;
            }

            if (absorb)
            {
                Absorb(turn);
            }

            turn.Settled = _database.TotalChanges == turn.ChangesBefore ? null : _failure;
            var written = _database.PagesWritten;
            BeginConfirming(turn);
            _commit.Run();
            Commits++;
            _state.Committed();
            return _database.PagesWritten == written ? TurnEnd.Complete : TurnEnd.Confirm;
        }
        catch (DatabaseException failure)
        {
            Abandon(turn, failure);
            return TurnEnd.None;
        }
        catch (Exception mistake)
        {
            // The state's own, for work carries its to its caller. Who waits must hear of it, and the next must have their turn.
            Abandon(turn, new DatabaseException(SQLitePCL.raw.SQLITE_INTERNAL, mistake.Message));
            return TurnEnd.None;
        }
    }

    private void Begin(Turn turn)
    {
        _begin.Run();
        turn.ChangesBefore = _database.TotalChanges;
    }

    /// <summary>Runs the batch from an index on, as one; where a piece of it throws, all of it again, each by itself.</summary>
    private bool RunTogether(Turn turn, int from)
    {
        for (var i = from; i < turn.Batch.Count; i++)
        {
            _state.Mark();
            if (!turn.Batch[i].TryRun())
            {
                RequireTransaction(turn.Batch[i]);
                _database.Execute("ROLLBACK");
                _state.Reload();
                Begin(turn);
                return RunEach(turn);
            }
        }

        return true;
    }

    /// <summary>Runs the batch; there is something to commit, be it nothing but the state of work before a failure.</summary>
    private bool RunEach(Turn turn)
    {
        turn.IsWhole = true;
        foreach (var item in turn.Batch)
        {
            _savepoint.Run();
            _state.Mark();
            var changes = _database.TotalChanges;
            if (!item.TryRun())
            {
                Undo(item, "ROLLBACK TO work");
                turn.ChangesBefore += _database.TotalChanges - changes;
            }

            _release.Run();
        }

        return true;
    }

    /// <summary>Runs the only work of a transaction; false when it failed and the transaction with it.</summary>
    private bool RunAlone(Turn turn)
    {
        var item = turn.Batch[0];
        _state.Mark();
        if (item.TryRun())
        {
            return true;
        }

        Undo(item, "ROLLBACK");
        return false;
    }

    private void Undo(CommitWork item, string rollback)
    {
        if (item.Failure is DatabaseException { IsConstraint: false } failure)
        {
            Note(new WriteFailure(failure.Message, IsFinal: false));
        }

        RequireTransaction(item);
        _database.Execute(rollback);
        _state.ReturnToMark();
    }

    private void RequireTransaction(CommitWork item)
    {
        if (_database.IsIdle)
        {
            // A full disk or a read error has rolled back the whole transaction, not only this work.
            throw item.Failure as DatabaseException ?? new DatabaseException(SQLitePCL.raw.SQLITE_ABORT, "SQLite rolled the transaction back.");
        }
    }

    private void Abandon(Turn turn, DatabaseException failure)
    {
        Note(new WriteFailure(failure.Message, IsFinal: false));
        if (failure.IsSync)
        {
            Close(failure);
        }

        Fail(turn, failure);

        // The state in memory must match the file before anything more is accepted; where that fails, the next work tries again.
        _stale = true;
        try
        {
            if (!_database.IsIdle)
            {
                _database.Execute("ROLLBACK");
            }

            _state.Reload();
            _stale = false;
        }
        catch (Exception unread)
        {
            Note(new WriteFailure($"{failure.Message}; {unread.Message}", failure.IsSync));
        }
    }

    private void Fail(Turn turn, DatabaseException failure)
    {
        _ = Interlocked.Add(ref _unwritten, turn.Batch.Count);
        foreach (var item in turn.Batch)
        {
            item.Fail(failure);
        }
    }

    private void Complete(Turn turn)
    {
        // A later turn may have failed meanwhile, and that is not over.
        if (turn.Settled is { } settled)
        {
            _ = Interlocked.CompareExchange(ref _failure, null, settled);
        }

        foreach (var item in turn.Batch)
        {
            if (!item.Complete())
            {
                _ = Interlocked.Increment(ref _unwritten);
            }
        }
    }

    private void Note(WriteFailure failure)
    {
        lock (_gate)
        {
            // The two threads may fail at the same time; after a failed sync, that is all there is to tell.
            if (_lastFailure is not { IsFinal: true })
            {
                Volatile.Write(ref _lastFailure, failure);
                Volatile.Write(ref _failure, failure);
            }
        }
    }

    /// <summary>Accepts nothing more: nobody knows what the disk holds.</summary>
    private void Close(DatabaseException failure)
    {
        Note(new WriteFailure(failure.Message, IsFinal: true));
        lock (_gate)
        {
            _closed = true;
            while (_queue.TryDequeue(out var item))
            {
                _ = Interlocked.Increment(ref _unwritten);
                item.Fail(failure);
            }
        }
    }
}
