namespace LatchGate.Storage;

/// <summary>State kept in memory beside the database, which follows the fate of each transaction.</summary>
public interface ITransactionState
{
    /// <summary>Remembers the state before one piece of work.</summary>
    void Mark();

    /// <summary>Returns to the last mark: the work failed.</summary>
    void ReturnToMark();

    /// <summary>Reads the state again from the database: a whole transaction was rolled back.</summary>
    void Reload();
}

/// <summary>
/// Commits writes in groups: what queues up while one commit waits for the disk shares the next. One writer at a time.
/// </summary>
/// <remarks>
/// A caller that finds the writer idle commits by itself, on its own thread: two changes of thread cost a lone caller about 50 µs
/// of 450 (measured). What has queued up meanwhile is left to the writer thread, so a caller runs no more than one commit. Each
/// piece of work is undone alone when it throws: by its own savepoint, for which SQLite copies each page before it changes, or,
/// when it has the transaction for itself, with that.
/// <para>What the disk refuses to take is rolled back, and the next write tries again. What the disk took and did not confirm
/// (a sync that failed) ends the writing: nobody knows what is there, and a second sync that succeeds would not say
/// (<see cref="DatabaseException.IsSync"/>). The next start reads what is there.</para>
/// <para>The write-ahead log is moved to the file here and not by SQLite itself, which tells nobody when that fails.</para>
/// </remarks>
public sealed class GroupCommit : IDisposable
{
    private const int LargestBatch = 256;

    // A call writes about 14 pages to the log. The call that fills it up pays for moving them to the file: 4000 pages (16 MB)
    // make that one call in 280 and not, as SQLite's 1000 would, one in 70.
    private const int PagesInLog = 4000;

    // After an attempt that left some of it in the log, because of a reader or of the disk.
    private const int PagesUntilNextAttempt = 400;

    private readonly Database _database;
    private readonly ITransactionState _state;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly Queue<CommitWork> _queue = new();
    private readonly List<CommitWork> _batch = [];
    private readonly SemaphoreSlim _handedOver = new(0);
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Thread _thread;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _savepoint;
    private readonly Statement _release;
    private bool _active;
    private bool _stopping;
    private bool _closed;
    private bool _stale;
    private int _nextCheckpoint = PagesInLog;
    private WriteFailure? _failure;
    private WriteFailure? _lastFailure;
    private string? _checkpointProblem;

    /// <summary>Starts to accept work.</summary>
    /// <param name="database">The connection; no one else may use it from now on.</param>
    /// <param name="state">What follows the transactions.</param>
    /// <param name="capacity">Pieces of work that may wait, 1 or more.</param>
    public GroupCommit(Database database, ITransactionState state, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_database, _state, _capacity) = (database, state, capacity);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _savepoint = database.Prepare("SAVEPOINT work");
        _release = database.Prepare("RELEASE work");
        _thread = new Thread(Serve) { IsBackground = true, Name = "group-commit" };
        _thread.Start();
    }

    /// <summary>Why the last write failed; null when it succeeded, and before the first. What changes nothing proves nothing.</summary>
    public WriteFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>The last failure, over or not; null when there was none. Each is an object of its own.</summary>
    public WriteFailure? LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>Why the log cannot be moved to the file; null when it can. Nothing is lost meanwhile: the log grows.</summary>
    public string? CheckpointProblem => Volatile.Read(ref _checkpointProblem);

    /// <summary>Commits since the start: fewer than the pieces of work when they shared.</summary>
    public long Commits { get; private set; }

    /// <summary>Runs <paramref name="work"/> in a transaction; completes after the commit is durable.</summary>
    /// <param name="work">Reads and writes through the database's statements. What it throws undoes it and no other work.</param>
    /// <param name="beyondCapacity">
    /// Takes the work though the queue is full. For work whose number something else bounds, and that must not be lost.
    /// </param>
    public ValueTask<Written<T>> RunAsync<T>(Func<T> work, bool beyondCapacity = false)
    {
        var item = new CommitWork<T>(work);
        bool lead;
        lock (_gate)
        {
            if (_stopping || _closed)
            {
                return ValueTask.FromResult(new Written<T>(_closed ? WriteFault.Unavailable : WriteFault.Stopped, default));
            }

            if (_queue.Count >= _capacity && !beyondCapacity)
            {
                return ValueTask.FromResult(new Written<T>(WriteFault.Busy, default));
            }

            _queue.Enqueue(item);
            lead = !_active;
            if (lead)
            {
                _active = true;
                _idle.Reset();
            }
        }

        if (lead)
        {
            CommitBatch();
            if (!TryRest())
            {
                _handedOver.Release();
            }
        }

        return new ValueTask<Written<T>>(item.Completion);
    }

    /// <summary>Accepts no more work and waits until what was accepted is committed.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
        }

        _idle.Wait();
        _handedOver.Release();
        _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _handedOver.Dispose();
        _idle.Dispose();
    }

    private void Serve()
    {
        while (true)
        {
            _handedOver.Wait();
            lock (_gate)
            {
                if (_stopping && !_active)
                {
                    return;
                }
            }

            do
            {
                CommitBatch();
            }
            while (!TryRest());
        }
    }

    /// <summary>Gives up the writer's role; false when work has queued up.</summary>
    private bool TryRest()
    {
        lock (_gate)
        {
            if (_queue.Count > 0)
            {
                return false;
            }

            _active = false;
            _idle.Set();
            return true;
        }
    }

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

            _begin.Run();
            var changes = _database.TotalChanges;
            if (_batch.Count > 1 ? RunEach() : RunAlone(_batch[0]))
            {
                _commit.Run();
                Commits++;
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
            item.Complete();
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

        if (_database.IsIdle)
        {
            // A full disk or a read error has rolled back the whole transaction, not only this work.
            throw item.Failure as DatabaseException ?? new DatabaseException(SQLitePCL.raw.SQLITE_ABORT, "SQLite rolled the transaction back.");
        }

        _database.Execute(rollback);
        _state.ReturnToMark();
    }

    private void Abandon(DatabaseException failure)
    {
        Note(new WriteFailure(failure.Message, IsFinal: false));
        if (failure.IsSync)
        {
            Close(failure);
        }

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
                item.Fail(failure);
            }
        }
    }
}
