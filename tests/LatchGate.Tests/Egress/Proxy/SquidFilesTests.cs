using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Egress.Proxy;

public sealed class SquidFilesTests : IDisposable
{
    private readonly TempDirectory _root = new();

    private string File => _root["allowlist.txt"];

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_files_are_readable_by_all_and_written_only_when_they_differ()
    {
        Assert.True(SquidFiles.Write(File, List("a.example.com", "*.b.example.com")));
        var first = SquidFiles.Suffixes.ToDictionary(s => s, s => System.IO.File.GetLastWriteTimeUtc(File + s));
        Assert.All(SquidFiles.Suffixes, s => Assert.Equal("rw-r--r--", Mode(File + s)));
        Assert.False(SquidFiles.Write(File, List("*.b.example.com", "a.example.com")));
        Assert.All(SquidFiles.Suffixes, s => Assert.Equal(first[s], System.IO.File.GetLastWriteTimeUtc(File + s)));
        Assert.True(SquidFiles.Hold(File, List("a.example.com", "*.b.example.com")));

        Assert.True(SquidFiles.Write(File, List("a.example.com")));
        Assert.False(SquidFiles.Hold(File, List("a.example.com", "*.b.example.com")));
        Assert.Equal(["a.example.com"], SquidFiles.Read(File)!);
        Assert.Empty(SquidFiles.Read(File + ".one-label")!);
        Assert.DoesNotContain(Directory.GetFiles(_root.Path), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_was_closed_to_others_is_opened_again()
    {
        SquidFiles.Write(File, List("a.example.com"));
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.True(SquidFiles.Write(File, List("a.example.com")));
        Assert.Equal("rw-r--r--", Mode(File));
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_an_error_and_nothing_is_lost()
    {
        Directory.CreateDirectory(File);
        Assert.ThrowsAny<SystemException>(() => SquidFiles.Write(File, List("a.example.com")));
        Assert.True(Directory.Exists(File));
    }

    [Fact]
    public void Drift_names_what_is_missing_and_what_is_too_much_in_any_file()
    {
        SquidFiles.Write(File, List("a.example.com", "*.b.example.com", "93.184.216.34"));
        Assert.True(AllowlistDrift.Of(File, List("a.example.com", "*.b.example.com", "93.184.216.34")).IsEmpty);

        var drift = AllowlistDrift.Of(File, List("a.example.com", "c.example.com", "93.184.216.34"));
        Assert.Equal(["c.example.com"], drift.Missing);
        Assert.Equal([@"^[^.]+\.b\.example\.com$ (one-label)"], drift.Surplus);
    }

    [Fact]
    public void A_list_by_hand_is_compared_by_its_entries_alone()
    {
        // No marker, no other files, another order, comments and capitals: what people keep in a repository.
        System.IO.File.WriteAllText(File, "# ours\r\n\r\n  B.example.com  \na.example.com\na.example.com\n");
        Assert.True(AllowlistDrift.Of(File, List("a.example.com", "b.example.com")).IsEmpty);
        var wide = List("a.example.com", "b.example.com", port: 8443);
        Assert.Equal(["8443 (ports)", "8443 (tunnel-ports)"], AllowlistDrift.Of(File, wide).Missing.Where(m => m.StartsWith('8')));
    }

    private static EgressAllowlist List(params string[] hosts) => List(443, hosts);

    private static EgressAllowlist List(string first, string second, int port) => List(port, first, second);

    private static EgressAllowlist List(int port, params string[] hosts) => EgressAllowlist.Of(
        [EgressAllowlistTests.Rules(EgressAllowlistTests.Rule([.. hosts.Select(EgressAllowlistTests.Pattern)]) with { Ports = [new PortRange((ushort)port, (ushort)port)] })],
        EgressCeiling.Default, [], DateTimeOffset.UnixEpoch);

    private static string Mode(string file)
    {
        var mode = System.IO.File.GetUnixFileMode(file);
        return string.Concat(Enumerable.Range(0, 9).Select(i => ((int)mode >> (8 - i) & 1) == 1 ? "rwx"[i % 3] : '-'));
    }
}
