using LatchGate.Pipeline;
using LatchGate.Secrets;

namespace LatchGate.Tests.Secrets;

public sealed class SecretStoreTests
{
    [Fact]
    public void A_rotation_takes_effect_at_once_and_leases_from_before_stay_valid()
    {
        using var files = new SecretFiles("flat.yaml");
        using var store = files.Open();
        Assert.True(store.TryOpen("GITHUB_TOKEN", out var old));
        Assert.Null(store.ReloadIfChanged());

        files.Replace(SecretFiles.Fixture("mac-only-encrypted.yaml"));
        Assert.True(store.ReloadIfChanged() is { Changed: true, Problem: null });
        Assert.False(store.TryOpen("GITHUB_TOKEN", out _));
        Assert.True(store.TryOpen("TOKEN", out var next));
        Assert.Equal("mac-only-encrypted-1"u8, next.Value);
        Assert.Equal("ghp_0123456789abcdefghij"u8, old.Value);
        Assert.Equal("***REDACTED*** ***REDACTED***", store.Redactor.Redact("ghp_0123456789abcdefghij mac-only-encrypted-1"));

        // The last lease takes the old generation with it.
        old.Dispose();
        Assert.Equal("ghp_0123456789abcdefghij ***REDACTED***", store.Redactor.Redact("ghp_0123456789abcdefghij mac-only-encrypted-1"));
        next.Dispose();
    }

    [Fact]
    public void The_memory_of_a_generation_is_gone_with_its_last_share()
    {
        using var values = new SecretValues(64);
        Assert.True(values.Add("a", "0123456789"u8));
        var generation = values.ToGeneration();
        Assert.True(generation.TryOpen("a", out var lease));
        generation.Release();
        Assert.False(generation.IsWiped);
        Assert.Equal("0123456789"u8, lease.Value);
        lease.Dispose();
        lease.Dispose();
        Assert.True(generation.IsWiped);
        Assert.False(generation.TryShare());
    }

