namespace LatchGate.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliHarness _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("aprovals", "'aprovals' is no command of latchgate.", "Did you mean 'approvals'?")]
    [InlineData("verfy", "'verfy' is no command of latchgate.", "Did you mean 'verify'?")]
    [InlineData("--jsn", "'--jsn' is no option of latchgate.", "Did you mean '--json'?")]
    [InlineData("entirely-else", "'entirely-else' is no command of latchgate.", "See 'latchgate --help'.")]
    public async Task What_is_unknown_is_named_with_the_nearest_known(string argument, string message, string remedy)
    {
        Assert.Equal(64, await _cli.RunAsync(argument));
        Assert.Equal($"✗ {message}\n  {remedy}\n", _cli.Error);
        Assert.Equal("", _cli.Output);
    }

    [Fact]
    public async Task A_command_below_a_command_is_suggested_too()
    {
        Assert.Equal(64, await _cli.RunAsync("approvals", "lst"));
        Assert.Contains("Did you mean 'list'?", _cli.Error);
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_named_without_types_of_the_runtime_and_with_the_command_as_it_was_typed()
    {
        Assert.Equal(64, await _cli.RunAsync("policy", "check", "--principal", "p", "--action", "a", "--calls", "many"));
        Assert.Equal("✗ Cannot parse argument 'many' for option '--calls'.\n  See 'latchgate policy check --help'.\n", _cli.Error);
    }

    [Fact]
    public async Task A_usage_error_is_JSON_when_JSON_is_wanted()
    {
        Assert.Equal(64, await _cli.RunAsync("call", "--json"));
        Assert.False(_cli.Json.GetProperty("ok").GetBoolean());
        Assert.Equal("usage", _cli.Json.GetProperty("error").GetString());
        Assert.Equal("", _cli.Error);
    }

    [Fact]
    public async Task Without_arguments_the_help_is_shown()
    {
        Assert.Equal(0, await _cli.RunAsync());
        Assert.Contains("approvals", _cli.Output);
        Assert.Contains("latchgate call http_fetch url=https://api.github.com/zen", _cli.Output);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("serve")]
    [InlineData("call")]
    [InlineData("verify")]
    [InlineData("actions")]
    [InlineData("status")]
    [InlineData("version")]
    [InlineData("receipts", "show")]
    [InlineData("approvals", "list")]
    [InlineData("approvals", "show")]
    [InlineData("approvals", "approve")]
    [InlineData("approvals", "deny")]
    [InlineData("policy", "show")]
    [InlineData("policy", "list")]
    [InlineData("policy", "grant")]
    [InlineData("policy", "revoke")]
    [InlineData("policy", "allowlist", "list")]
    [InlineData("policy", "allowlist", "add")]
    [InlineData("policy", "allowlist", "remove")]
    [InlineData("policy", "check")]
    [InlineData("policy", "diff")]
    [InlineData("audit")]
    [InlineData("audit", "export")]
    [InlineData("keys", "list")]
    [InlineData("keys", "rotate")]
    [InlineData("keys", "export")]
    [InlineData("intents", "list")]
    [InlineData("intents", "resolve")]
    [InlineData("backup")]
    [InlineData("manifests", "show")]
    [InlineData("manifests", "new")]
    [InlineData("manifests", "lint")]
    public async Task Every_command_has_help_with_examples(params string[] command)
    {
        Assert.Equal(0, await _cli.RunAsync([.. command, "--help"]));
        Assert.Contains($"Examples:\n  latchgate {string.Join(' ', command)}", _cli.Output);
    }

    [Fact]
    public async Task An_argument_that_starts_with_at_is_not_a_response_file()
    {
        _cli.Root.Write("work/args", "version");
        Assert.Equal(64, await _cli.RunAsync("@args"));
    }

    [Fact]
    public async Task Colour_needs_a_terminal_and_no_NO_COLOR()
    {
        Assert.Equal(64, await _cli.RunAsync("x"));
        Assert.DoesNotContain('\e', _cli.Error);
        _cli.IsTerminal = true;
        await _cli.RunAsync("x");
        Assert.Contains('\e', _cli.Error);
        _cli.Variables["NO_COLOR"] = "1";
        await _cli.RunAsync("x");
        Assert.DoesNotContain('\e', _cli.Error);
    }

    [Fact]
    public async Task A_bad_configuration_ends_a_command_with_the_startup_code()
    {
        _cli.Root.Write("work/.latchgate/latchgate.toml", "nonsense = 1");
        Assert.Equal(1, await _cli.RunAsync("status", "--json"));
        Assert.Equal("config_validation_failed", _cli.Json.GetProperty("error").GetString());
        Assert.Contains("unknown key 'nonsense'", _cli.Json.GetProperty("message").GetString());
    }

    [Fact]
    public async Task The_version_says_what_is_built_in()
    {
        Assert.Equal(0, await _cli.RunAsync("version", "--json"));
        Assert.Equal("sha256:" + new string('a', 64), _cli.Json.GetProperty("manifest_set_digest").GetString());
        Assert.Equal("0.1.0", _cli.Json.GetProperty("version").GetString());
    }
}
