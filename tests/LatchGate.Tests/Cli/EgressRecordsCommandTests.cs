using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Tests.Api;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate egress why</c> and <c>egress learn</c> beside a live gate.</summary>
public sealed class EgressRecordsCommandTests : IAsyncLifetime
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly LiveGate _gate = new() { Before = static (_, ledger) => ForgivenAsync(ledger) };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    private JsonElement Json => JsonDocument.Parse(_output.ToString()).RootElement;

    private Task<int> RunAsync(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return CliApp.RunAsync(
            [.. arguments, "--config", _gate.Configuration.Source.File!],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
                VerifyLedger = (_, _) => throw new InvalidOperationException("The ledger must not be verified here."),
                ReadReceipt = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here."),
                Actions = () => CompiledActions.All,
                ManifestSetDigest = () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = _gate.Environment,
                Output = _output,
                Error = _error,
                Input = () => new MemoryStream(),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_denied_call_is_told_with_reason_rule_and_what_to_do(bool offline)
    {
        var trace = await FetchAsync("https://evil.example.net/secret-path");
        string[] source = offline ? ["--ledger", _gate.LedgerPath] : [];
        string? reason = null;
        while (reason is null)
        {
            // A refusal is answered before its events are on disk.
            reason = await RunAsync(["egress", "why", trace, "--json", .. source]) == 0 && Json.GetProperty("hops").GetArrayLength() > 0
                ? Json.GetProperty("hops")[0].GetProperty("reason").GetString() : null;
        }

        Assert.Equal("host_not_allowed", reason);
        Assert.Equal(("deny", "http_fetch", _gate.Principal), (Text(Json, "decision"), Text(Json, "action_id"), Text(Json, "principal")));
        Assert.Equal("https://evil.example.net:443", Text(Json.GetProperty("hops")[0], "origin"));
        Assert.Contains("evil.example.net", Text(Json, "remedy"), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(["egress", "why", trace, .. source]));
        Assert.Matches("0 +denied +host_not_allowed +- +kernel +- +GET +https://evil.example.net:443", _output.ToString());
        Assert.DoesNotContain("secret-path", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_allowed_call_needs_no_remedy()
    {
        var trace = await FetchAsync(_gate.Url());
        Assert.Equal(0, await RunAsync("egress", "why", trace, "--json"));
        Assert.Equal("allowed", Text(Json.GetProperty("hops")[0], "ended"));
        Assert.Equal("loopback-by-operator", Text(Json.GetProperty("hops")[0], "rule"));
        Assert.Null(Text(Json, "remedy"));
    }

    [Fact]
    public async Task A_trace_that_the_ledger_does_not_know_is_not_found()
    {
        Assert.Equal(1, await RunAsync("egress", "why", "01990f6e-0000-7000-8000-000000000000", "--json"));
        Assert.Equal("not_found", Text(Json, "error"));
        Assert.Equal(64, await RunAsync("egress", "why", "../x"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Learning_counts_what_audit_mode_let_through_and_prints_what_opens_it(bool offline)
    {
        string[] source = offline ? ["--ledger", _gate.LedgerPath] : [];
        Assert.Equal(0, await RunAsync(["egress", "learn", "--json", .. source]));
        var destinations = Json.GetProperty("destinations").EnumerateArray().ToArray();
        Assert.Equal(["https://api.new.example:443", "http://blocked.example:8080"], destinations.Select(d => Text(d, "origin")));
        Assert.Equal((2, "host_not_allowed"), (destinations[0].GetProperty("count").GetInt32(), destinations[0].GetProperty("would_deny")[0].GetString()));
        Assert.Equal(["GET", "POST"], destinations[0].GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(
            """- { name: api.new.example, hosts: ["api.new.example"], ports: [443], schemes: [https], methods: [GET, POST] }""", Text(destinations[0], "rule"));

        // http_fetch permits no learning, so only its manifest can open it; a deny rule is not opened by another rule.
        Assert.Null(Text(destinations[0], "command"));
        Assert.Null(Text(destinations[1], "rule"));

        Assert.Equal(0, await RunAsync(["egress", "learn", .. source]));
        Assert.Matches("2 +http_fetch +host_not_allowed +GET, POST +https://api.new.example:443", _output.ToString());
        Assert.Contains("deny rule", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Learning_is_narrowed_by_action_and_time()
    {
        Assert.Equal(0, await RunAsync("egress", "learn", "--action", "http_post", "--json"));
        Assert.Empty(Json.GetProperty("destinations").EnumerateArray());
        Assert.Equal(0, await RunAsync("egress", "learn", "--since", "2999-01-01T00:00:00Z", "--json"));
        Assert.Empty(Json.GetProperty("destinations").EnumerateArray());
        Assert.Equal(64, await RunAsync("egress", "learn", "--since", "yesterday"));
    }

    [Fact]
    public async Task What_lists_really_refused_counts_where_it_is_asked_for()
    {
        var trace = await FetchAsync("https://denied.example.net/");
        await Eventually.HoldsAsync(async () => await RunAsync("egress", "why", trace, "--json") == 0 && Json.GetProperty("hops").GetArrayLength() > 0);

        Assert.Equal(0, await RunAsync("egress", "learn", "--denied", "--json"));
        Assert.Contains("https://denied.example.net:443", Json.GetProperty("destinations").EnumerateArray().Select(d => Text(d, "origin")));
        Assert.Equal(0, await RunAsync("egress", "learn", "--json"));
        Assert.DoesNotContain("https://denied.example.net:443", Json.GetProperty("destinations").EnumerateArray().Select(d => Text(d, "origin")));
    }

    private async Task<string> FetchAsync(string url)
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        return (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{url}}"}""")).Text("trace_id")!;
    }

    // Events as a gate in audit mode writes them.
    private static async Task ForgivenAsync(Ledger ledger)
    {
        (string Origin, string Method, string WouldDeny)[] forgiven =
        [
            ("https://api.new.example:443", "GET", "host_not_allowed"),
            ("https://api.new.example:443", "POST", "host_not_allowed"),
            ("http://blocked.example:8080", "GET", "deny_rule"),
        ];
        foreach (var (origin, method, reason) in forgiven)
        {
            using var writer = new CanonicalWriter();
            var written = await ledger.AppendEventAsync(new AuditEvent
            {
                TraceId = Guid.CreateVersion7().ToString(),
                EventType = EventTypes.EgressAllowed,
                Decision = AuditDecision.Allow,
                ActionId = "http_fetch",
                Detail = writer.BeginObject().Member("method"u8, method).Member("mode"u8, "audit").Member("origin"u8, origin)
                    .Member("reason"u8, "audit").Member("would_deny"u8, reason).End().Finish(),
            });
            Assert.True(written.IsDurable);
        }
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
