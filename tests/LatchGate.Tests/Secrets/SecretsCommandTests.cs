using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Secrets;

/// <summary><c>latchgate secrets</c>, and the gate's own reading of what it wrote.</summary>
public sealed class SecretsCommandTests : IDisposable
{
    private readonly CliHarness _cli = new();
    private readonly string _config;

    public SecretsCommandTests() => _config = _cli.Root.Write("latchgate.toml", "# A comment.\nlog_level = \"error\"");

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task What_is_set_on_the_command_line_is_what_the_gate_opens()
    {
        await InitAsync();
        Assert.Equal(0, await RunAsync("ghp_0123456789abcdef\n", "set", "GITHUB_TOKEN"));
        Assert.Equal(0, await RunAsync("billing value, with = and\nanother line", "set", "billing-token"));
        var config = GateConfigReader.Load(_config, _cli.Environment).Secrets;
        using var store = SecretStore.Open(config, new GateLog(TextWriter.Null, LogLevel.Info, TimeProvider.System));
        Assert.True(store.TryOpen("GITHUB_TOKEN", out var token));
        Assert.Equal("ghp_0123456789abcdef"u8, token.Value);
        Assert.True(store.TryOpen("billing-token", out var billing));
        Assert.Equal("billing value, with = and\nanother line"u8, billing.Value);
        token.Dispose();
        billing.Dispose();

        // Rotation, without a restart.
        Assert.Equal(0, await RunAsync("ghp_fedcba9876543210", "set", "GITHUB_TOKEN"));
        Assert.True(store.ReloadIfChanged() is { Changed: true });
        Assert.True(store.TryOpen("GITHUB_TOKEN", out token));
        Assert.Equal("ghp_fedcba9876543210"u8, token.Value);
        token.Dispose();
    }

    [Fact]
    public async Task Init_makes_private_files_and_names_them_in_the_configuration()
    {
        await InitAsync();
        foreach (var name in (string[])["secrets.key", "secrets.enc.yaml"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_cli.Root[name]));
        }

