using LatchGate.Egress;
using LatchGate.Tests.Egress.Proxy;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate egress allowlist</c>: no gate runs here, and none is asked.</summary>
public sealed class EgressAllowlistCommandTests : IDisposable
{
    private readonly CliHarness _cli = new();

    public EgressAllowlistCommandTests() => _cli.Actions =
    [
        TestActions.Fetch with { Egress = Rules("api.example.com", "*.eu.example.com") },
        TestActions.Delete with { Egress = Rules(".example.net") },
    ];

    private string List => _cli.Root["work/allowlist.txt"];

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_list_is_printed_in_each_format()
    {
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--format", "hosts"));
        Assert.Equal(".example.net\napi.example.com\n*.eu.example.com\n", _cli.Output);

        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist"));
        Assert.Equal([".example.net", "api.example.com"], _cli.Output.Split('\n').Where(l => l.Length > 0 && l[0] != '#' && !l.EndsWith(".invalid", StringComparison.Ordinal)));

        Assert.Contains("1 entries stand in the files beside this one", _cli.Error, StringComparison.Ordinal);

        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--json"));
        Assert.Equal(["*.eu.example.com"], _cli.Json.GetProperty("one_label").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(["443"], _cli.Json.GetProperty("tunnel_ports").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task It_is_narrowed_to_actions_and_by_the_operator()
    {
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--format", "hosts", "--action", "http_delete"));
        Assert.Equal(".example.net\n", _cli.Output);
        Assert.Equal(1, await _cli.RunAsync("egress", "allowlist", "--action", "http_delte", "--json"));
        Assert.Equal("action_not_found", _cli.Json.GetProperty("error").GetString());

        _cli.Root.Write("work/.latchgate/latchgate.toml", "egress_runtime_allowlist = [\".example.com\", \"www.example.net\"]\n");
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--format", "hosts"));
        Assert.Equal("api.example.com\nwww.example.net\n*.eu.example.com\n", _cli.Output);
    }

    [Fact]
    public async Task A_written_list_is_equal_and_every_drift_has_an_exit_code_of_its_own_and_a_diff()
    {
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--write", "allowlist.txt"));
        Assert.True(File.Exists(List + ".tunnel-ports"));
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--check", "allowlist.txt"));

        File.WriteAllText(List, "api.example.com\nevil.example.org\n");
        Assert.Equal(6, await _cli.RunAsync("egress", "allowlist", "--check", "allowlist.txt"));
        Assert.Equal("- evil.example.org\n+ .example.net\n", _cli.Output);
        Assert.Equal(6, await _cli.RunAsync("egress", "allowlist", "--check", "allowlist.txt", "--json"));
        Assert.Equal(["evil.example.org"], _cli.Json.GetProperty("surplus").EnumerateArray().Select(e => e.GetString()));

        File.WriteAllText(List, "api.example.com\n*.eu.example.com\n.example.net\n");
        Assert.Equal(0, await _cli.RunAsync("egress", "allowlist", "--check", "allowlist.txt", "--format", "hosts"));
    }

    [Fact]
    public async Task What_cannot_be_checked_or_written_is_said()
    {
        Assert.Equal(1, await _cli.RunAsync("egress", "allowlist", "--check", "none.txt", "--json"));
        Assert.Equal("list_not_found", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(1, await _cli.RunAsync("egress", "allowlist", "--write", "none/none.txt"));
        Assert.Equal(64, await _cli.RunAsync("egress", "allowlist", "--write", "a", "--check", "a"));
        Assert.Equal(64, await _cli.RunAsync("egress", "allowlist", "--format", "nginx"));
        Assert.Equal(1, await _cli.RunAsync("egress", "allowlist", "--learned", "--json"));
        Assert.Equal("ledger_not_found", _cli.Json.GetProperty("error").GetString());
    }

    private static EgressRuleSet Rules(params string[] hosts) =>
        EgressAllowlistTests.Rules(EgressAllowlistTests.Rule([.. hosts.Select(EgressAllowlistTests.Pattern)]));
}
