using LatchGate.Storage;

namespace LatchGate.Tests.Storage;

public sealed class GroupCommitCapacityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("latchgate-storage-").FullName;
    private readonly Database _database;
    private readonly Statement _insert;

    public GroupCommitCapacityTests()
    {
        var path = Path.Combine(_folder, "a.db");
        PrivateFile.Ensure(path);
        _database = Database.Open(path, DatabaseAccess.ReadWrite);
        _database.Execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY)");
        _insert = _database.Prepare("INSERT INTO t VALUES(?)");
    }

    [Fact]
    public async Task Work_that_must_not_be_lost_is_taken_though_the_queue_is_full()
    {
        using var writer = new GroupCommit(_database, new NothingInMemory(), 1);
        using var entered = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        var blocking = Task.Run(async () => await writer.RunAsync(() =>
        {
            entered.Release();
            leave.Wait();
            return 0;
        }));
        await entered.WaitAsync(TestContext.Current.CancellationToken);
        var waiting = writer.RunAsync(() => _insert.Integer(1).Run()).AsTask();
        var refused = await writer.RunAsync(() => _insert.Integer(2).Run());
        var taken = writer.RunAsync(() => _insert.Integer(3).Run(), beyondCapacity: true).AsTask();
        leave.Release();
        await blocking;
        Assert.Equal(WriteFault.Busy, refused.Fault);
        Assert.True((await waiting).IsDurable);
        Assert.True((await taken).IsDurable);
    }

    [Fact]
    public async Task A_commit_that_fails_is_remembered_until_one_succeeds()
    {
        using var writer = new GroupCommit(_database, new NothingInMemory(), 10);
        Assert.Null(writer.Failure);
        _database.Execute("PRAGMA busy_timeout=0");
        using (var other = Database.Open(Path.Combine(_folder, "a.db"), DatabaseAccess.ReadWrite))
        {
            other.Execute("BEGIN IMMEDIATE");
            Assert.Equal(WriteFault.Unavailable, (await writer.RunAsync(() => _insert.Integer(1).Run())).Fault);
            Assert.False(writer.Failure!.IsFinal);
            other.Execute("ROLLBACK");
        }

        // What changes nothing writes nothing.
        Assert.True((await writer.RunAsync(() => 0)).IsDurable);
        Assert.NotNull(writer.Failure);
        Assert.True((await writer.RunAsync(() => _insert.Integer(1).Run())).IsDurable);
        Assert.Null(writer.Failure);
        Assert.NotNull(writer.LastFailure);
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class NothingInMemory : ITransactionState
    {
        public void Mark()
        {
        }

        public void ReturnToMark()
        {
        }

        public void Reload()
        {
        }
    }
}
