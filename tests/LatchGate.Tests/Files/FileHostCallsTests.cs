using System.Security.Cryptography;
using System.Text;
using LatchGate.Actions;
using LatchGate.HostIo.Files;

namespace LatchGate.Tests.Files;

/// <summary>Reading, creating, replacing and deleting real files, and the evidence of it.</summary>
public sealed class FileHostCallsTests
{
    // printf 'abc' | sha256sum (FIPS 180-4 example)
    private const string HashOfAbc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void A_file_is_read_with_the_hash_of_its_bytes()
    {
        using var rig = new FileRig();
        rig.Write("src/a.txt", "abc");

        var answer = rig.Call("read", "src/a.txt");

        Assert.Equal("abc"u8.ToArray(), answer.Content);
        Assert.Equal((HashOfAbc, 3), (answer.Text("hash"), answer.Json.GetProperty("size_bytes").GetInt32()));
        var seen = Assert.Single(answer.Evidence);
        Assert.Equal(("read", "src/a.txt", FileFault.None, 3L, 0L), (seen.Operation, seen.Path, seen.Outcome, seen.BytesAfter, seen.BytesBefore));
        Assert.Equal(HashOfAbc, seen.AfterHash.ToString());
        Assert.Null(seen.BeforeHash);
    }

    [Theory]
    [InlineData("ordner/Größe – ½.txt")]
    [InlineData("資料/報告.md")]
    [InlineData("a b/c'd\"e$(x).txt")]
    [InlineData("emoji/😀.md")]
    [InlineData("-rf")]
    public void A_name_is_any_text(string path)
    {
        using var rig = new FileRig { CreateParents = true };
        Assert.True(rig.Call("write", path, "abc"u8.ToArray(), "create").Ok);
        Assert.Equal("abc"u8.ToArray(), rig.Call("read", path).Content);
        Assert.Equal("abc", File.ReadAllText(rig[path]));
        Assert.True(rig.Call("delete", path).Ok);
        Assert.False(File.Exists(rig[path]));
    }

    [Fact]
    public void An_empty_file_is_a_file()
    {
        using var rig = new FileRig();
        Assert.True(rig.Call("write", "empty", [], "create").Ok);
        Assert.Empty(rig.Call("read", "empty").Content);
    }

