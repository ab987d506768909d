using LatchGate.Storage;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Api;

/// <summary>Budgets as agents and operators meet them.</summary>
public sealed class BudgetWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new() { MoreConfiguration = "[budgets.default]\ncalls_per_hour = 2\ncalls_per_day = 50" };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task D33_a_new_lease_brings_no_calls_beyond_the_principals_and_the_refusal_says_when_one_is_possible()
    {
        for (var i = 0; i < 2; i++)
        {
            using var agent = _gate.Wire();
            await agent.LeaseAsync("""{"max_calls":100}""");
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Status);
        }

        using var another = _gate.Wire();
        await another.LeaseAsync("""{"max_calls":100}""");
        var refused = (await another.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Refused(403, "budget_exhausted");
        Assert.Equal("hour", refused.Text("reason"));
        Assert.Contains("the next is possible at 20", refused.Text("deny_reason"), StringComparison.Ordinal);

        using var @operator = _gate.WireOperator();
        var metrics = await @operator.AuthorizedAsync("GET", "/metrics");
        Assert.Contains("latchgate_budget_exhausted_total{bound=\"hour\"} 1\n", metrics.Content, StringComparison.Ordinal);

        var shown = await @operator.AuthorizedAsync("GET", "/v1/admin/budgets");
        Assert.Equal("""{"calls_per_hour":2,"calls_per_day":50,"calls_total":null}""", shown.Json.GetProperty("default").GetRawText());
        var own = Assert.Single(shown.Json.GetProperty("principals").EnumerateArray());
        Assert.Equal(_gate.Principal, own.GetProperty("principal").GetString());
        Assert.Equal((2, 2, 0), Numbers(own.GetProperty("calls_per_hour")));
        Assert.Equal((50, 2, 48), Numbers(own.GetProperty("calls_per_day")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, own.GetProperty("calls_total").GetProperty("limit").ValueKind);
        Assert.Equal(2, own.GetProperty("calls_total").GetProperty("used").GetInt32());
        Assert.StartsWith("20", own.GetProperty("calls_per_hour").GetProperty("opens_at").GetString(), StringComparison.Ordinal);

        var stranger = await @operator.AuthorizedAsync("GET", "/v1/admin/budgets", query: "?principal=agent%3Anobody");
        Assert.Equal((2, 0, 2), Numbers(Assert.Single(stranger.Json.GetProperty("principals").EnumerateArray()).GetProperty("calls_per_hour")));
        // A proof of the second in which the gate started counts as one from before; this one is dated after it.
        await _gate.RestartAsync();
        const string Execute = "/v1/actions/http_fetch/execute";
        using var later = _gate.Wire();
        await later.LeaseAsync();
        (await later.SendAsync("POST", Execute, $$"""{"url":"{{_gate.Url()}}"}""", authorization: $"DPoP {later.Lease}", proof: later.Proof("POST", Execute, offset: 2)))
            .Refused(403, "budget_exhausted");
        Assert.Equal(2, _gate.Upstream.Requests.Count);
        Assert.Null(_gate.Verify().Defect);
    }

    [Fact]
    public async Task A_list_of_budgets_that_is_cut_says_so()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Status);
        using var @operator = _gate.WireOperator();
        Assert.False((await @operator.AuthorizedAsync("GET", "/v1/admin/budgets")).Json.GetProperty("truncated").GetBoolean());
        using (var ledger = Database.Open(_gate.LedgerPath, DatabaseAccess.ReadWrite))
        {
            ledger.Execute(
                """
                WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                INSERT INTO principal_budgets SELECT 'agent:many-' || i, state FROM n, (SELECT state FROM principal_budgets LIMIT 1)
                """);
        }

        var shown = await @operator.AuthorizedAsync("GET", "/v1/admin/budgets");
        Assert.Equal((1000, true), (shown.Json.GetProperty("principals").GetArrayLength(), shown.Json.GetProperty("truncated").GetBoolean()));
        var cli = new CliRun(_gate.Environment, _gate.Configuration.Source.File);
        Assert.Equal(0, await cli.RunAsync("budgets"));
        Assert.Contains("There are more principals", cli.Error, StringComparison.Ordinal);
        Assert.False((await @operator.AuthorizedAsync("GET", "/v1/admin/budgets", query: "?principal=agent%3Amany-7")).Json.GetProperty("truncated").GetBoolean());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"max_calls":null}""")]
    [InlineData("""{"max_calls":null,"max_cost_usd_cents":null}""")]
    public async Task D31_a_budget_without_a_number_is_no_bound(string budgets)
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync(budgets);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Status);
    }

    [Theory]
    [InlineData("""{"max_cost_usd_cents":100}""")]
    [InlineData("""{"max_calls":3,"max_cost_usd_cents":0}""")]
    public async Task A_bound_of_costs_that_cannot_be_kept_is_refused(string budgets)
    {
        using var agent = _gate.Wire();
        var refused = (await agent.LeaseAsync(budgets)).Refused(400, "invalid_request");
        Assert.Contains("max_cost_usd_cents", refused.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bound_of_costs_is_ignored_where_the_operator_says_so()
    {
        await using var gate = new LiveGate { MoreConfiguration = "[budgets]\nignore_cost_caps = true" };
        await gate.InitializeAsync();
        using var agent = gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync("""{"max_cost_usd_cents":100}""")).Status);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
    }

    private static (int, int, int) Numbers(System.Text.Json.JsonElement bound) =>
        (bound.GetProperty("limit").GetInt32(), bound.GetProperty("used").GetInt32(), bound.GetProperty("remaining").GetInt32());
}
