using System.Globalization;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Tests.Api;
using LatchGate.Tests.Egress.Proxy;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate doctor</c> beside a live gate, and beside one that has something wrong.</summary>
public sealed class DoctorCommandTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private readonly StringWriter _output = new();

    [Fact]
    public async Task A_running_gate_is_well_and_the_doctor_changes_nothing()
    {
        var before = Directory.GetFiles(gate.Root, "*", SearchOption.AllDirectories).Order().ToArray();
        var exit = await RunAsync("doctor", "--json");
        Assert.True(exit is 0 or 2, _output.ToString());
        var checks = Checks();
        Assert.DoesNotContain("error", checks.Values);
        foreach (var check in (string[])["config", "operator_default", "receipt_key", "grant_key", "issuer_key", "approvals_key", "receipt_keys", "policy", "ledger", "ledger_lock", "ledger_schema", "clock", "client_socket", "admin_socket"])
        {
            Assert.Equal("ok", checks[check]);
        }

        Assert.Equal("skip", checks["egress_proxy"]);
        Assert.Contains("held by a running gate", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(gate.Root, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task A_key_that_others_can_read_is_an_error_with_its_remedy()
    {
        await using var own = new LiveGate();
        await own.InitializeAsync();
        var key = own.Configuration.GrantSigningKeyPath;
        File.SetUnixFileMode(key, File.GetUnixFileMode(key) | UnixFileMode.OtherRead);
        Assert.Equal(1, await RunAsync(own, "doctor", "--json"));
        Assert.Equal("error", Checks()["grant_key"]);
        Assert.Equal(1, await RunAsync(own, "doctor"));
        Assert.Contains("✗ grant_key", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("chmod 600", _output.ToString(), StringComparison.Ordinal);
        File.Delete(key);
        Assert.Equal(1, await RunAsync(own, "doctor", "--json"));
        Assert.Equal("error", Checks()["grant_key"]);
        Assert.False(File.Exists(key));
    }

    [Fact]
    public async Task A_configuration_that_no_gate_takes_is_the_first_thing_said()
    {
        using var cli = new CliHarness();
        cli.Root.Write("work/.latchgate/latchgate.toml", "egress_proxy_ulr = \"http://squid:3128\"\n");
        Assert.Equal(1, await cli.RunAsync("doctor", "--json"));
        var check = Assert.Single(cli.Json.GetProperty("checks").EnumerateArray());
        Assert.Equal(("config", "error"), (check.GetProperty("check").GetString(), check.GetProperty("severity").GetString()));
        Assert.Contains("egress_proxy_url", check.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        Assert.False(cli.Json.GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task Without_a_configuration_the_doctor_says_what_to_do()
    {
        using var cli = new CliHarness();
        Assert.Equal(1, await cli.RunAsync("doctor"));
        Assert.Contains("latchgate up", cli.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 No\r\n\r\n", "egress_canary", "ok", "egress_list_in_force", "error")]
    [InlineData("HTTP/1.1 200 Yes\r\n\r\n", "egress_canary", "error", "egress_proxy", "ok")]
    [InlineData("HTTP/1.1 407 Who\r\n\r\n", "egress_canary", "error", "egress_proxy", "ok")]
    [InlineData("", "egress_proxy", "error", "egress_allowlist", "ok")]
    public async Task The_proxy_is_asked_for_what_it_must_refuse(string answer, string first, string itsSeverity, string second, string thatSeverity)
    {
        await using var proxy = new FakeProxy(_ => answer);
        await using var own = new LiveGate
        {
            Settings = root => string.Create(
                CultureInfo.InvariantCulture, $"egress_proxy_url = \"http://localhost:{proxy.Port}\"\negress_live_allowlist_path = \"{root}/list/allowlist.txt\"\n"),
        };
        await own.InitializeAsync();
        Assert.Equal(1, await RunAsync(own, "doctor", "--json"));
        var checks = Checks();
        Assert.Equal(itsSeverity, checks[first]);
        Assert.Equal(thatSeverity, checks[second]);
    }

    private Dictionary<string, string> Checks()
    {
        using var document = JsonDocument.Parse(_output.ToString());
        return document.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(c => c.GetProperty("check").GetString()!, c => c.GetProperty("severity").GetString()!);
    }

    private Task<int> RunAsync(params string[] arguments) => RunAsync(gate, arguments);

    private Task<int> RunAsync(LiveGate live, params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        return CliApp.RunAsync(
            [.. arguments, "--config", live.Configuration.Source.File!],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
                VerifyLedger = (_, _) => throw new InvalidOperationException("The ledger must not be verified here."),
                ReadReceipt = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here."),
                Actions = static () => CompiledActions.All,
                ManifestSetDigest = () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = live.Environment,
                Output = _output,
                Error = TextWriter.Null,
                Input = static () => new MemoryStream(),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            TestContext.Current.CancellationToken);
    }
}