    [Fact]
    public void A_new_file_is_there_whole_with_mode_0644_under_the_umask()
    {
        using var rig = new FileRig();
        var answer = rig.Call("write", "new.txt", "abc"u8.ToArray(), "create");

        Assert.Equal((HashOfAbc, 3, 0), (answer.Text("after_hash"), answer.Json.GetProperty("bytes_written").GetInt32(), answer.Json.GetProperty("bytes_before").GetInt32()));
        Assert.Null(answer.Text("before_hash"));
        Assert.Equal("abc", File.ReadAllText(rig["new.txt"]));
        var mode = File.GetUnixFileMode(rig["new.txt"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode & (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.Equal(default, mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute));
        Assert.Equal(["new.txt"], rig.Names());
        var seen = Assert.Single(answer.Evidence);
        Assert.Equal(("create", HashOfAbc, 3L), (seen.Operation, seen.AfterHash.ToString(), seen.BytesAfter));
        Assert.Null(seen.BeforeHash);
    }

    [Fact]
    public void Creating_never_replaces()
    {
        using var rig = new FileRig();
        rig.Write("a.txt", "old");
        Directory.CreateDirectory(rig["directory"]);
        Assert.Equal("already_exists", rig.Call("write", "a.txt", "new"u8.ToArray(), "create").Code);
        Assert.Equal("already_exists", rig.Call("write", "directory", "new"u8.ToArray(), "create").Code);
        Assert.Equal("old", File.ReadAllText(rig["a.txt"]));
        Assert.Equal(["a.txt", "directory"], rig.Names());
    }

    [Fact]
    public void A_replaced_file_keeps_its_permissions_and_leaves_nothing_behind()
    {
        using var rig = new FileRig();
        rig.Write("run.sh", "abc");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead;
        File.SetUnixFileMode(rig["run.sh"], Mode);

        var answer = rig.Call("write", "run.sh", "other bytes"u8.ToArray(), expected: HashOfAbc);

        var after = "sha256:" + Convert.ToHexStringLower(SHA256.HashData("other bytes"u8));
        Assert.Equal((HashOfAbc, after), (answer.Text("before_hash"), answer.Text("after_hash")));
        Assert.Equal((3, 11), (answer.Json.GetProperty("bytes_before").GetInt32(), answer.Json.GetProperty("bytes_written").GetInt32()));
        Assert.Equal("other bytes", File.ReadAllText(rig["run.sh"]));
        Assert.Equal(Mode, File.GetUnixFileMode(rig["run.sh"]));
        Assert.Equal(["run.sh"], rig.Names());
        var seen = Assert.Single(answer.Evidence);
        Assert.Equal(("overwrite", HashOfAbc, after, 3L, 11L), (seen.Operation, seen.BeforeHash.ToString(), seen.AfterHash.ToString(), seen.BytesBefore, seen.BytesAfter));
    }

    [Fact]
    public void What_runs_as_its_owner_does_not_after_it_was_replaced()
    {
        using var rig = new FileRig();
        rig.Write("tool", "abc");
        File.SetUnixFileMode(rig["tool"], UnixFileMode.SetUser | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.True(rig.Call("write", "tool", "x"u8.ToArray()).Ok);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(rig["tool"]));
    }

    [Fact]
    public void A_reader_that_has_the_file_open_keeps_the_old_one_whole()
    {
        using var rig = new FileRig();
        rig.Write("a.txt", "abc");
        using var reader = File.OpenRead(rig["a.txt"]);
        Assert.True(rig.Call("write", "a.txt", "new"u8.ToArray()).Ok);
        Assert.Equal("abc", new StreamReader(reader).ReadToEnd());
    }

    [Fact]
    public void A_file_that_is_not_the_expected_one_is_left_alone()
    {
        using var rig = new FileRig();
        rig.Write("a.txt", "changed by somebody");
        var answer = rig.Call("write", "a.txt", "new"u8.ToArray(), expected: HashOfAbc);
        Assert.Equal("conflict", answer.Code);
        Assert.Equal("changed by somebody", File.ReadAllText(rig["a.txt"]));
        Assert.Equal(FileFault.Conflict, Assert.Single(answer.Evidence).Outcome);
    }

    [Fact]
    public void What_is_not_there_is_neither_replaced_read_nor_deleted()
    {
        using var rig = new FileRig();
        rig.Write("file", "abc");
        foreach (var path in new[] { "gone", "gone/too", "file/below" })
        {
            Assert.Equal("path_not_found", rig.Call("read", path).Code);
            Assert.Equal("path_not_found", rig.Call("delete", path).Code);
            Assert.Equal("path_not_found", rig.Call("write", path, "x"u8.ToArray()).Code);
        }

        Assert.Equal(["file"], rig.Names());
    }

    [Fact]
    public void A_deleted_file_is_gone_and_its_hash_is_known()
    {
        using var rig = new FileRig();
        rig.Write("a.txt", "abc");
        var answer = rig.Call("delete", "a.txt");
        Assert.True(answer.Json.GetProperty("ok").GetBoolean());
        Assert.Empty(rig.Names());
        var seen = Assert.Single(answer.Evidence);
        Assert.Equal(("delete", HashOfAbc, 3L, 0L), (seen.Operation, seen.BeforeHash.ToString(), seen.BytesBefore, seen.BytesAfter));
        Assert.Null(seen.AfterHash);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Missing_directories_are_made_only_where_the_manifest_says_so(bool may)
    {
        using var rig = new FileRig { CreateParents = may };
        var answer = rig.Call("write", "a/b/c.txt", "abc"u8.ToArray(), "create");
        Assert.Equal(may ? null : "path_not_found", answer.Code);
        Assert.Equal(may ? ["a", "a/b", "a/b/c.txt"] : [], rig.Names());
        Assert.Equal("path_not_found", rig.Call("write", "x/y.txt", "abc"u8.ToArray()).Code);
    }

    [Fact]
    public void An_operation_that_the_manifest_does_not_list_touches_nothing()
    {
        using var rig = new FileRig { Operations = FileOperations.Read };
        rig.Write("a.txt", "abc");
        Assert.Equal("operation_not_allowed", rig.Call("write", "a.txt", "x"u8.ToArray()).Code);
        Assert.Equal("operation_not_allowed", rig.Call("write", "b.txt", "x"u8.ToArray(), "create").Code);
        var answer = rig.Call("delete", "a.txt");
        Assert.Equal("operation_not_allowed", answer.Code);
        Assert.Empty(answer.Evidence);
        Assert.Equal("abc", File.ReadAllText(rig["a.txt"]));

        using var overwriting = new FileRig { Operations = FileOperations.Overwrite };
        Assert.Equal("operation_not_allowed", overwriting.Call("write", "b.txt", "x"u8.ToArray(), "create").Code);
        Assert.Equal("operation_not_allowed", overwriting.Call("read", "b.txt").Code);
    }

    [Fact]
    public void Bounds_hold_for_what_is_there_what_is_written_and_the_sum()
    {
        using var rig = new FileRig { MaxFileBytes = 4, MaxTotalBytes = 9 };
        rig.Write("five", "12345");
        rig.Write("four", "1234");
        Assert.Equal("too_large", rig.Call("read", "five").Code);
        Assert.Equal("too_large", rig.Call("delete", "five").Code);
        Assert.Equal("too_large", rig.Call("write", "five", "x"u8.ToArray()).Code);
        Assert.Equal("too_large", rig.Call("write", "four", "12345"u8.ToArray()).Code);
        Assert.Equal("too_large", rig.Call("write", "new", "12345"u8.ToArray(), "create").Code);

        var host = rig.Host();
        Assert.True(FileRig.Call(host, "read", "four").Ok);
        Assert.True(FileRig.Call(host, "write", "four", "abcd"u8.ToArray()).Ok);
        Assert.Equal("too_large", FileRig.Call(host, "write", "four", "ef"u8.ToArray()).Code);
        Assert.True(FileRig.Call(rig.Host(), "read", "four").Ok);
        Assert.Equal("abcd", File.ReadAllText(rig["four"]));
        Assert.Equal(FileFault.TooLarge, host.FirstRefusal!.Value.Fault);
    }

    [Fact]
    public void A_sparse_file_of_a_terabyte_is_not_read()
    {
        using var rig = new FileRig();
        using (var file = File.Create(rig["sparse"]))
        {
            file.SetLength(1L << 40);
        }

        Assert.Equal("too_large", rig.Call("read", "sparse").Code);
        Assert.Equal("too_large", rig.Call("delete", "sparse").Code);
        Assert.True(File.Exists(rig["sparse"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"operation":"read"}""")]
    [InlineData("""{"operation":"list","path":"a"}""")]
    [InlineData("""{"operation":"read","path":7}""")]
    [InlineData("""{"operation":"read","path":"a","path":"b"}""")]
    [InlineData("""{"operation":"read","path":"a","more":"b"}""")]
    [InlineData("""{"operation":"read","path":"a"} x""")]
    [InlineData("""{"operation":"read","path":"a","content_base64":""}""")]
    [InlineData("""{"operation":"read","path":"\ud800"}""")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"AA=="}""")]
    [InlineData("""{"operation":"write","path":"a","mode":"create"}""")]
    [InlineData("""{"operation":"write","path":"a","mode":"append","content_base64":"AA=="}""")]
    [InlineData("""{"operation":"write","path":"a","mode":"create","content_base64":"A"}""")]
    [InlineData("""{"operation":"write","path":"a","mode":"overwrite","content_base64":"AA==","expected_before_hash":"sha256:00"}""")]
    [InlineData("""{"operation":"write","path":"a","mode":"create","content_base64":"AA==","expected_before_hash":"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}""")]
    public void A_request_that_is_not_of_the_contract_touches_nothing(string json)
    {
        using var rig = new FileRig();
        var answer = rig.Raw(json);
        Assert.Equal("invalid_content", answer.Code);
        Assert.Empty(answer.Evidence);
        Assert.Empty(rig.Names());
    }

    [Fact]
    public void A_root_that_a_link_has_taken_the_place_of_is_refused()
    {
        using var rig = new FileRig();
        rig.Write("secret.txt", "inside");
        var host = rig.Host();
        Assert.True(FileRig.Call(host, "read", "secret.txt").Ok);
        Directory.Move(rig.Root, rig.Root + ".moved");
        Directory.CreateSymbolicLink(rig.Root, rig.Outside);
        Assert.Equal("io_error", FileRig.Call(host, "read", "secret.txt").Code);
        Directory.Delete(rig.Root);
        Assert.Equal("io_error", FileRig.Call(host, "read", "secret.txt").Code);
    }

    [Fact]
    public void A_cancelled_write_changes_nothing()
    {
        using var rig = new FileRig();
        rig.Write("a.txt", "abc");
        var request = Encoding.UTF8.GetBytes("""{"operation":"write","path":"a.txt","mode":"overwrite","content_base64":"eHh4"}""");
        Assert.Throws<OperationCanceledException>(() => rig.Host().Call(request, new CancellationToken(canceled: true)));
        Assert.Equal("abc", File.ReadAllText(rig["a.txt"]));
        Assert.Equal(["a.txt"], rig.Names());
    }
}
