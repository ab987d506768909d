using System.Text.Json;

namespace LatchGate.Binary.Tests;

// The product and its tests are for Linux alone.
#pragma warning disable CA1416

/// <summary><c>serve</c> with something wrong: one line of JSON that says what and where, and exit code 1.</summary>
public sealed class BadStartTests(BinaryGate gate) : IClassFixture<BinaryGate>
{
    private async Task<JsonElement> RefusedAsync(string code)
    {
        var serve = await gate.RunAsync("serve");
        var error = serve.StartupError;
        Assert.Equal(code, error.GetProperty("startup_error").GetString());
        Assert.False(File.Exists(gate.ClientSocket));
        return error;
    }

    /// <summary>Changes a file for one test, then puts it back and shows that the gate starts again.</summary>
    private async Task WithAsync(string file, Action change, Func<Task> test)
    {
        var content = File.ReadAllBytes(file);
        var mode = File.GetUnixFileMode(file);
        try
        {
            change();
            await test();
        }
        finally
        {
            File.WriteAllBytes(file, content);
            File.SetUnixFileMode(file, mode);
        }

        await gate.StartAsync();
        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
    }

    [Theory]
    [InlineData("lease_ttl_secs = 100", "lease_ttl_secs", "lease_ttl_seconds")]
    [InlineData("lease_ttl_seconds = 60", "lease_ttl_seconds", "61")]
    [InlineData("lease_ttl_seconds = \"300\"", "lease_ttl_seconds", "")]
    [InlineData("public_base_url = 'ftp://x'", "public_base_url", "http")]
    public async Task A_key_of_the_configuration_that_is_wrong_is_named(string line, string key, string hint) =>
        await WithAsync(gate.ConfigFile, () => File.WriteAllText(gate.ConfigFile, $"{line}\n{File.ReadAllText(gate.ConfigFile)}"), async () =>
        {
            var error = await RefusedAsync("config_validation_failed");
            Assert.Contains(key, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Contains(hint, error.GetProperty("detail").GetString() + error.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        });

    [Fact]
    public async Task A_configuration_that_is_no_TOML_is_refused_by_line() =>
        await WithAsync(gate.ConfigFile, () => File.WriteAllText(gate.ConfigFile, "a = \n"), async () =>
            Assert.Contains("1", (await RefusedAsync("config_validation_failed")).GetProperty("detail").GetString(), StringComparison.Ordinal));

    [Fact]
    public async Task An_action_that_is_not_built_in_cannot_be_enabled() =>
        await WithAsync(gate.ConfigFile, () => File.WriteAllText(gate.ConfigFile, File.ReadAllText(gate.ConfigFile).Replace("actions = [", "actions = [\"shell\", ", StringComparison.Ordinal)), async () =>
            Assert.Contains("shell", (await RefusedAsync("registry_load_failed")).GetProperty("detail").GetString(), StringComparison.Ordinal));

    [Theory]
    [InlineData("keys/receipt.key", "signing_key_failed")]
    [InlineData("keys/grant.key", "signing_key_failed")]
    [InlineData("keys/issuer.pem", "issuer_init_failed")]
    public async Task A_key_that_others_may_read_is_refused(string name, string code)
    {
        var key = Path.Combine(gate.State, name);
        await WithAsync(key, () => File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead), async () =>
            Assert.Contains(key, (await RefusedAsync(code)).GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("keys/receipt.key", "signing_key_failed")]
    [InlineData("keys/issuer.pem", "issuer_init_failed")]
    [InlineData("policies/data.json", "policy_load_failed")]
    public async Task A_file_that_holds_something_else_is_refused(string name, string code)
    {
        var file = Path.Combine(gate.State, name);
        await WithAsync(file, () => File.WriteAllText(file, "this is something else"), () => RefusedAsync(code));
    }

    [Fact]
    public async Task A_ledger_that_is_damaged_is_refused_and_left_as_it_is()
    {
        await gate.StartAsync();
        await gate.StopAsync(BinaryGate.Terminate);
        foreach (var damage in new Action<byte[]>[]
        {
            bytes => Random.Shared.NextBytes(bytes.AsSpan(0, 4096)),
            bytes => Random.Shared.NextBytes(bytes),
            bytes => bytes.AsSpan(4096, Math.Min(8192, bytes.Length - 4096)).Clear(),
        })
        {
            await WithAsync(gate.Ledger, () => Damage(damage), async () =>
            {
                var damaged = File.ReadAllBytes(gate.Ledger);
                await RefusedAsync("ledger_open_failed");
                Assert.Equal(damaged, File.ReadAllBytes(gate.Ledger));
            });
        }

        await WithAsync(gate.Ledger, () => File.WriteAllBytes(gate.Ledger, File.ReadAllBytes(gate.Ledger)[..^4096]), () => RefusedAsync("ledger_open_failed"));
    }

    [Fact]
    public async Task A_second_gate_on_the_same_files_is_refused_and_the_first_goes_on()
    {
        await gate.StartAsync();
        var serve = await gate.RunAsync("serve");
        Assert.Equal("ledger_open_failed", serve.StartupError.GetProperty("startup_error").GetString());
        await BinaryGate.NextSecondAsync();
        using var agent = await gate.LeasedAsync();
        Assert.Equal(200, (await gate.FetchAsync(agent)).Status);
        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
    }

    [Fact]
    public async Task What_is_no_socket_is_not_removed()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(gate.ClientSocket)!);
        File.WriteAllText(gate.ClientSocket, "mine");
        var serve = await gate.RunAsync("serve");
        Assert.Equal("client_uds_failed", serve.StartupError.GetProperty("startup_error").GetString());
        Assert.Equal("mine", File.ReadAllText(gate.ClientSocket));
        File.Delete(gate.ClientSocket);
    }

    [Fact]
    public async Task A_socket_that_a_killed_gate_left_behind_is_replaced()
    {
        await gate.StartAsync();
        await gate.StopAsync(BinaryGate.Kill);
        Assert.True(File.Exists(gate.ClientSocket));
        await gate.StartAsync();
        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_is_named() =>
        await WithAsync(gate.ConfigFile, () => File.WriteAllText(gate.ConfigFile, $"ledger_db_path = \"/proc/nothing/audit.db\"\n{File.ReadAllText(gate.ConfigFile)}"), async () =>
            Assert.Contains("/proc/nothing", (await RefusedAsync("ledger_open_failed")).GetProperty("detail").GetString(), StringComparison.Ordinal));

    [Fact]
    public async Task A_ledger_in_memory_is_refused_and_the_key_that_allows_it_is_named()
    {
        const string Memory = "/dev/shm";
        Assert.SkipUnless(File.ReadLines("/proc/self/mounts").Any(line => line.Contains($" {Memory} tmpfs ", StringComparison.Ordinal)), $"{Memory} is no tmpfs here");
        var directory = Path.Combine(Memory, $"latchgate-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await WithAsync(gate.ConfigFile, () => File.WriteAllText(gate.ConfigFile, $"ledger_db_path = \"{directory}/audit.db\"\n{File.ReadAllText(gate.ConfigFile)}"), async () =>
            {
                var error = await RefusedAsync("ledger_open_failed");
                Assert.Contains("tmpfs", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
                Assert.Contains("allow_volatile_ledger", error.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private void Damage(Action<byte[]> damage)
    {
        var bytes = File.ReadAllBytes(gate.Ledger);
        damage(bytes);
        File.WriteAllBytes(gate.Ledger, bytes);
    }
}
