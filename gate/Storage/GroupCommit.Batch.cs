using System.Diagnostics;

namespace LatchGate.Storage;

/// <content>One commit: the work of a batch, what becomes of it when something fails, and the log behind it.</content>
public sealed partial class GroupCommit
{
    private void CommitBatch()
    {
        _batch.Clear();
        lock (_gate)
        {
            while (_batch.Count < LargestBatch && _queue.TryDequeue(out var item))
            {
                _batch.Add(item);
            }
        }

        try
        {
            if (_stale)
            {
                _state.Reload();
                _stale = false;
            }

            var started = Stopwatch.GetTimestamp();
            _begin.Run();
            var changes = _database.TotalChanges;
            if (_batch.Count > 1 ? RunTogether() : RunAlone(_batch[0]))
            {
                _commit.Run();
                Commits++;
                Committed?.Invoke(Stopwatch.GetElapsedTime(started));
                if (_database.TotalChanges != changes)
                {
                    Volatile.Write(ref _failure, null);
                }
            }
        }
        catch (DatabaseException failure)
        {
            Abandon(failure);
            return;
        }

        foreach (var item in _batch)
        {
            if (!item.Complete())
            {
                _ = Interlocked.Increment(ref _unwritten);
            }
        }

        Checkpoint();
    }

    // What was committed is in the log, durably: to move it is no part of anybody's work, and its failure is nobody's.
    private void Checkpoint()
    {
        try
        {
            var written = _database.PagesWritten;
            if (written >= _nextCheckpoint)
            {
                _nextCheckpoint = written + PagesUntilNextAttempt;
                if (_database.TryCheckpoint())
                {
                    _nextCheckpoint = written + PagesInLog;
                }

                Volatile.Write(ref _checkpointProblem, null);
            }
        }
        catch (DatabaseException failure) when (failure.IsSync)
        {
            Close(failure);
        }
        catch (DatabaseException failure)
        {
            Volatile.Write(ref _checkpointProblem, failure.Message);
        }
    }

    /// <summary>Runs the batch as one; where a piece of it throws, all of it again, each by itself.</summary>
    private bool RunTogether()
    {
        foreach (var item in _batch)
        {
            _state.Mark();
            if (!item.TryRun())
            {
                RequireTransaction(item);
                _database.Execute("ROLLBACK");
                _state.Reload();
                _begin.Run();
                return RunEach();
            }
        }

        return true;
    }

    /// <summary>Runs the batch; there is something to commit, be it nothing but the state of work before a failure.</summary>
    private bool RunEach()
    {
        foreach (var item in _batch)
        {
            _savepoint.Run();
            _state.Mark();
            if (!item.TryRun())
            {
                Undo(item, "ROLLBACK TO work");
            }

            _release.Run();
        }

        return true;
    }

    /// <summary>Runs the only work of a transaction; false when it failed and the transaction with it.</summary>
    private bool RunAlone(CommitWork item)
    {
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

    private void Abandon(DatabaseException failure)
    {
        Note(new WriteFailure(failure.Message, IsFinal: false));
        if (failure.IsSync)
        {
            Close(failure);
        }

        _ = Interlocked.Add(ref _unwritten, _batch.Count);
        foreach (var item in _batch)
        {
            item.Fail(failure);
        }

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
        catch (DatabaseException unread)
        {
            Note(_failure! with { Reason = $"{failure.Message}; {unread.Message}" });
        }
    }

    private void Note(WriteFailure failure)
    {
        Volatile.Write(ref _lastFailure, failure);
        Volatile.Write(ref _failure, failure);
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
