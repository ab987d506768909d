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
/// <para>What the disk refuses to take is rolled back, and the next write tries again. What the disk took and did not confirm
/// (a sync that failed) ends the writing: nobody knows what is there, and a second sync that succeeds would not say
/// (<see cref="DatabaseException.IsSync"/>). The next start reads what is there.</para>
/// <para>The write-ahead log is moved to the file here and not by SQLite itself, which tells nobody when that fails.</para>
/// </remarks>
public sealed partial class GroupCommit : IDisposable
{
    private const int LargestBatch = 256;

    // A call writes about 14 pages to the log. The call that fills it up pays for moving them to the file, and so do those that wait
    // for it: 8000 pages (32 MB, 25 ms) make that one call in 570 and not, as SQLite's 1000 would, one in 70. A copy in the
    // background would disturb every commit meanwhile for as long; this way it is two appends in a thousand under full load.
    private const int PagesInLog = 8000;

    // After an attempt that left some of it in the log, because of a reader or of the disk.
    private const int PagesUntilNextAttempt = 400;

    // Commits until it is tried again to wait for more work, after it was in vain.
    private const int GatherPause = 32;

    private static readonly TimeSpan _longestGather = TimeSpan.FromMicroseconds(40);

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
    private int _gatherIn;
    private long _unwritten;
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
        var item = new CommitWork<T>(work);
        bool lead;
        lock (_gate)
        {
            if (_stopping || _closed)
            {
                _ = Interlocked.Increment(ref _unwritten);
                return ValueTask.FromResult(new Written<T>(_closed ? WriteFault.Unavailable : WriteFault.Stopped, default));
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
}
