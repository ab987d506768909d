using LatchGate.Storage;

namespace LatchGate.Tests.Storage;

/// <summary>What runs while the disk is at work, and what waits for it. The disk confirms when the test says so.</summary>
public sealed class GroupCommitTurnTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("latchgate-storage-").FullName;
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly HeldDisk _disk = new();
    private readonly TroubledState _state = new();
    private readonly GroupCommit _writer;

    public GroupCommitTurnTests()
    {
        var path = Path.Combine(_folder, "a.db");
        PrivateFile.Ensure(path);
        _database = Database.Open(path, DatabaseAccess.ReadWrite);
        _database.Execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY)");
        _insert = _database.Prepare("INSERT INTO t VALUES(?)");
        _writer = new GroupCommit(_database, _state, 100, _disk.Sync);
    }

    [Fact]
    public async Task Work_runs_while_the_disk_is_at_work_on_the_commit_before_and_is_durable_after_its_own()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        using var ran = new SemaphoreSlim(0);
        var second = _writer.RunAsync(() =>
        {
            _insert.Integer(2).Run();
            return ran.Release();
        }).AsTask();
        await ran.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);

        _disk.Confirm();
        Assert.True((await first).IsDurable);
        await _disk.AskedAsync();
        Assert.False(second.IsCompleted);
        _disk.Confirm();
        Assert.True((await second).IsDurable);
        Assert.Equal(2, _disk.Syncs);
    }

    [Fact]
    public async Task What_comes_while_the_disk_is_at_work_shares_one_commit_however_late_it_comes()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        var later = new List<Task<Written<int>>>();
        for (var i = 2; i < 20; i++)
        {
            using var ran = new SemaphoreSlim(0);
            var value = i;
            later.Add(_writer.RunAsync(() =>
            {
                ran.Release();
                return _insert.Integer(value).Run();
            }).AsTask());
            await ran.WaitAsync(TestContext.Current.CancellationToken);
        }

        _disk.Confirm();
        await _disk.AskedAsync();
        _disk.Confirm();
        Assert.True((await first).IsDurable);
        Assert.All(await Task.WhenAll(later), static r => Assert.True(r.IsDurable));
        Assert.Equal((2L, 2), (_writer.Commits, _disk.Syncs));
    }

    [Fact]
    public async Task Work_that_throws_while_the_disk_is_at_work_spoils_nothing_that_ran_before_or_after_it()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        using var allQueued = new ManualResetEventSlim();
        var second = _writer.RunAsync(() =>
        {
            allQueued.Wait();
            return _insert.Integer(2).Run();
        }).AsTask();
        var failing = _writer.RunAsync<int>(() => throw new FormatException()).AsTask();
        using var ran = new SemaphoreSlim(0);
        var third = _writer.RunAsync(() =>
        {
            _insert.Integer(3).Run();
            return ran.Release();
        }).AsTask();
        allQueued.Set();
        await ran.WaitAsync(TestContext.Current.CancellationToken);

        _disk.Confirm();
        Assert.True((await first).IsDurable);
        await _disk.AskedAsync();
        _disk.Confirm();
        Assert.True((await second).IsDurable);
        await Assert.ThrowsAsync<FormatException>(() => failing);
        Assert.True((await third).IsDurable);
        Assert.Equal(2, _disk.Syncs);
        Assert.Equal(3, _database.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_reader_waits_until_what_it_can_see_is_confirmed()
    {
        Assert.True(_writer.AwaitDurableAsync().IsCompleted);
        var first = Insert(1);
        await _disk.AskedAsync();
        using (var reader = Database.Open(_database.Path, DatabaseAccess.ReadOnly))
        {
            Assert.Equal(1, reader.Scalar("SELECT count(*) FROM t"));
        }

        var reading = _writer.AwaitDurableAsync();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(reading.IsCompleted);
        _disk.Confirm();
        await reading;
        Assert.True((await first).IsDurable);
    }

    [Fact]
    public async Task A_sync_that_fails_fails_what_waits_for_it_and_what_ran_behind_it_and_ends_the_writing()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        using var ran = new SemaphoreSlim(0);
        var behind = _writer.RunAsync(() =>
        {
            _insert.Integer(2).Run();
            return ran.Release();
        }).AsTask();
        await ran.WaitAsync(TestContext.Current.CancellationToken);
        var reading = _writer.AwaitDurableAsync();
        _disk.Refuse();

        // Who has waited must find out at once that it was in vain.
        await reading;
        Assert.True(_writer.Failure is { IsFinal: true });
        Assert.Equal(WriteFault.Unavailable, (await first).Fault);
        Assert.Equal(WriteFault.Unavailable, (await behind).Fault);
        Assert.Equal(WriteFault.Unavailable, (await Insert(3)).Fault);
        Assert.Equal((1, 3L), (_disk.Syncs, _writer.Unwritten));

        // What ran behind it was never committed.
        Assert.Equal(1, _database.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task After_a_sync_that_failed_no_failure_of_other_work_is_told_in_its_place()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        using var began = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var behind = _writer.RunAsync<int>(() =>
        {
            began.Release();
            goOn.Wait();
            throw new DatabaseException(SQLitePCL.raw.SQLITE_FULL, "the disk is full");
        }).AsTask();
        await began.WaitAsync(TestContext.Current.CancellationToken);
        _disk.Refuse();
        Assert.Equal(WriteFault.Unavailable, (await first).Fault);
        goOn.Release();
        Assert.Equal(WriteFault.Unavailable, (await behind).Fault);
        Assert.True(_writer.Failure is { IsFinal: true });
        Assert.Same(_writer.Failure, _writer.LastFailure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_state_beside_the_database_throws_refuses_the_work_and_holds_up_no_other(bool queued)
    {
        Task<Written<int>>? first = null;
        if (queued)
        {
            first = Insert(1);
            await _disk.AskedAsync();
        }

        _state.IsBroken = true;
        var refused = queued ? Queue(2) : Insert(2);
        _disk.ConfirmFromNowOn();
        Assert.Equal(WriteFault.Unavailable, (await refused).Fault);
        Assert.True(_writer.Failure is { IsFinal: false });
        Assert.StartsWith(TroubledState.Trouble, _writer.Failure.Reason, StringComparison.Ordinal);
        Assert.Equal(WriteFault.Unavailable, (await Insert(3)).Fault);

        _state.IsBroken = false;
        Assert.True((await Insert(4)).IsDurable);
        Assert.Null(_writer.Failure);
        Assert.True(first is null || (await first).IsDurable);
        Assert.Equal(queued ? 2 : 1, _database.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task What_changes_nothing_asks_nothing_of_the_disk_but_waits_for_what_it_saw()
    {
        Assert.Equal(0, (await _writer.RunAsync(() => _database.Scalar("SELECT count(*) FROM t"))).Value);
        Assert.Equal(0, _disk.Syncs);
        var first = Insert(1);
        await _disk.AskedAsync();
        var counting = _writer.RunAsync(() => _database.Scalar("SELECT count(*) FROM t")).AsTask();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(counting.IsCompleted);
        _disk.Confirm();
        Assert.Equal(1, (await counting).Value);
        Assert.True((await first).IsDurable);
        Assert.Equal(1, _disk.Syncs);
    }

    [Fact]
    public async Task Stopping_waits_for_the_disk()
    {
        var first = Insert(1);
        await _disk.AskedAsync();
        var second = Queue(2);
        var stopping = Task.Run(_writer.Stop, TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);
        _disk.Confirm();
        await _disk.AskedAsync();
        _disk.Confirm();
        await stopping;
        Assert.True((await first).IsDurable);
        Assert.True((await second).IsDurable);
    }

    public void Dispose()
    {
        _disk.ConfirmFromNowOn();
        _writer.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // The caller's own thread waits for the disk, so it is not the test's.
    private Task<Written<int>> Insert(int value) => Task.Run(() => _writer.RunAsync(() => _insert.Integer(value).Run()).AsTask());

    // While the disk is at work nothing runs on the caller's thread.
    private Task<Written<int>> Queue(int value) => _writer.RunAsync(() => _insert.Integer(value).Run()).AsTask();

    private sealed class HeldDisk
    {
        private readonly SemaphoreSlim _asked = new(0);
        private readonly SemaphoreSlim _answered = new(0);
        private volatile bool _refuses;
        private int _syncs;

        internal int Syncs => Volatile.Read(ref _syncs);

        internal void Sync()
        {
            Interlocked.Increment(ref _syncs);
            _asked.Release();
            _answered.Wait();
            if (_refuses)
            {
                throw DatabaseException.Unconfirmed("of the test");
            }
        }

        internal async Task AskedAsync() => Assert.True(await _asked.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), "the disk was not asked");

        internal void Confirm() => _answered.Release();

        internal void ConfirmFromNowOn() => _answered.Release(1000);

        internal void Refuse()
        {
            _refuses = true;
            _answered.Release();
        }
    }

    private sealed class TroubledState : ITransactionState
    {
        internal const string Trouble = "a row that cannot be read";

        internal volatile bool IsBroken;

        public void Mark() => Work();

        public void ReturnToMark() => Work();

        public void Reload() => Work();

        private void Work()
        {
            if (IsBroken)
            {
                throw new FormatException(Trouble);
            }
        }
    }
}
