using System.Diagnostics;

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
/// piece of work is undone alone when it throws. That needs a savepoint for each, for which SQLite copies each page before it changes;
/// so a batch runs without them first, and only where work throws it is rolled back and runs again with them.
/// </remarks>
public sealed class GroupCommit : IDisposable
{
    private const int LargestBatch = 256;

    // Commits until it is tried again to wait for more work, after it was in vain.
    private const int GatherPause = 32;

    private static readonly TimeSpan _longestGather = TimeSpan.FromMicroseconds(40);

    private readonly Database _database;
    private readonly ITransactionState _state;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly Queue<Work> _queue = new();
    private readonly List<Work> _batch = [];
    private readonly SemaphoreSlim _handedOver = new(0);
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Thread _thread;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _savepoint;
    private readonly Statement _release;
    private bool _active;
    private bool _stopping;
    private bool _broken;
    private bool _succeeds = true;
    private int _gatherIn;
    private long _unwritten;

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

    /// <summary>Whether the last commit succeeded; true before the first.</summary>
    public bool Succeeds => Volatile.Read(ref _succeeds);

    /// <summary>Commits since the start: fewer than the pieces of work when they shared.</summary>
    public long Commits { get; private set; }

    /// <summary>Pieces of work since the start that were refused for a full queue or that the database did not take.</summary>
    public long Unwritten => Interlocked.Read(ref _unwritten);

    /// <summary>Hears how long each commit took, its work included; on the committing thread, and must not throw. Null in a writer of its own.</summary>
    internal Action<TimeSpan>? Committed { get; set; }

    /// <summary>Runs <paramref name="work"/> in a transaction; completes after the commit is durable.</summary>
    /// <param name="work">
    /// Reads and writes through the database's statements. What it throws undoes it and no other work. It runs again when other work of
    /// its batch throws, from the same state, and must then do the same: nothing but the database and <see cref="ITransactionState"/> may
    /// remember the first time.
    /// </param>
    /// <param name="beyondCapacity">
    /// Takes the work though the queue is full. For work whose number something else bounds, and that must not be lost.
    /// </param>
    public ValueTask<Written<T>> RunAsync<T>(Func<T> work, bool beyondCapacity = false)
    {
        var item = new Work<T>(work);
        bool lead;
        lock (_gate)
        {
            if (_stopping || _broken)
            {
                _ = Interlocked.Increment(ref _unwritten);
                return ValueTask.FromResult(new Written<T>(_broken ? WriteFault.Unavailable : WriteFault.Stopped, default));
            }

            if (_queue.Count >= _capacity && !beyondCapacity)
            {
                _ = Interlocked.Increment(ref _unwritten);
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
                Gather();
            }
            while (!TryRest());
        }
    }

    /// <summary>
    /// Waits a moment for those whose work was just committed, who under load bring more at once: they then share one commit with those
    /// that queued up meanwhile, where otherwise two groups would take turns and each wait for both (measured with 32 callers: median 370
    /// instead of 475 µs). Where they do not come, it is not tried again for a while.
    /// </summary>
    private void Gather()
    {
        if (_batch.Count < 2 || --_gatherIn > 0)
        {
            return;
        }

        // Read without the lock: a count that is a little old ends the wait a little early or late.
        var before = _queue.Count;
        var started = Stopwatch.GetTimestamp();
        while (_queue.Count < before + _batch.Count && Stopwatch.GetElapsedTime(started) < _longestGather)
        {
            Thread.Yield();
        }

        _gatherIn = (_queue.Count - before) * 4 >= _batch.Count ? 0 : GatherPause;
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
            var started = Stopwatch.GetTimestamp();
            _begin.Run();
            if (_batch.Count > 1 ? RunTogether() : RunAlone(_batch[0]))
            {
                _commit.Run();
                Commits++;
                Committed?.Invoke(Stopwatch.GetElapsedTime(started));
                Volatile.Write(ref _succeeds, true);
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
    }

    /// <summary>Runs the batch as one; where a piece of it throws, all of it again, each by itself.</summary>
    private bool RunTogether()
    {
        foreach (var item in _batch)
        {
            _state.Mark();
            if (!item.TryRun())
            {
                RequireTransaction();
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
                Undo("ROLLBACK TO work");
            }

            _release.Run();
        }

        return true;
    }

    /// <summary>Runs the only work of a transaction; false when it failed and the transaction with it.</summary>
    private bool RunAlone(Work item)
    {
        _state.Mark();
        if (item.TryRun())
        {
            return true;
        }

        Undo("ROLLBACK");
        return false;
    }

    private void Undo(string rollback)
    {
        RequireTransaction();
        _database.Execute(rollback);
        _state.ReturnToMark();
    }

    private void RequireTransaction()
    {
        if (_database.IsIdle)
        {
            // A full disk or a read error has rolled back the whole transaction, not only this work.
            throw new DatabaseException(SQLitePCL.raw.SQLITE_ABORT, "SQLite rolled the transaction back.");
        }
    }

    private void Abandon(DatabaseException failure)
    {
        Volatile.Write(ref _succeeds, false);
        _ = Interlocked.Add(ref _unwritten, _batch.Count);
        foreach (var item in _batch)
        {
            item.Fail(failure);
        }

        try
        {
            if (!_database.IsIdle)
            {
                _database.Execute("ROLLBACK");
            }

            _state.Reload();
        }
        catch (DatabaseException)
        {
            // The state in memory is no longer known to match the file: accept nothing more.
            lock (_gate)
            {
                _broken = true;
                while (_queue.TryDequeue(out var item))
                {
                    _ = Interlocked.Increment(ref _unwritten);
                    item.Fail(failure);
                }
            }
        }
    }

    private abstract class Work
    {
        internal abstract bool TryRun();

        /// <summary>Tells the caller what came of it; false when the database did not take it.</summary>
        internal abstract bool Complete();

        internal abstract void Fail(DatabaseException failure);
    }

    private sealed class Work<T>(Func<T> work) : Work
    {
        // Continuations must never run on the writer.
        private readonly TaskCompletionSource<Written<T>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _value;
        private Exception? _failure;

        internal Task<Written<T>> Completion => _completion.Task;

        internal override bool TryRun()
        {
            try
            {
                _failure = null;
                _value = work();
                return true;
            }
            catch (Exception failure)
            {
                // Carried to the caller: its own mistake must not take the writer down.
                _failure = failure;
                return false;
            }
        }

        internal override bool Complete()
        {
            switch (_failure)
            {
                case null:
                    _completion.SetResult(new Written<T>(WriteFault.None, _value));
                    break;
                case DatabaseException failure:
                    Fail(failure);
                    return false;
                default:
                    _completion.SetException(_failure);
                    break;
            }

            return true;
        }

        internal override void Fail(DatabaseException failure) => _completion.TrySetResult(new Written<T>(WriteFault.Unavailable, default));
    }
}