    [Fact]
    public void A_value_that_is_too_short_leaves_nothing_behind()
    {
        using var values = new SecretValues(64);
        "1234567"u8.CopyTo(values.Rest);
        Assert.True(values.Add("pin", 7));
        Assert.True(values.Find("pin").IsEmpty);
        Assert.True(values.Rest[..7].IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(["pin"], values.TooShort);
    }

    [Fact]
    public void A_broken_file_keeps_the_earlier_values_in_force_and_says_so()
    {
        using var files = new SecretFiles("flat.yaml");
        using var store = files.Open();
        var digest = store.Last.FileDigest;
        files.Replace(SecretFiles.Fixture("flat.yaml").Replace("    mac:", "    cam:", StringComparison.Ordinal));
        Assert.Equal(SecretFault.SopsMetadataInvalid, store.ReloadIfChanged()?.Problem?.Fault);
        Assert.Null(store.ReloadIfChanged());
        Assert.True(store.TryOpen("GITHUB_TOKEN", out var lease));
        lease.Dispose();
        Assert.Equal((SecretFault.SopsMetadataInvalid, digest), (store.Last.Problem!.Fault, store.Last.FileDigest));

        File.Delete(files.Path);
        Assert.Equal(SecretFault.SecretsFileMissing, store.ReloadIfChanged()?.Problem?.Fault);
        files.Replace(SecretFiles.Fixture("flat.yaml"));
        Assert.True(store.ReloadIfChanged() is { Changed: false, Problem: null });
    }

    [Fact]
    public void A_key_that_appears_later_is_noticed()
    {
        using var files = new SecretFiles("flat.yaml");
        using var store = files.Open();
        File.WriteAllText(files.Key, SecretFiles.Fixture("other.txt"));
        Assert.Equal(SecretFault.AgeNoMatch, store.ReloadIfChanged()?.Problem?.Fault);
        File.WriteAllText(files.Key, SecretFiles.Fixture("other.txt") + SecretFiles.Fixture("key.txt"));
        Assert.True(store.ReloadIfChanged() is { Problem: null });
    }

    [Fact]
    public async Task Readers_and_rotations_at_once_never_see_a_wrong_value()
    {
        using var files = new SecretFiles("flat.yaml");
        using var store = files.Open();
        var stop = false;
        var readers = new Task[2];
        for (var i = 0; i < readers.Length; i++)
        {
            readers[i] = Task.Run(
                () =>
                {
                    while (!Volatile.Read(ref stop))
                    {
                        if (store.TryOpen("GITHUB_TOKEN", out var lease))
                        {
                            Assert.Equal("ghp_0123456789abcdefghij"u8, lease.Value);
                            Assert.Equal("***REDACTED***", store.Redactor.Redact("ghp_0123456789abcdefghij"));
                            lease.Dispose();
                        }

                        store.Hold().Dispose();
                    }
                },
                TestContext.Current.CancellationToken);
        }

        for (var i = 0; i < 40; i++)
        {
            files.Replace(SecretFiles.Fixture(i % 2 == 0 ? "mac-only-encrypted.yaml" : "flat.yaml"));
            Assert.Null(store.Reload().Problem);
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(readers);
    }

    [Fact]
    public void Without_a_file_there_are_no_secrets()
    {
        using var store = SecretStore.Open(LatchGate.Config.SecretsConfig.None, new LatchGate.Telemetry.GateLog(TextWriter.Null, LatchGate.Config.LogLevel.Info, TimeProvider.System));
        Assert.False(store.TryOpen("GITHUB_TOKEN", out _));
        Assert.Null(store.ReloadIfChanged());
        store.Hold().Dispose();
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_key_file_that_others_can_use_stops_the_gate(UnixFileMode more)
    {
        using var files = new SecretFiles();
        File.SetUnixFileMode(files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        var e = Assert.Throws<StartupException>(files.Open);
        Assert.Equal(StartupError.SecretsLoadFailed, e.Error);
        Assert.StartsWith("key_file_unsafe: ", e.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key.txt", "key_file_unsafe")]
    [InlineData("flat.yaml", "secrets_file_unsafe")]
    public void A_file_of_another_user_is_refused(string name, string code)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a file away");
        using var files = new SecretFiles("flat.yaml");
        using (var chown = System.Diagnostics.Process.Start("chown", ["65534", files.Root[name]]))
        {
            chown.WaitForExit();
        }

        Assert.Equal(code, files.Problem()?.Code);
        Assert.Contains("belongs to user 65534", files.Problem()!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_behind_a_link_is_refused()
    {
        using var files = new SecretFiles();
        File.Move(files.Key, files.Root["real.txt"]);
        File.CreateSymbolicLink(files.Key, files.Root["real.txt"]);
        Assert.Equal(SecretFault.KeyFileUnsafe, files.Problem()?.Fault);
    }

    [Fact]
    public void A_missing_key_file_is_named()
    {
        using var files = new SecretFiles();
        File.Delete(files.Key);
        Assert.Equal(SecretFault.KeyFileMissing, files.Problem()?.Fault);
    }

    [Fact]
    public void A_secrets_file_that_others_can_write_is_refused()
    {
        using var files = new SecretFiles();
        File.SetUnixFileMode(files.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.Null(files.Problem());
        File.SetUnixFileMode(files.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        Assert.Equal(SecretFault.SecretsFileUnsafe, files.Problem()?.Fault);
    }

    [Fact]
    public void A_directory_or_a_pipe_is_no_secrets_file()
    {
        using var files = new SecretFiles();
        File.Delete(files.Path);
        Directory.CreateDirectory(files.Path);
        Assert.Equal(SecretFault.SecretsFileUnsafe, files.Problem()?.Fault);
    }

    [Fact]
    public void A_name_without_a_known_ending_is_refused()
    {
        using var files = new SecretFiles();
        files.Path = files.Root.Write("secrets.ini", "x");
        Assert.Equal(SecretFault.SecretsFormatUnknown, files.Problem()?.Fault);
    }

    [Fact]
    public void A_huge_file_is_not_read()
    {
        using var files = new SecretFiles();
        using (var file = File.OpenWrite(files.Path))
        {
            file.SetLength(SecretPaths.LargestFile + 1);
        }

        Assert.Equal(SecretFault.SecretsFileUnreadable, files.Problem()?.Fault);
    }
}
