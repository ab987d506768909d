using Microsoft.Win32.SafeHandles;

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

    /// <summary>What was done since the last commit stands.</summary>
    void Committed()
    {
    }
}

/// <summary>
/// Commits writes in groups: what queues up while one commit waits for the disk shares the next. One writer at a time.
/// </summary>
/// <remarks>
/// A turn is: run the work in a transaction, commit it to the write-ahead log, have the disk confirm the log, complete the work. Only one
/// turn is with the disk; meanwhile the next one runs its work, so that disk and processor are busy together. For this
/// SQLite commits without a sync (<c>synchronous=NORMAL</c>) and the log is synced here. After a crash the log is read up to the first
/// commit that is not whole, so what is confirmed never stands without what was committed before it. Readers see a commit a moment before
/// the disk has confirmed it: <see cref="AwaitDurableAsync"/>.
/// <para>A caller that finds no turn under way takes one itself, on its own thread: two changes of thread cost a lone caller about
/// 50 µs of 450 (measured). All other turns are taken by two threads, one of which runs work while the other waits for the disk.</para>
/// <para>Each piece of work is undone alone when it throws. That needs a savepoint for each, for which SQLite copies each page before it
/// changes; so a batch runs without them first, and only where work throws it is rolled back and runs again with them.</para>
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

    // One waits for the disk while the other runs work.
    private const int Threads = 2;

    private readonly Database _database;
    private readonly ITransactionState _state;
    private readonly int _capacity;
    private readonly SafeFileHandle _log;
    private readonly Action _sync;
    private readonly Lock _gate = new();
    private readonly Queue<CommitWork> _queue = new();
    private readonly SemaphoreSlim _handedOver = new(0);
    private readonly SemaphoreSlim _resume = new(0);
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Thread[] _threads = new Thread[Threads];
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _savepoint;
    private readonly Statement _release;

    // Who sets it may use the connection; handed over with a permit of _handedOver.
    private bool _writing;

    // From before a commit, which readers see at once, until the disk has confirmed it.
    private bool _confirming;

    // The writer sleeps until the disk is free; or until there is more work, too.
    private bool _awaitsDisk;
    private bool _awaitsWork;
    private bool _stopping;
    private bool _closed;
    private bool _stale;
    private bool _checkpointDue;
    private TaskCompletionSource? _confirmed;
    private long _unwritten;
    private int _nextCheckpoint = PagesInLog;
    private Turn? _spare;
    private WriteFailure? _failure;
    private WriteFailure? _lastFailure;
    private string? _checkpointProblem;

    /// <summary>Starts to accept work.</summary>
    /// <param name="database">The connection, in WAL mode; no one else may use it until this is disposed.</param>
    /// <param name="state">What follows the transactions.</param>
    /// <param name="capacity">Pieces of work that may wait, 1 or more.</param>
    /// <exception cref="DatabaseException">SQLite refuses.</exception>
    /// <exception cref="IOException">The write-ahead log cannot be opened.</exception>
    public GroupCommit(Database database, ITransactionState state, int capacity)
        : this(database, state, capacity, null)
    {
    }

    /// <param name="database">The connection.</param>
    /// <param name="state">What follows the transactions.</param>
    /// <param name="capacity">Pieces of work that may wait.</param>
    /// <param name="sync">Stands for the disk's confirmation, in tests; throws <see cref="DatabaseException"/> in place of one.</param>
    internal GroupCommit(Database database, ITransactionState state, int capacity, Action? sync)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_database, _state, _capacity) = (database, state, capacity);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _savepoint = database.Prepare("SAVEPOINT work");
        _release = database.Prepare("RELEASE work");
        _log = WriteAheadLog.Open(database.Path);
        _sync = sync ?? (() => WriteAheadLog.Sync(_log));
        database.Execute("PRAGMA synchronous=NORMAL");
        for (var i = 0; i < Threads; i++)
        {
            _threads[i] = new Thread(Serve) { IsBackground = true, Name = $"group-commit-{i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Why the last write failed; null when it succeeded, and before the first. What changes nothing proves nothing.</summary>
    public WriteFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>The last failure, over or not, and the final one once there is one; null when there was none. Each is an object of its own.</summary>
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
        bool lead, handOver = false, resume = false;
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

            lead = !_writing && !_confirming;
            if (!lead)
            {
                _queue.Enqueue(item);
                handOver = !_writing;
                resume = _awaitsWork;
                _awaitsDisk &= !resume;
                _awaitsWork = false;
            }

            _writing = true;
            _idle.Reset();
        }

        if (lead)
        {
            LeadTurn(item);
        }
        else if (handOver)
        {
            _handedOver.Release();
        }
        else if (resume)
        {
            _resume.Release();
        }

        return new ValueTask<Written<T>>(item.Completion);
    }

    /// <summary>
    /// Completes when the disk has confirmed what a reader can see by now, at once where it has; or when it has not and never will:
    /// <see cref="Failure"/> is final then.
    /// </summary>
    public Task AwaitDurableAsync()
    {
        lock (_gate)
        {
            return _confirming ? (_confirmed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
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
        _handedOver.Release(Threads);
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _log.Dispose();
        _handedOver.Dispose();
        _resume.Dispose();
        _idle.Dispose();
    }
}