        Assert.Equal(
            "# A comment.\nlog_level = \"error\"\n\n[secrets]\nsops_secrets_file = \"secrets.enc.yaml\"\nsops_key_file = \"secrets.key\"\n",
            await File.ReadAllTextAsync(_config, TestContext.Current.CancellationToken));
        Assert.Equal(1, await RunAsync("", "init", "--json"));
        Assert.Equal("secrets_exist", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Values_are_printed_only_where_that_is_asked_for()
    {
        await InitAsync();
        Assert.Equal(0, await RunAsync("a-value-of-length", "set", "TOKEN"));
        Assert.DoesNotContain("a-value-of-length", _cli.Output + _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("", "list"));
        Assert.Equal("TOKEN", _cli.Output.Trim());
        Assert.Equal(0, await RunAsync("", "get", "TOKEN"));
        Assert.Equal("a-value-of-length\n", _cli.Output);
        _cli.IsTerminal = true;
        Assert.Equal(64, await RunAsync("", "get", "TOKEN"));
        Assert.DoesNotContain("a-value-of-length", _cli.Output + _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("", "get", "TOKEN", "--reveal"));
        Assert.Equal("a-value-of-length\n", _cli.Output);
    }

    [Fact]
    public async Task A_person_is_asked_for_one_line()
    {
        await InitAsync();
        _cli.IsTerminal = true;
        Assert.Equal(0, await RunAsync("typed-value-1\nnot this", "set", "TOKEN"));
        _cli.IsTerminal = false;
        Assert.Equal(0, await RunAsync("", "get", "TOKEN"));
        Assert.Equal("typed-value-1\n", _cli.Output);
    }

    [Theory]
    [InlineData("1234567\n")]
    [InlineData("   1234567   ")]
    [InlineData("")]
    [InlineData("with a\0NUL in it")]
    public async Task A_value_that_cannot_be_a_secret_is_refused(string value)
    {
        await InitAsync();
        Assert.Equal(1, await RunAsync(value, "set", "TOKEN", "--json"));
        Assert.Equal("secret_value_invalid", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(0, await RunAsync("", "list", "--json"));
        Assert.Equal(0, _cli.Json.GetProperty("names").GetArrayLength());
    }

    [Fact]
    public async Task A_removed_secret_is_gone()
    {
        await InitAsync();
        Assert.Equal(0, await RunAsync("the-first-value", "set", "FIRST"));
        Assert.Equal(0, await RunAsync("the-second-value", "set", "SECOND"));
        Assert.Equal(0, await RunAsync("", "remove", "FIRST", "--json"));
        Assert.Equal("""{"ok":true,"action":"removed","name":"FIRST"}""", _cli.Json.GetRawText());
        Assert.Equal(1, await RunAsync("", "remove", "FIRST", "--json"));
        Assert.Equal("secret_missing", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(1, await RunAsync("", "get", "FIRST", "--json"));
        Assert.Equal("secret_missing", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(0, await RunAsync("", "get", "SECOND", "--json"));
        Assert.Equal("the-second-value", _cli.Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Another_recipient_can_read_the_file_and_the_gate_still_can()
    {
        await InitAsync();
        Assert.Equal(0, await RunAsync("the-first-value", "set", "FIRST"));
        var other = SecretFiles.Fixture("other.txt");
        var recipient = other.Split('\n')[1]["# public key: ".Length..];
        Assert.Equal(0, await RunAsync("", "init", "--recipient", recipient, "--json"));
        Assert.Equal(2, _cli.Json.GetProperty("recipients").GetArrayLength());
        Assert.Equal(0, await RunAsync("", "get", "FIRST"));
        Assert.Equal("the-first-value\n", _cli.Output);
        File.WriteAllText(_cli.Root["secrets.key"], other);
        Assert.Equal(0, await RunAsync("", "get", "FIRST"));
        Assert.Equal("the-first-value\n", _cli.Output);
        Assert.Equal(64, await RunAsync("", "init", "--recipient", "age1nonsense"));
    }

    [Fact]
    public async Task Two_commands_at_once_both_have_their_way()
    {
        await InitAsync();
        var second = new CliHarness();
        try
        {
            second.Input = "the-second-value";
            var both = Task.Run(() => second.RunAsync("--config", _config, "secrets", "set", "SECOND"), TestContext.Current.CancellationToken);
            Assert.Equal(0, await RunAsync("the-first-value", "set", "FIRST"));
            Assert.Equal(0, await both);
        }
        finally
        {
            second.Dispose();
        }

        Assert.Equal(0, await RunAsync("", "list"));
        Assert.Equal("FIRST\nSECOND", _cli.Output.Trim());
    }

    [Fact]
    public async Task Without_a_file_the_way_to_one_is_shown()
    {
        Assert.Equal(1, await RunAsync("", "list", "--json"));
        Assert.Equal("secrets_not_configured", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(1, await RunAsync("0123456789", "set", "TOKEN", "--json"));
        Assert.Equal("secrets_not_configured", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Sops_finds_in_the_environment_what_it_finds_itself()
    {
        var secrets = _cli.Root.Write("flat.yaml", SecretFiles.Fixture("flat.yaml"));
        _cli.Variables["LATCHGATE_SOPS_SECRETS_FILE"] = secrets;
        Assert.Equal(1, await RunAsync("", "list", "--json"));
        Assert.Equal("age_identity_missing", _cli.Json.GetProperty("error").GetString());

        _cli.Variables["SOPS_AGE_KEY"] = SecretFiles.Fixture("key.txt");
        Assert.Equal(0, await RunAsync("", "get", "GITHUB_TOKEN"));
        _cli.Variables.Remove("SOPS_AGE_KEY");
        _cli.Variables["SOPS_AGE_KEY_FILE"] = _cli.Root.Write("env.txt", SecretFiles.Fixture("key.txt"));
        Assert.Equal(0, await RunAsync("", "get", "GITHUB_TOKEN"));
        _cli.Variables.Remove("SOPS_AGE_KEY_FILE");
        _cli.Root.Write("home/.config/sops/age/keys.txt", SecretFiles.Fixture("key.txt"));
        Assert.Equal(0, await RunAsync("", "get", "GITHUB_TOKEN"));
        Assert.Equal("ghp_0123456789abcdefghij\n", _cli.Output);
    }

    [Fact]
    public async Task The_doctor_names_the_secrets_that_actions_lack()
    {
        _cli.Actions = [TestActions.Fetch with { Secrets = [new SecretSpec("TOKEN", true), new SecretSpec("EXTRA", false)] }];
        Assert.Contains(("secrets_coverage", "skip", ""), await DoctorAsync());
        await InitAsync();
        Assert.Contains(("secrets", "ok", ""), await DoctorAsync());
        Assert.Contains(("secrets_coverage", "warn", "latchgate secrets set TOKEN"), await DoctorAsync());
        Assert.Equal(0, await RunAsync("a-value-of-length", "set", "TOKEN"));
        Assert.Contains(("secrets_coverage", "ok", ""), await DoctorAsync());
        File.SetUnixFileMode(_cli.Root["secrets.key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains(await DoctorAsync(), static check => check is { Check: "secrets", Severity: "error" });
    }

    private async Task<List<(string Check, string Severity, string Command)>> DoctorAsync()
    {
        await _cli.RunAsync("--config", _config, "doctor", "--json");
        return [.. _cli.Json.GetProperty("checks").EnumerateArray().Select(static check => (
            check.GetProperty("check").GetString()!, check.GetProperty("severity").GetString()!,
            check.TryGetProperty("remedy", out var remedy) ? remedy.GetString()!.Split(": ")[^1] : ""))];
    }

    private async Task InitAsync() => Assert.Equal(0, await RunAsync("", "init"));

    private Task<int> RunAsync(string input, params string[] arguments)
    {
        _cli.Input = input;
        return _cli.RunAsync(["--config", _config, "secrets", .. arguments]);
    }
}
