using LatchGate.Evidence;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate backup</c> on real ledgers.</summary>
public sealed class BackupCommandTests
{
    [Fact]
    public async Task A_copy_is_one_private_file_that_verifies_and_that_a_gate_can_go_on_with()
    {
        using var files = await new LedgerFiles().FilledAsync();
        Assert.Equal(0, await BackupAsync(files));
        var (head, events) = (files.Cli.Json.GetProperty("head").GetString(), files.Cli.Json.GetProperty("total_events").GetInt64());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.File("copy.db")));
        Assert.Equal(8, events);
        Assert.Empty(Directory.GetFiles(files.Temp.Folder, "*.tmp*"));
        Assert.False(File.Exists(files.File("copy.db-wal")));
        Assert.Equal(0, await files.VerifyAsync("copy.db"));
        Assert.Equal(head, files.Cli.Json.GetProperty("head").GetString());

        // Restored: the gate's file is gone, the copy takes its place.
        File.Delete(files.Temp.Path);
        File.Move(files.File("copy.db"), files.Temp.Path);
        files.Temp.Reopen();
        await files.Temp.CallAsync();
        files.Temp.Close();
        Assert.Equal(0, await files.VerifyAsync());
        Assert.Equal(events + 2, files.Cli.Json.GetProperty("total_events").GetInt64());
    }

    [Fact]
    public async Task A_copy_beside_a_writer_is_one_moment_of_its_ledger()
    {
        using var files = new LedgerFiles();
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await files.Temp.CallAsync();
            }
        });
        try
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(0, await BackupAsync(files, $"copy{i}.db"));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }

        files.Temp.Close();
        Assert.Equal(0, await files.VerifyAsync("copy4.db"));
        Assert.Equal(0, await files.VerifyAsync());
    }

    [Fact]
    public async Task What_the_disk_does_not_confirm_is_not_copied()
    {
        using var files = await new LedgerFiles().FilledAsync();
        PrivateFile.Ensure(files.File("copy.db"));
        var log = WriteAheadLog.PathOf(files.File("copy.db"));
        WriteAheadLog.Confirm(files.File("copy.db"));

        // A log that nobody can have confirmed: fdatasync(2) refuses the device.
        File.CreateSymbolicLink(log, "/dev/null");
        Assert.True(Assert.Throws<DatabaseException>(() => WriteAheadLog.Confirm(files.File("copy.db"))).IsSync);
        File.Delete(log);
        Assert.Throws<DatabaseException>(() => DatabaseBackup.Copy(
            files.Temp.Path, files.File("copy.db"), _ => throw DatabaseException.Unconfirmed("it is gone"), CancellationToken.None));
        Assert.Equal(0, new FileInfo(files.File("copy.db")).Length);
    }

    [Fact]
    public async Task What_is_confirmed_is_what_is_copied()
    {
        using var files = new LedgerFiles();
        await files.Temp.CallAsync();
        PrivateFile.Ensure(files.File("copy.db"));
        var confirmed = 0;
        DatabaseBackup.Copy(
            files.Temp.Path,
            files.File("copy.db"),
            _ =>
            {
                confirmed++;
                Assert.True(files.Temp.Ledger.AppendEventAsync(TempLedger.Event()).AsTask().GetAwaiter().GetResult().IsDurable);
            },
            CancellationToken.None);
        Assert.Equal(1, confirmed);
        using var source = new LedgerReader(files.Temp.Path);
        using var copy = new LedgerReader(files.File("copy.db"));
        Assert.Equal(source.CountEvents() - 1, copy.CountEvents());
    }

    [Fact]
    public async Task Nothing_is_overwritten_and_a_broken_ledger_is_not_copied_as_a_good_one()
    {
        using var files = await new LedgerFiles().FilledAsync();
        File.WriteAllText(files.File("copy.db"), "precious");
        Assert.Equal(1, await BackupAsync(files));
        Assert.Equal("exists", files.Cli.Json.GetProperty("error").GetString());
        Assert.Equal("precious", File.ReadAllText(files.File("copy.db")));

        Assert.Equal(1, await BackupAsync(files, "no/such/place.db"));
        Assert.Equal("not_written", files.Cli.Json.GetProperty("error").GetString());

        using (var database = Database.Open(files.Temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE events SET decision = 'deny' WHERE seq = 2");
        }

        Assert.Equal(2, await BackupAsync(files, "other.db"));
        Assert.Equal("ledger_broken", files.Cli.Json.GetProperty("error").GetString());
        Assert.False(File.Exists(files.File("other.db")));
        Assert.Empty(Directory.GetFiles(files.Temp.Folder, "*.tmp*"));
    }

    private static Task<int> BackupAsync(LedgerFiles files, string target = "copy.db") =>
        files.Cli.RunAsync("backup", target, "--ledger", "ledger.db", "--keys", files.Keys, "--json");
}
