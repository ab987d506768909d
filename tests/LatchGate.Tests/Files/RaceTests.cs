using System.Collections.Concurrent;
using System.Text;
using LatchGate.Storage;

namespace LatchGate.Tests.Files;

/// <summary>Somebody changes the tree while the gate works in it. Nothing outside is reached, and no file is half of two.</summary>
public sealed class RaceTests
{
    private const int Rounds = 3000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_that_is_swapped_in_while_reading_never_leads_out(bool isFile)
    {
        using var rig = new FileRig();
        rig.Write("real/secret.txt", "inside");
        await using var swapper = isFile
            ? new Swapper(rig["work.txt"], rig["real/secret.txt"], Path.Combine(rig.Outside, "secret.txt"))
            : new Swapper(rig["work"], rig["real"], rig.Outside);
        var path = isFile ? "work.txt" : "work/secret.txt";
        var codes = new HashSet<string>();
        for (var i = 0; i < Rounds || swapper.Turns < Rounds / 10; i++)
        {
            var answer = rig.Call("read", path);
            if (answer.Ok)
            {
                Assert.Equal("inside", Encoding.UTF8.GetString(answer.Content));
            }

            codes.Add(answer.Code ?? "read");
        }

        Assert.ProperSubset(new HashSet<string> { "read", "symlink_escape", "path_not_found", "special_file", "conflict", "never" }, codes);
    }

    [Fact]
    public async Task A_link_that_is_swapped_in_while_writing_never_leads_out()
    {
        using var rig = new FileRig();
        rig.Write("real/secret.txt", "inside");
        var swapper = new Swapper(rig["work"], rig["real"], rig.Outside);
        for (var i = 0; i < Rounds / 10 || swapper.Turns < Rounds / 10; i++)
        {
            rig.Call("write", "work/secret.txt", Encoding.UTF8.GetBytes($"round {i}"));
            rig.Call("write", $"work/new-{i}.txt", "x"u8.ToArray(), "create");
            rig.Call("delete", $"work/new-{i}.txt");
        }

        await swapper.DisposeAsync();
        Assert.Equal(["secret.txt"], Directory.GetFileSystemEntries(rig.Outside).Select(Path.GetFileName));
        Assert.Equal(FileRig.Secret, await File.ReadAllTextAsync(Path.Combine(rig.Outside, "secret.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_read_is_one_or_the_other()
    {
        using var rig = new FileRig();
        var (a, b) = (new string('a', 300_000), new string('b', 200_000));
        rig.Write("file", a);
        using var stop = new CancellationTokenSource();
        var replacing = Task.Run(
            () =>
            {
                var count = 0;
                for (; !stop.IsCancellationRequested; count++)
                {
                    File.WriteAllText(rig["next"], count % 2 == 0 ? b : a);
                    File.Move(rig["next"], rig["file"], overwrite: true);
                }

                return count;
            },
            CancellationToken.None);
        var read = 0;
        for (var i = 0; i < 300; i++)
        {
            var answer = rig.Call("read", "file");
            if (answer.Ok)
            {
                var text = Encoding.UTF8.GetString(answer.Content);
                Assert.True(text == a || text == b);
                read++;
            }
            else
            {
                Assert.Equal("conflict", answer.Code);
            }
        }

        await stop.CancelAsync();
        Assert.True(await replacing > 0);
        Assert.True(read > 0);
    }

    [Fact]
    public async Task Of_writers_that_expect_the_same_file_one_wins_and_no_change_is_lost()
    {
        using var rig = new FileRig();
        rig.Write("counter", "0");
        var won = new ConcurrentBag<int>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(
            () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var read = rig.Call("read", "counter");
                    if (!read.Ok)
                    {
                        continue;
                    }

                    var next = int.Parse(Encoding.UTF8.GetString(read.Content), System.Globalization.CultureInfo.InvariantCulture) + 1;
                    var written = rig.Call("write", "counter", Encoding.UTF8.GetBytes($"{next}"), expected: read.Text("hash"));
                    if (written.Ok)
                    {
                        won.Add(next);
                    }
                    else
                    {
                        Assert.Equal("conflict", written.Code);
                    }
                }
            },
            TestContext.Current.CancellationToken)));

        Assert.NotEmpty(won);
        Assert.Equal(Enumerable.Range(1, won.Count), won.Order());
        Assert.Equal($"{won.Count}", await File.ReadAllTextAsync(rig["counter"], TestContext.Current.CancellationToken));
        Assert.Equal(["counter"], rig.Names());
    }

    [Fact]
    public async Task Of_many_that_create_or_delete_one_file_one_does()
    {
        using var rig = new FileRig();
        for (var round = 0; round < 20; round++)
        {
            var created = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(
                () => rig.Call("write", "one", [(byte)i], "create"), TestContext.Current.CancellationToken)));
            Assert.Single(created, answer => answer.Ok);
            Assert.All(created.Where(a => !a.Ok), answer => Assert.Equal("already_exists", answer.Code));

            var deleted = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
                () => rig.Call("delete", "one"), TestContext.Current.CancellationToken)));
            Assert.Single(deleted, answer => answer.Ok);
            Assert.All(deleted.Where(a => !a.Ok), answer => Assert.Contains(answer.Code, new[] { "path_not_found", "conflict" }));
            Assert.Empty(rig.Names());
        }
    }

    /// <summary>Makes a name stand for the real thing and for a link to the outside, by turns.</summary>
    private sealed class Swapper : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _swapping;
        private int _turns;

        internal Swapper(string name, string real, string outside) => _swapping = Task.Run(
            () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    File.CreateSymbolicLink(name + ".link", outside);
                    Assert.Equal(0, Posix.Rename(name + ".link", name));
                    File.Delete(name);
                    Assert.Equal(0, Posix.Rename(real, name));
                    Thread.Yield();
                    Assert.Equal(0, Posix.Rename(name, real));
                    Interlocked.Increment(ref _turns);
                }
            },
            CancellationToken.None);

        /// <summary>How often it did; never ends a test that it failed in.</summary>
        internal int Turns => _swapping.IsFaulted ? int.MaxValue : Volatile.Read(ref _turns);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _swapping;
            _stop.Dispose();
        }
    }
}
