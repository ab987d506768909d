using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Http;

/// <summary>The socket file and its directory: who may reach it, and what is replaced.</summary>
[SupportedOSPlatform("linux")]
public sealed class SocketFileTests : IDisposable
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerAll = OwnerReadWrite | UnixFileMode.UserExecute;
    private readonly string _directory = Directory.CreateTempSubdirectory("lghttp").FullName;

    private string SocketPath => Path.Combine(_directory, "gate.sock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_socket_is_0600_in_a_directory_of_0700_that_is_made_if_absent()
    {
        var path = Path.Combine(_directory, "a", "b", "gate.sock");
        await using (Start(path))
        {
            Assert.Equal(OwnerReadWrite, File.GetUnixFileMode(path));
            Assert.Equal(OwnerAll, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
            Assert.Equal(OwnerAll, File.GetUnixFileMode(Path.Combine(_directory, "a")));
            Assert.Equal(["gate.sock"], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_directory_that_others_may_write_is_refused_and_left_as_it_is(UnixFileMode others)
    {
        File.SetUnixFileMode(_directory, OwnerAll | others);
        Assert.Contains("chmod 700", Refusal(SocketPath).Remedy, StringComparison.Ordinal);
        Assert.Equal(OwnerAll | others, File.GetUnixFileMode(_directory));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_directory_that_others_may_only_read_is_good_enough()
    {
        File.SetUnixFileMode(_directory, OwnerAll | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var server = Start(SocketPath);
        Assert.Equal(OwnerReadWrite, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public void A_directory_of_someone_else_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a directory away.");
        Assert.Equal(0, Chown(_directory, 65534, 65534));
        Assert.Contains("belongs to uid 65534", Refusal(SocketPath).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_we_may_not_write_is_refused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may write everywhere.");
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Contains("not writable", Refusal(SocketPath).Detail, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_directory, OwnerAll);
        }
    }

    [Fact]
    public void A_file_in_place_of_the_directory_is_refused()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");
        Assert.Contains("not a directory", Refusal(Path.Combine(_directory, "file", "gate.sock")).Detail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("cannot be", Refusal(Path.Combine(_directory, "file", "below", "gate.sock")).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gate.sock")]
    [InlineData("")]
    public void A_path_that_is_not_absolute_is_refused(string path)
        => Assert.Contains("absolute", Refusal(path).Detail, StringComparison.Ordinal);

    [Fact]
    public async Task A_path_may_have_106_bytes()
    {
        var longest = Path.Combine(_directory, new string('s', 106 - _directory.Length - 1));
        await using (Start(longest))
        {
            using var client = await RawClient.ConnectAsync(longest);
            await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        Assert.Contains("106", Refusal(longest + "s").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_at_which_nobody_listens_is_replaced()
    {
        LeaveStaleSocket(SocketPath);
        LeaveStaleSocket(SocketPath + "~");
        await using var server = Start(SocketPath);
        using var client = await RawClient.ConnectAsync(SocketPath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_second_server_on_the_same_path_is_refused_and_the_first_goes_on()
    {
        await using var first = Start(SocketPath);
        Assert.Contains("Another gate listens", Refusal(SocketPath).Detail, StringComparison.Ordinal);
        using var client = await RawClient.ConnectAsync(SocketPath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    [Fact]
    public async Task Of_many_servers_that_start_at_once_over_a_stale_socket_one_wins()
    {
        LeaveStaleSocket(SocketPath);
        var starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            try
            {
                return Start(SocketPath);
            }
            catch (StartupException)
            {
                return null;
            }
        })));
        var winner = Assert.Single(starts, server => server is not null)!;
        using var client = await RawClient.ConnectAsync(SocketPath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        await winner.DisposeAsync();
    }

    [Fact]
    public void A_file_that_is_no_socket_is_never_deleted()
    {
        File.WriteAllText(SocketPath, "precious");
        Assert.Contains("not a socket", Refusal(SocketPath).Detail, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        LeaveStaleSocket(Path.Combine(_directory, "other.sock"));
        File.CreateSymbolicLink(SocketPath, Path.Combine(_directory, "other.sock"));
        Assert.Contains("not a socket", Refusal(SocketPath).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_leaves_the_socket_of_a_successor_alone()
    {
        var first = Start(SocketPath);
        File.Delete(SocketPath);
        await using var second = Start(SocketPath);
        await first.DisposeAsync();
        using var client = await RawClient.ConnectAsync(SocketPath);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    private static HttpServer Start(string path)
        => HttpServer.Start(new HttpServerOptions(path, StartupError.AdminUdsFailed), ServerFixture.EchoAsync, TimeProvider.System);

    private static StartupException Refusal(string path)
    {
        var refusal = Assert.Throws<StartupException>(() => Start(path));
        Assert.Equal(StartupError.AdminUdsFailed, refusal.Error);
        Assert.NotEmpty(refusal.Remedy);
        return refusal;
    }

    private static void LeaveStaleSocket(string path)
    {
        // .NET removes the file it bound; the one that was moved stays, as after a crash.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + "0"));
        File.Move(path + "0", path);
    }

    [DllImport("libc", EntryPoint = "chown", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Chown(string path, uint user, uint group);
}
