using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Tests.Crypto;

public sealed class KeyFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_seed_is_made_with_mode_0600_and_loads_as_the_same_key_again()
    {
        var path = _folder.File("receipt.key");
        using var made = KeyFile.LoadOrCreateEd25519(path, "receipt");
        using var loaded = KeyFile.LoadOrCreateEd25519(path, "receipt");

        Assert.Equal(made.KeyId, loaded.KeyId);
        Assert.Equal(32, new FileInfo(path).Length);
        Assert.Equal(OwnerOnly, ModeOf(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_seed_gives_the_public_key_of_RFC_8032()
    {
        var path = _folder.File("rfc.key");
        AtomicFile.Create(path, Convert.FromHexString("9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60"));
        using var key = KeyFile.LoadOrCreateEd25519(path, "receipt");

        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Convert.ToHexStringLower(key.PublicKey));
        Assert.Equal("d75a980182b10ab7", key.KeyId);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_key_that_others_can_use_is_refused_with_the_remedy(UnixFileMode extra)
    {
        var path = _folder.File("open.key");
        AtomicFile.Create(path, new byte[32]);
        SetMode(path, OwnerOnly | extra);

        var refusal = Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateEd25519(path, "grant"));

        Assert.Equal(StartupError.SigningKeyFailed, refusal.Error);
        Assert.Contains($"chmod 600 {path}", refusal.Remedy, StringComparison.Ordinal);
        Assert.StartsWith("SECURITY: the grant key file ", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_stricter_than_0600_is_read()
    {
        var path = _folder.File("strict.key");
        AtomicFile.Create(path, new byte[32]);
        SetMode(path, UnixFileMode.UserRead);

        using var key = KeyFile.LoadOrCreateEd25519(path, "grant");
        Assert.NotEmpty(key.KeyId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(4096)]
    public void A_seed_of_another_length_is_refused_and_kept(int length)
    {
        var path = _folder.File("length.key");
        AtomicFile.Create(path, new byte[length]);

        var refusal = Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateEd25519(path, "receipt"));

        Assert.EndsWith($"this file has {length}.", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(length, new FileInfo(path).Length);
    }

    [Fact]
    public void A_directory_and_a_pipe_are_no_key_files()
    {
        var pipe = _folder.File("pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", ["-m", "600", pipe]))
        {
            mkfifo.WaitForExit();
        }

        foreach (var path in new[] { _folder.Path, pipe })
        {
            var refusal = Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateEd25519(path, "receipt"));
            Assert.Contains("is not a regular file", refusal.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_of_another_user_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a file away");
        var path = _folder.File("foreign.key");
        AtomicFile.Create(path, new byte[32]);
        using (var chown = System.Diagnostics.Process.Start("chown", ["65534", path]))
        {
            chown.WaitForExit();
        }

        var refusal = Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateEd25519(path, "receipt"));
        Assert.Contains("belongs to user 65534", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_P256_key_survives_a_restart_and_a_damaged_one_is_refused_without_showing_it()
    {
        var path = _folder.File("issuer.pem");
        using var made = KeyFile.LoadOrCreateP256(path, "lease issuer");
        using var loaded = KeyFile.LoadOrCreateP256(path, "lease issuer");
        Assert.Equal(made.PublicKey.Thumbprint, loaded.PublicKey.Thumbprint);
        Assert.Equal(OwnerOnly, ModeOf(path));

        var damaged = File.ReadAllText(path).Replace("MIG", "XXX", StringComparison.Ordinal);
        File.WriteAllText(path, damaged);
        var refusal = Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateP256(path, "lease issuer"));
        Assert.Equal(StartupError.IssuerInitFailed, refusal.Error);
        Assert.DoesNotContain(damaged.Split('\n')[1][..20], refusal.ToString(), StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllText(path));
    }

    [Fact]
    public void A_key_file_is_never_made_over_another_file()
    {
        var path = _folder.File("taken");
        File.WriteAllText(path, "precious");
        using var key = P256SigningKey.Generate();

        Assert.Throws<StartupException>(() => KeyFile.SaveP256(path, "operator", key));
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void A_key_file_is_not_made_through_a_dangling_link()
    {
        var (link, target) = (_folder.File("link"), _folder.File("target"));
        File.CreateSymbolicLink(link, target);

        Assert.Throws<StartupException>(() => KeyFile.LoadOrCreateEd25519(link, "receipt"));
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void A_replaced_file_is_whole_has_its_mode_and_leaves_nothing_behind()
    {
        var path = _folder.File("data.json");
        AtomicFile.Replace(path, "one"u8);
        AtomicFile.Replace(path, "two"u8);

        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal(OwnerOnly, ModeOf(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_failed_replacement_leaves_the_old_content_and_no_temporary_file()
    {
        var path = _folder.File("folder");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "inside"), "x");

        Assert.ThrowsAny<Exception>(() => AtomicFile.Replace(path, "two"u8));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
