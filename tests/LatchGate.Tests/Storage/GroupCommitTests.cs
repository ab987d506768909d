using LatchGate.Storage;

namespace LatchGate.Tests.Storage;

public sealed class GroupCommitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("latchgate-storage-").FullName;
    private readonly Database _database;
    private readonly Statement _insert;

    public GroupCommitTests()
    {
        var path = Path.Combine(_folder, "a.db");
        PrivateFile.Ensure(path);
        _database = Database.Open(path, DatabaseAccess.ReadWrite);
        _database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(a INTEGER PRIMARY KEY)");
        _insert = _database.Prepare("INSERT INTO t VALUES(?)");
    }

    [Fact]
    public async Task Failing_work_does_not_spoil_what_shares_its_commit()
    {
        using var writer = new GroupCommit(_database, new NoState(), 1000);
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => writer.RunAsync(() => _insert.Integer(i % 50).Run()).AsTask())));
        Assert.Equal(50, results.Count(r => r.IsDurable));
        Assert.Equal(50, results.Count(r => r.Fault == WriteFault.Unavailable));
        Assert.Equal(50, await CountAsync(writer));
    }

    [Fact]
    public async Task Work_of_a_batch_in_which_other_work_throws_runs_again_from_the_state_before()
    {
        var state = new NoState();
        using var writer = new GroupCommit(_database, state, 10);
        using var leave = new SemaphoreSlim(0);
        var blocking = await HoldUpAsync(writer, state, leave);

        var runs = 0;
        var first = writer.RunAsync(() => (_insert.Integer(1).Run(), ++runs)).AsTask();
        var second = writer.RunAsync<int>(() => throw new InvalidOperationException("of the test")).AsTask();
        var third = writer.RunAsync(() => _insert.Integer(2).Run()).AsTask();
        leave.Release();
        await blocking;
        Assert.Equal((1, 2), (await first).Value);
        await Assert.ThrowsAsync<InvalidOperationException>(() => second);
        Assert.True((await third).IsDurable);
        Assert.Equal((1, 1, 0L), (state.Reloads, state.Returns, writer.Unwritten));
        Assert.Equal(2, await CountAsync(writer));
    }

    // The reader shares the batch and its commit, which writes nothing at all.
    [Fact]
    public async Task A_failed_write_is_not_over_because_rows_that_were_rolled_back_had_changed()
    {
        var state = new NoState();
        using var writer = new GroupCommit(_database, state, 10);
        using var leave = new SemaphoreSlim(0);
        var blocking = await HoldUpAsync(writer, state, leave);

        var failing = writer.RunAsync<int>(() =>
        {
            _insert.Integer(1).Run();
            throw new DatabaseException(SQLitePCL.raw.SQLITE_FULL, "no room");
        }).AsTask();
        var reading = writer.RunAsync(() => _database.Scalar("SELECT count(*) FROM t")).AsTask();
        leave.Release();
        await blocking;
        Assert.Equal(WriteFault.Unavailable, (await failing).Fault);
        Assert.Equal(0, (await reading).Value);
        Assert.Equal("no room", writer.Failure?.Reason);
        Assert.True((await writer.RunAsync(() => _insert.Integer(1).Run())).IsDurable);
        Assert.Null(writer.Failure);
    }

    // SQLite counts pages modulo 2^31.
    [Theory]
    [InlineData(8000, 8000, true)]
    [InlineData(7999, 8000, false)]
    [InlineData(0, 8000, false)]
    [InlineData(int.MaxValue, int.MaxValue - 10, true)]
    [InlineData(5, int.MaxValue - 10, true)]
    [InlineData(int.MaxValue - 100, 7899, false)]
    [InlineData(7899, 7899, true)]
    public void The_log_is_moved_to_the_file_also_after_the_count_of_its_pages_began_anew(int written, int next, bool isDue) =>
        Assert.Equal(isDue, GroupCommit.IsCheckpointDue(written, next));

    [Fact]
    public async Task A_full_queue_says_busy_and_writes_nothing()
    {
        using var writer = new GroupCommit(_database, new NoState(), 2);
        using var entered = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        var blocking = Task.Run(async () => await writer.RunAsync(() =>
        {
            entered.Release();
            leave.Wait();
            return 0;
        }));
        await entered.WaitAsync();
        var waiting = new[] { writer.RunAsync(() => _insert.Integer(1).Run()).AsTask(), writer.RunAsync(() => _insert.Integer(2).Run()).AsTask() };
        var refused = await writer.RunAsync(() => _insert.Integer(3).Run());
        leave.Release();
        Assert.Equal(WriteFault.Busy, refused.Fault);
        Assert.All(await Task.WhenAll(waiting), r => Assert.True(r.IsDurable));
        Assert.True((await blocking).IsDurable);
        Assert.Equal(2, await CountAsync(writer));
    }

    [Fact]
    public async Task Stopping_commits_what_was_accepted()
    {
        var writer = new GroupCommit(_database, new NoState(), 1000);
        var accepted = Enumerable.Range(0, 100).Select(i => Task.Run(() => writer.RunAsync(() => _insert.Integer(i).Run()).AsTask())).ToArray();
        writer.Dispose();
        var durable = (await Task.WhenAll(accepted)).Count(r => r.IsDurable);
        Assert.Equal(durable, _database.Scalar("SELECT count(*) FROM t"));
        Assert.Equal(WriteFault.Stopped, (await writer.RunAsync(() => 0)).Fault);
    }

    // Read, then update: in a deferred transaction the second of two writers would meet a busy file after it has read, and lose an update.
    [Fact]
    public async Task D38_two_writers_of_one_file_wait_for_each_other_and_lose_no_update()
    {
        const int Each = 200;
        _insert.Integer(0).Run();
        using var second = Database.Open(Path.Combine(_folder, "a.db"), DatabaseAccess.ReadWrite);
        using var ours = new GroupCommit(_database, new NoState(), 1000);
        using var theirs = new GroupCommit(second, new NoState(), 1000);
        var results = await Task.WhenAll(CountUpAsync(ours, _database), CountUpAsync(theirs, second));
        Assert.All(results.SelectMany(static r => r), r => Assert.Equal(WriteFault.None, r.Fault));
        Assert.Equal(2 * Each, await MaxAsync(ours));

        static async Task<Written<int>[]> CountUpAsync(GroupCommit writer, Database database)
        {
            var read = database.Prepare("SELECT max(a) FROM t");
            var write = database.Prepare("INSERT INTO t VALUES(?)");
            return await Task.WhenAll(Enumerable.Range(0, Each).Select(_ => Task.Run(() => writer.RunAsync(() =>
            {
                Assert.True(read.Step());
                var next = read.Int64(0) + 1;
                read.Reset();
                return write.Integer(next).Run();
            }).AsTask())));
        }

        async Task<long> MaxAsync(GroupCommit writer) => (await writer.RunAsync(() => _database.Scalar("SELECT max(a) FROM t"))).Value;
    }

    [Fact]
    public async Task D38_a_file_that_another_process_keeps_busy_is_unavailable_and_not_broken()
    {
        var state = new NoState();
        _database.Execute("PRAGMA busy_timeout=50");
        using var writer = new GroupCommit(_database, state, 10);
        using (var other = Database.Open(Path.Combine(_folder, "a.db"), DatabaseAccess.ReadWrite))
        {
            other.Execute("BEGIN IMMEDIATE; INSERT INTO t VALUES(1)");
            Assert.Equal(WriteFault.Unavailable, (await writer.RunAsync(() => _insert.Integer(2).Run())).Fault);
            other.Execute("COMMIT");
        }

        Assert.Equal(1, state.Reloads);
        Assert.True((await writer.RunAsync(() => _insert.Integer(3).Run())).IsDurable);
        Assert.Equal(2, await CountAsync(writer));
    }

    [Fact]
    public async Task A_mistake_of_the_caller_reaches_the_caller()
    {
        using var writer = new GroupCommit(_database, new NoState(), 10);
        await Assert.ThrowsAsync<FormatException>(async () => await writer.RunAsync<int>(() => throw new FormatException()));
        Assert.True((await writer.RunAsync(() => _insert.Integer(1).Run())).IsDurable);
    }

    [Fact]
    public async Task A_disk_that_is_full_refuses_and_the_state_in_memory_is_read_again()
    {
        var state = new NoState();
        using var writer = new GroupCommit(_database, state, 10);
        _database.Execute("CREATE TABLE big(b BLOB); PRAGMA max_page_count=20");
        var big = _database.Prepare("INSERT INTO big VALUES(zeroblob(1000000))");
        Assert.Equal(WriteFault.Unavailable, (await writer.RunAsync(() => big.Run())).Fault);
        Assert.True(state.Reloads + state.Returns > 0);
        Assert.True((await writer.RunAsync(() => _insert.Integer(1).Run())).IsDurable);
    }

    [Fact]
    public async Task Work_that_fails_alone_in_its_transaction_leaves_nothing_and_the_next_is_written()
    {
        var state = new NoState();
        using var writer = new GroupCommit(_database, state, 10);
        await Assert.ThrowsAsync<FormatException>(async () => await writer.RunAsync<int>(() =>
        {
            _insert.Integer(1).Run();
            throw new FormatException();
        }));
        Assert.Equal((1, 0), (state.Returns, state.Reloads));
        Assert.Equal(0, await CountAsync(writer));
        Assert.True((await writer.RunAsync(() => _insert.Integer(1).Run())).IsDurable);
        Assert.Equal(1, await CountAsync(writer));
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // What is asked for from then on queues up, and is one batch.
    private static async Task<Task> HoldUpAsync(GroupCommit writer, NoState state, SemaphoreSlim leave)
    {
        var blocking = Task.Run(() => writer.RunAsync(() =>
        {
            leave.Wait();
            return 0;
        }).AsTask());
        await Eventually.HoldsAsync(() => state.Marks > 0);
        return blocking;
    }

    private async Task<long> CountAsync(GroupCommit writer) => (await writer.RunAsync(() => _database.Scalar("SELECT count(*) FROM t"))).Value;

    private sealed class NoState : ITransactionState
    {
        private int _marks;

        internal int Reloads { get; private set; }

        internal int Returns { get; private set; }

        internal int Marks => Volatile.Read(ref _marks);

        public void Mark() => Interlocked.Increment(ref _marks);

        public void ReturnToMark() => Returns++;

        public void Reload() => Reloads++;
    }
}
