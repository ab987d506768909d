using System.Net.Sockets;

namespace LatchGate.Tests.Files;

/// <summary>Ways out of the root, and things that are no files: each ends in its code, nothing is read, changed or waited for.</summary>
public sealed class EscapeTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "../outside/secret.txt", "traversal" },
        { "a/../../outside/secret.txt", "traversal" },
        { "..", "traversal" },
        { "a/..", "traversal" },
        { "/etc/passwd", "path_invalid" },
        { "//etc/passwd", "path_invalid" },
        { "", "path_invalid" },
        { ".", "path_invalid" },
        { "./a", "path_invalid" },
        { "a/./b", "path_invalid" },
        { "a//b", "path_invalid" },
        { "a/", "path_invalid" },
        { "a\0b", "path_invalid" },
        { "a\nb", "path_invalid" },
        { "a\u007fb", "path_invalid" },
        { "a\u0085b", "path_invalid" },
        { "..\\outside\\secret.txt", "path_invalid" },
        { "C:/outside", "path_invalid" },
        { "c:secret.txt", "path_invalid" },
        { "a.", "path_invalid" },
        { "a./b", "path_invalid" },
        { "a /b", "path_invalid" },
        { " a", "path_invalid" },
        { "...", "path_invalid" },
        { "a\u202eb", "path_invalid" },
        { "a\u200bb", "path_invalid" },
        { "a\u2028b", "path_invalid" },
        { new string('a', 256), "path_invalid" },
        { new string('ä', 128), "path_invalid" },
        { string.Join('/', Enumerable.Repeat("abcdefgh", 456)), "path_invalid" },
        { ".env", "path_denied" },
        { "src/.ENV", "path_denied" },
        { "src/.env.production", "path_denied" },
        { ".ssh/id_ed25519", "path_denied" },
        { "x/.git/hooks/pre-commit", "path_denied" },
        { ".latchgate/latchgate.toml", "path_denied" },
        { ".latchgate.0123456789abcdef.tmp", "path_denied" },
        { "home/.config/latchgate/operators/default.pem", "path_denied" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_path_is_refused_by_its_text_before_anything_is_opened(string path, string code)
    {
        using var rig = new FileRig { CreateParents = true };
        Assert.Equal(code, rig.Call("read", path).Code);
        Assert.Equal(code, rig.Call("delete", path).Code);
        Assert.Equal(code, rig.Call("write", path, "x"u8.ToArray()).Code);
        var answer = rig.Call("write", path, "x"u8.ToArray(), "create");
        Assert.Equal(code, answer.Code);
        Assert.Empty(answer.Evidence);
        Assert.Empty(rig.Names());
        Assert.Equal(["secret.txt"], Directory.GetFiles(rig.Outside).Select(Path.GetFileName));
    }

    [Fact]
    public void A_segment_may_be_as_long_as_the_file_system_takes()
    {
        using var rig = new FileRig();
        Assert.True(rig.Call("write", new string('a', 255), "x"u8.ToArray(), "create").Ok);
        Assert.True(rig.Call("write", new string('ä', 127) + "b", "x"u8.ToArray(), "create").Ok);
    }

    [Theory]
    [InlineData("src/main.c", null)]
    [InlineData("src/keys/id", "path_denied")]
    [InlineData("src/KEYS/id", "path_denied")]
    [InlineData("Src/main.c", "path_not_allowed")]
    [InlineData("main.c", "path_not_allowed")]
    [InlineData("src/a.pem", "path_denied")]
    [InlineData("src/A.PEM", "path_denied")]
    public void Deny_wins_over_allow_and_ignores_case(string path, string? code)
    {
        using var rig = new FileRig { Allow = ["src/**"], Deny = ["**/Keys/**", "**/*.pem"], CreateParents = true };
        Assert.Equal(code, rig.Call("write", path, "x"u8.ToArray(), "create").Code);
    }

    [Fact]
    public void What_an_operator_opened_for_one_run_is_that_path_alone_and_never_one_that_is_denied()
    {
        using var rig = new FileRig { Allow = ["src/**"], OpenedPath = "notes/a.md" };
        rig.Write("notes/a.md", "a");
        rig.Write("notes/b.md", "b");
        Assert.True(rig.Call("read", "notes/a.md").Ok);
        Assert.Equal("path_not_allowed", rig.Call("read", "notes/b.md").Code);

        using var denied = new FileRig { Allow = ["src/**"], Deny = ["**/a.md"], OpenedPath = "notes/a.md" };
        denied.Write("notes/a.md", "a");
        Assert.Equal("path_denied", denied.Call("read", "notes/a.md").Code);
    }

    [Theory]
    [InlineData("absolute", true)]
    [InlineData("absolute", false)]
    [InlineData("relative", true)]
    [InlineData("relative", false)]
    [InlineData("within", true)]
    [InlineData("dangling", true)]
    [InlineData("loop", true)]
    [InlineData("proc", true)]
    public void No_link_is_followed_wherever_it_leads(string kind, bool isLast)
    {
        using var rig = new FileRig { CreateParents = true };
        rig.Write("inner/secret.txt", "inside");
        var target = (kind, isLast) switch
        {
            ("absolute", true) => Path.Combine(rig.Outside, "secret.txt"),
            ("absolute", false) => rig.Outside,
            ("relative", true) => "../outside/secret.txt",
            ("relative", false) => "../outside",
            ("within", _) => "inner/secret.txt",
            ("dangling", _) => "../outside/new.txt",
            ("loop", _) => "link",
            _ => "/proc/self/environ",
        };
        File.CreateSymbolicLink(rig["link"], target);
        var path = isLast ? "link" : "link/secret.txt";

        Assert.Equal("symlink_escape", rig.Call("read", path).Code);
        Assert.Equal("symlink_escape", rig.Call("delete", path).Code);
        Assert.Equal("symlink_escape", rig.Call("write", path, "x"u8.ToArray()).Code);
        Assert.Equal("symlink_escape", rig.Call("write", path, "x"u8.ToArray(), "create").Code);
        Assert.Equal("symlink_escape", rig.Call("write", "link/sub/new.txt", "x"u8.ToArray(), "create").Code);
        Assert.Equal(["inner", "inner/secret.txt", "link"], rig.Names());
        Assert.Equal(target, new FileInfo(rig["link"]).LinkTarget);
        Assert.Equal(FileRig.Secret, File.ReadAllText(Path.Combine(rig.Outside, "secret.txt")));
        Assert.Single(Directory.GetFiles(rig.Outside));
    }

    [Fact]
    public void A_hard_link_may_lead_outside_and_is_neither_read_nor_replaced()
    {
        using var rig = new FileRig();
        Assert.True(Machine.Try("ln", Path.Combine(rig.Outside, "secret.txt"), rig["hard"]));
        Assert.Equal("special_file", rig.Call("read", "hard").Code);
        Assert.Equal("special_file", rig.Call("write", "hard", "x"u8.ToArray()).Code);
        Assert.Equal(FileRig.Secret, File.ReadAllText(Path.Combine(rig.Outside, "secret.txt")));

        // To take one name away leaves the others.
        Assert.True(rig.Call("delete", "hard").Ok);
        Assert.Equal(FileRig.Secret, File.ReadAllText(Path.Combine(rig.Outside, "secret.txt")));
    }

    [Fact]
    public void A_directory_is_no_file()
    {
        using var rig = new FileRig();
        Directory.CreateDirectory(rig["directory"]);
        Assert.Equal("special_file", rig.Call("read", "directory").Code);
        Assert.Equal("special_file", rig.Call("delete", "directory").Code);
        Assert.Equal("special_file", rig.Call("write", "directory", "x"u8.ToArray()).Code);
        Assert.True(Directory.Exists(rig["directory"]));
    }

    [Fact]
    public void D90_a_pipe_is_refused_without_waiting_for_its_other_end()
    {
        using var rig = new FileRig();
        Assert.True(Machine.Try("mkfifo", rig["pipe"]));
        Assert.Equal("special_file", rig.Call("read", "pipe").Code);
        Assert.Equal("special_file", rig.Call("write", "pipe", "x"u8.ToArray()).Code);
        Assert.Equal("special_file", rig.Call("delete", "pipe").Code);
    }

    [Fact]
    public void A_socket_is_no_file()
    {
        using var rig = new FileRig();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(rig["socket"]));
        socket.Listen();
        Assert.Equal("special_file", rig.Call("read", "socket").Code);
        Assert.Equal("special_file", rig.Call("write", "socket", "x"u8.ToArray()).Code);
        Assert.Equal("special_file", rig.Call("delete", "socket").Code);
    }

    [Theory]
    [InlineData("c", "1", "5")] // /dev/zero
    [InlineData("c", "1", "8")] // /dev/random
    [InlineData("b", "7", "0")] // /dev/loop0
    public void A_device_is_no_file(string type, string major, string minor)
    {
        using var rig = new FileRig();
        if (!Machine.Try("mknod", rig["device"], type, major, minor))
        {
            Assert.Skip("This user may not make devices.");
        }

        Assert.Equal("special_file", rig.Call("read", "device").Code);
        Assert.Equal("special_file", rig.Call("write", "device", "x"u8.ToArray()).Code);
        Assert.Equal("special_file", rig.Call("delete", "device").Code);
    }

    [Fact]
    public void A_mount_below_the_root_is_another_place()
    {
        using var rig = new FileRig();
        using var mount = Machine.Mount(rig["mounted"], "64k");
        File.WriteAllText(rig["mounted/a.txt"], "abc");
        Assert.Equal("symlink_escape", rig.Call("read", "mounted/a.txt").Code);
        Assert.Equal("symlink_escape", rig.Call("write", "mounted/b.txt", "x"u8.ToArray(), "create").Code);
        Assert.Equal(["a.txt"], Directory.GetFiles(rig["mounted"]).Select(Path.GetFileName));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_whole_and_nothing_behind()
    {
        using var rig = new FileRig();
        using var mount = Machine.Mount(rig.Root, "128k");
        rig.Write("a.txt", "old");
        var large = new byte[512 * 1024];
        Random.Shared.NextBytes(large);
        var replaced = rig.Call("write", "a.txt", large);
        Assert.Equal("io_error", replaced.Code);
        Assert.Contains("full", replaced.Text("message"), StringComparison.Ordinal);
        Assert.Equal("io_error", rig.Call("write", "b.txt", large, "create").Code);
        Assert.Equal("old", File.ReadAllText(rig["a.txt"]));
        Assert.Equal(["a.txt"], rig.Names());
        Assert.True(rig.Call("write", "a.txt", "new"u8.ToArray()).Ok);
    }

    [Fact]
    public void A_file_system_that_is_read_only_says_so()
    {
        using var rig = new FileRig();
        using var mount = Machine.Mount(rig.Root, "128k");
        rig.Write("a.txt", "old");
        Assert.True(Machine.Try("mount", "-o", "remount,ro", rig.Root));
        var answer = rig.Call("write", "a.txt", "x"u8.ToArray());
        Assert.Equal("io_error", answer.Code);
        Assert.Contains("read-only", answer.Text("message"), StringComparison.Ordinal);
        Assert.Equal("io_error", rig.Call("delete", "a.txt").Code);
        Assert.Equal("old"u8.ToArray(), rig.Call("read", "a.txt").Content);
    }
}
