using System.Collections.Concurrent;
using System.Text;
using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

/// <summary>The JSON Lines file beside the ledger, in everything that happens to files.</summary>
public sealed class LedgerMirrorTests : IDisposable
{
    private readonly TempLedger _temp = new();
    private readonly ConcurrentQueue<string> _log = new();

    private string File_ => Path.Combine(_temp.Folder, "events.jsonl");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_file_has_the_ledgers_bytes_and_is_the_users_alone()
    {
        await using (Mirror())
        {
            await AppendAsync(700);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
        await SameAsLedgerAsync();
    }

    [Fact]
    public async Task Events_come_while_the_gate_runs()
    {
        await using var mirror = Mirror();
        await AppendAsync(3);
        await Eventually.HoldsAsync(() => Lines().Length == 3);
        await AppendAsync(2);
        await Eventually.HoldsAsync(() => Lines().Length == 5);
        await Eventually.HoldsAsync(() => mirror.Status is { LastSeq: 5, Behind: 0, Error: null, Errors: 0 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public async Task A_torn_last_line_is_cut_off_and_what_is_missing_follows(int kept)
    {
        await using (Mirror())
        {
            await AppendAsync(5);
        }

        var bytes = File.ReadAllBytes(File_);
        var third = IndexOfLine(bytes, 3);
        await File.WriteAllBytesAsync(File_, bytes[..(third + kept)], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AppendAsync(2);
        await using (Mirror())
        {
            await Eventually.HoldsAsync(() => Lines().Length == 7);
        }

        await SameAsLedgerAsync();
        Assert.Equal(kept > 0, _log.Any(l => l.StartsWith("ledger_jsonl_repaired", StringComparison.Ordinal)));
        Assert.Contains(_log, l => l.StartsWith("ledger_jsonl_resumed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_block_of_zeros_that_a_power_cut_left_is_a_torn_line()
    {
        await using (Mirror())
        {
            await AppendAsync(3);
        }

        using (var file = File.Open(File_, FileMode.Append))
        {
            file.Write(new byte[200_000]);
        }

        await using (Mirror())
        {
            await AppendAsync(1);
        }

        await SameAsLedgerAsync();
    }

    [Fact]
    public async Task A_file_that_is_moved_away_is_followed_by_a_new_one_that_goes_on()
    {
        await using (var mirror = Mirror())
        {
            await AppendAsync(3);
            await Eventually.HoldsAsync(() => Lines().Length == 3);
            File.Move(File_, File_ + ".1");
            await AppendAsync(2);

            // What it was writing at that moment is in the file that was moved.
            await Eventually.HoldsAsync(() => File.Exists(File_) && mirror.Status is { LastSeq: 5, Behind: 0 });
            Assert.Null(mirror.Status.Error);
        }

        Assert.Equal(["1", "2", "3", "4", "5"], File.ReadAllLines(File_ + ".1").Concat(Lines()).Select(SeqOf));

        // Also when it is moved while no gate runs.
        File.Move(File_, File_ + ".2");
        await AppendAsync(1);
        await using (Mirror())
        {
            await Eventually.HoldsAsync(() => File.Exists(File_) && Lines().Length == 1);
        }

        Assert.Equal("6", SeqOf(Lines()[0]));
    }

    [Fact]
    public async Task A_file_that_is_cut_in_place_goes_on_from_its_beginning()
    {
        await using var mirror = Mirror();
        await AppendAsync(3);
        await Eventually.HoldsAsync(() => Lines().Length == 3);
        using (var file = File.Open(File_, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        await AppendAsync(2);
        await Eventually.HoldsAsync(() => Lines().Length == 2);
        Assert.Equal("4", SeqOf(Lines()[0]));
    }

    [Fact]
    public void What_is_written_at_the_moment_in_which_the_file_is_cut_leaves_no_hole()
    {
        using var file = MirrorFile.Open(File_);
        file.Append("first\n"u8);
        using (var other = File.Open(File_, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(0);
        }

        file.Append("second\n"u8);
        Assert.Equal(["second"], Lines());
        Assert.True(file.IsRotated());
    }

    [Fact]
    public async Task A_file_of_another_ledger_is_left_alone_and_the_ledger_goes_on()
    {
        const string Foreign = "{\"seq\":1}\n";
        await File.WriteAllTextAsync(File_, Foreign, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AppendAsync(3);
        await using var mirror = Mirror();
        await Eventually.HoldsAsync(() => mirror.Status.Error is not null);
        Assert.Contains("no event of this ledger", mirror.Status.Error, StringComparison.Ordinal);
        Assert.Equal(1, mirror.Status.Errors);
        Assert.Equal(Foreign, await File.ReadAllTextAsync(File_, TestContext.Current.CancellationToken));

        // Put right by an operator, without a restart.
        File.Delete(File_);
        await Eventually.HoldsAsync(() => mirror.Status is { Error: null, Behind: 0 });
        await SameAsLedgerAsync();
        Assert.Contains(_log, l => l.StartsWith("ledger_jsonl_restored", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a text that never had a line feed")]
    [InlineData("some\nlines, and a last one without line feed")]
    [InlineData("{\"seq\":1}\nand more")]
    public async Task A_file_of_something_else_is_left_alone_also_where_its_last_line_is_not_whole(string foreign)
    {
        await File.WriteAllTextAsync(File_, foreign, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AppendAsync(3);
        await using var mirror = Mirror();
        await Eventually.HoldsAsync(() => mirror.Status is { Error: not null } or { Behind: 0 });
        Assert.Contains("no event of this ledger", mirror.Status.Error, StringComparison.Ordinal);
        Assert.Equal(foreign, await File.ReadAllTextAsync(File_, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task A_file_that_holds_nothing_but_a_torn_line_is_begun_anew(int kept)
    {
        await using (Mirror())
        {
            await AppendAsync(3);
        }

        var bytes = await File.ReadAllBytesAsync(File_, TestContext.Current.CancellationToken);
        File.Delete(File_ + ".seq");
        await File.WriteAllBytesAsync(File_, [.. bytes[..kept], .. new byte[kept % 2 * 100_000]], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (Mirror())
        {
            await Eventually.HoldsAsync(() => Lines().Length == 3);
        }

        await SameAsLedgerAsync();
    }

    [Fact]
    public async Task A_file_that_is_ahead_of_the_ledger_is_named_and_left_alone()
    {
        await using (Mirror())
        {
            await AppendAsync(4);
        }

        var before = await File.ReadAllBytesAsync(File_, TestContext.Current.CancellationToken);
        using var earlier = new TempLedger();
        await earlier.Ledger.AppendEventAsync(TempLedger.Event());
        await using var mirror = new LedgerMirror(File_, earlier.Ledger, (_, _) => { }, TimeProvider.System);
        await Eventually.HoldsAsync(() => mirror.Status.Error is not null);
        Assert.Contains("ends with event 4, but the ledger with event 1", mirror.Status.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(File_, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_disk_that_refuses_is_told_and_never_turns_a_write_into_an_error()
    {
        // A directory in the file's place, a file that others may read, and a device.
        Directory.CreateDirectory(File_);
        await using (var mirror = Mirror())
        {
            Assert.True((await _temp.Ledger.AppendEventAsync(TempLedger.Event())).IsDurable);
            await Eventually.HoldsAsync(() => mirror.Status is { Error: not null, Behind: 1 });
            Directory.Delete(File_);
            await Eventually.HoldsAsync(() => mirror.Status is { Error: null, Behind: 0 });
        }

        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using (var mirror = Mirror())
        {
            await Eventually.HoldsAsync(() => mirror.Status.Error?.Contains("0600", StringComparison.Ordinal) == true);
        }

        await using (var mirror = new LedgerMirror("/dev/full", _temp.Ledger, (_, _) => { }, TimeProvider.System))
        {
            Assert.True((await _temp.Ledger.AppendEventAsync(TempLedger.Event())).IsDurable);
            await Eventually.HoldsAsync(() => mirror.Status.Error?.Contains("not a regular file", StringComparison.Ordinal) == true);
        }
    }

    private LedgerMirror Mirror() => new(File_, _temp.Ledger, (code, message) => _log.Enqueue($"{code}: {message}"), TimeProvider.System);

    private async Task AppendAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True((await _temp.Ledger.AppendEventAsync(TempLedger.Event())).IsDurable);
        }
    }

    private string[] Lines()
    {
        if (!File.Exists(File_))
        {
            return [];
        }

        using var file = new StreamReader(new FileStream(File_, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string SeqOf(string line)
    {
        using var document = System.Text.Json.JsonDocument.Parse(line);
        return document.RootElement.GetProperty("seq").GetRawText();
    }

    private static int IndexOfLine(byte[] bytes, int line)
    {
        var at = 0;
        for (; line > 0; line--)
        {
            at = Array.IndexOf(bytes, (byte)'\n', at) + 1;
        }

        return at;
    }

    private async Task SameAsLedgerAsync()
    {
        using var export = new MemoryStream();
        await LedgerExport.WriteAsync(_temp.Ledger, export, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.UTF8.GetString(export.ToArray()), await File.ReadAllTextAsync(File_, TestContext.Current.CancellationToken));
    }
}
