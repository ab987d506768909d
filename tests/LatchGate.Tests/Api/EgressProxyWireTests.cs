using System.Globalization;
using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Evidence;
using LatchGate.Tests.Egress.Proxy;
using LatchGate.Tests.Learned;

namespace LatchGate.Tests.Api;

/// <summary>A gate with a proxy before it: what /readyz, the status and the metrics say of it, and what calls get.</summary>
public sealed class EgressProxyWireTests
{
    private const string Denies = "HTTP/1.1 403 No\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task A_proxy_that_denies_by_default_is_attested_and_its_refusals_are_its_own()
    {
        await using var proxy = new FakeProxy(_ => Denies);
        await using var gate = Gate(proxy.Port);
        await gate.InitializeAsync();
        var ready = await ReadyAsync(gate, "ready");
        Assert.True(ready.GetProperty("egress_proxy").GetBoolean());
        Assert.True(ready.GetProperty("egress_proxy_attested").GetBoolean());
        Assert.Empty(ready.GetProperty("reasons").EnumerateArray());

        using var agent = gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        var answer = (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Refused(403, "egress_denied");
        Assert.Equal("proxy_denied", answer.Text("reason"));
        Assert.Equal(0, gate.Upstream.Connections);

        using var @operator = gate.WireOperator();
        var egress = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("egress");
        Assert.True(egress.GetProperty("egress_proxy_attested").GetBoolean());
        Assert.Equal("unknown", egress.GetProperty("list").GetString());
        Assert.StartsWith("sha256:", egress.GetProperty("list_digest").GetString(), StringComparison.Ordinal);
        Assert.Contains("latchgate_egress_proxy_attested 1\n", (await @operator.AuthorizedAsync("GET", "/metrics")).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_lets_everything_through_makes_the_gate_not_ready_and_nothing_leaves()
    {
        await using var proxy = new FakeProxy(_ => "HTTP/1.1 200 Connection established\r\n\r\n");
        await using var gate = Gate(proxy.Port);
        await gate.InitializeAsync();
        var ready = await ReadyAsync(gate, "not_ready");
        Assert.True(ready.GetProperty("egress_proxy").GetBoolean());
        Assert.False(ready.GetProperty("egress_proxy_attested").GetBoolean());
        Assert.Equal(["egress_proxy_allows_unlisted_name"], ready.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()));

        using var agent = gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        Assert.Equal("proxy_unattested", (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Refused(403, "egress_denied").Text("reason"));
        Assert.DoesNotContain(proxy.Requests, r => r.Contains(gate.Url(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proxy_that_is_away_leaves_the_gate_ready_but_degraded()
    {
        int port;
        await using (var gone = new FakeProxy(_ => ""))
        {
            port = gone.Port;
        }

        await using var gate = Gate(port);
        await gate.InitializeAsync();
        var ready = await ReadyAsync(gate, "degraded");
        Assert.False(ready.GetProperty("egress_proxy").GetBoolean());
        Assert.Equal(["egress_proxy_unreachable"], ready.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()));
        using var agent = gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        Assert.Equal("proxy_failed", (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Refused(502, "upstream_error").Text("reason"));
    }

    [Fact]
    public async Task Without_a_proxy_readiness_says_nothing_of_one()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        var ready = await ReadyAsync(gate, "ready");
        Assert.Equal(JsonValueKind.Null, ready.GetProperty("egress_proxy").ValueKind);
        Assert.Equal(JsonValueKind.Null, ready.GetProperty("egress_proxy_attested").ValueKind);
    }

    [Fact]
    public async Task Learned_hosts_change_by_api_and_command_line_and_each_change_is_in_the_ledger_and_the_live_file()
    {
        await using var gate = new LiveGate
        {
            Actions = LearningActions.Registry,
            Settings = root => $"egress_live_allowlist_path = \"{root}/list/allowlist.txt\"\negress_reload_command = \"true\"\n",
        };
        await gate.InitializeAsync();
        var list = Path.Combine(gate.Root, "list", "allowlist.txt");
        bool Has(string host) => File.ReadAllLines(list).Contains(host);
        Assert.True(Has("api.github.com"));

        using var @operator = gate.WireOperator();
        var added = await @operator.AuthorizedAsync("POST", "/v1/admin/domains", """{"action_id":"http_fetch","domain":" API.Example.com. "}""");
        Assert.Equal((200, """{"action_id":"http_fetch","domain":"api.example.com","inserted":true}"""), (added.Status, added.Content));
        await Eventually.HoldsAsync(() => Has("api.example.com"));

        Assert.Equal(0, await CliAsync(gate, "domains", "add", "http_fetch", "cli.example.com"));
        await Eventually.HoldsAsync(() => Has("cli.example.com"));
        Assert.Equal(0, await CliAsync(gate, "domains", "check", "http_fetch", "CLI.example.com"));
        Assert.Equal(0, await CliAsync(gate, "domains", "list", "http_fetch"));
        Assert.Equal(0, await CliAsync(gate, "domains", "remove", "http_fetch", "CLI.Example.COM"));
        await Eventually.HoldsAsync(() => !Has("cli.example.com"));
        Assert.Equal(1, await CliAsync(gate, "domains", "check", "http_fetch", "cli.example.com"));
        Assert.True(Has("api.example.com"));

        Assert.Equal(0, await CliAsync(gate, "domains", "clear", "http_fetch", "--yes"));
        await Eventually.HoldsAsync(() => !Has("api.example.com"));

        await gate.StopAsync();
        Assert.Null(gate.Verify().Defect);
        using var reader = new LedgerReader(gate.LedgerPath);
        Assert.Equal(
            ["domain_add", "domain_add", "domain_remove", "domain_clear"],
            reader.EventsFrom(1, 1000).Select(e => JsonDocument.Parse(e.Json).RootElement.GetProperty("event_type").GetString()).Where(t => t!.StartsWith("domain_", StringComparison.Ordinal)));
        await gate.StartAsync();
    }

    [Fact]
    public async Task A_host_that_was_approved_for_one_call_is_on_the_list_while_that_call_runs()
    {
        await using var gate = new LiveGate
        {
            Actions = LearningActions.Registry,
            Settings = root =>
            {
                // Keeps what the proxy would have read.
                var script = Path.Combine(root, "reload");
                File.WriteAllText(script, $"#!/bin/sh\ncat {root}/list/allowlist.txt >> {root}/seen\n");
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
                return $"egress_live_allowlist_path = \"{root}/list/allowlist.txt\"\negress_reload_command = \"{script}\"\n";
            },
        };
        await gate.InitializeAsync();
        var list = Path.Combine(gate.Root, "list", "allowlist.txt");
        using var agent = gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        var held = await agent.ExecuteAsync("http_fetch", """{"url":"https://once.example.invalid/"}""");
        Assert.Equal(202, held.Status);
        Assert.DoesNotContain("once.example.invalid", File.ReadAllText(list), StringComparison.Ordinal);

        // It does not resolve: to have tried is enough.
        using var @operator = gate.WireOperator();
        await @operator.AuthorizedAsync("POST", $"/v1/approvals/{held.Text("approval_id")}/approve", "{}");
        Assert.Contains("once.example.invalid\n", File.ReadAllText(Path.Combine(gate.Root, "seen")), StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => !File.ReadAllText(list).Contains("once.example.invalid", StringComparison.Ordinal));
    }

    private static LiveGate Gate(int port) => new()
    {
        Settings = _ => string.Create(CultureInfo.InvariantCulture, $"egress_proxy_url = \"http://localhost:{port}\"\n"),
    };

    // The first canary runs when the gate is up already.
    private static async Task<JsonElement> ReadyAsync(LiveGate gate, string status)
    {
        using var agent = gate.Wire();
        WireAnswer answer = null!;
        await Eventually.HoldsAsync(async () =>
        {
            answer = await agent.SendAsync("GET", "/readyz");
            return answer.Json.GetProperty("reasons").EnumerateArray().All(r => r.GetString() != "egress_proxy_not_probed");
        }, "the proxy has been probed");
        Assert.Equal((status, status == "not_ready" ? 503 : 200), (answer.Text("status"), answer.Status));
        return answer.Json;
    }

    private static Task<int> CliAsync(LiveGate gate, params string[] arguments) => CliApp.RunAsync(
        [.. arguments, "--config", gate.Configuration.Source.File!],
        new CliServices
        {
            RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
            VerifyLedger = (_, _) => throw new InvalidOperationException("The ledger must not be verified here."),
            ReadReceipt = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here."),
            Actions = static () => LearningActions.Registry.Actions,
            ManifestSetDigest = static () => LearningActions.Registry.ManifestSetDigest.ToString(),
            Environment = gate.Environment,
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            Input = static () => new MemoryStream(),
            IsInteractive = false,
            IsErrorTerminal = false,
        },
        TestContext.Current.CancellationToken);
}
