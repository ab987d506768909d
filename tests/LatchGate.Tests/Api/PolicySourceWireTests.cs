using LatchGate.Tests.Policy;

namespace LatchGate.Tests.Api;

/// <summary>A whole gate whose policy is an operator's bundle, or is asked elsewhere.</summary>
public sealed class PolicySourceWireTests
{
    private const string Fetch = "http_fetch";

    [Theory]
    [InlineData("""{"proxy_allowlist":{"allowed_domains":["httpbin.org"]}}""")]
    [InlineData("""{"proxy_allowlist":{"allowed_domains":[]}}""")]
    [InlineData("\"none\"")]
    public async Task A_host_outside_of_what_policy_approves_is_not_reached(string approved)
    {
        await using var gate = await StartAsync(ConstantPlan.Allow(approved));
        using var agent = gate.Wire();
        await agent.LeaseAsync();

        (await agent.ExecuteAsync(Fetch, Body(gate))).Refused(403, "egress_denied");

        Assert.Empty(gate.Upstream.Requests);
    }

    [Fact]
    public async Task A_host_that_policy_approves_is_reached_and_the_grant_names_what_was_asked()
    {
        await using var gate = await StartAsync(ConstantPlan.Allow("""{"proxy_allowlist":{"allowed_domains":["127.0.0.1"]}}""", """["http_read","http_write"]"""));
        using var agent = gate.Wire();
        await agent.LeaseAsync();

        var answer = await agent.ExecuteAsync(Fetch, Body(gate));

        Assert.Equal((200, "executed"), (answer.Status, answer.Text("decision")));
        Assert.Single(gate.Upstream.Requests);
    }

    [Fact]
    public async Task A_held_call_is_bound_by_what_policy_approved_when_it_was_held()
    {
        await using var gate = await StartAsync(ConstantPlan
            .Allow("""{"proxy_allowlist":{"allowed_domains":["127.0.0.1"]}}""")
            .Replace("\"requires_approval\":false", "\"requires_approval\":true", StringComparison.Ordinal));
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var held = await agent.ExecuteAsync(Fetch, gate.Fetch(), TestContext.Current.CancellationToken);
        Assert.Equal(202, held.Status);

        var approved = await @operator.ApproveAsync(held.Text("approval_id")!, TestContext.Current.CancellationToken);

        Assert.Equal((200, "executed"), (approved.Status, approved.Text("decision")));
        Assert.Single(gate.Upstream.Requests);
    }

    [Theory]
    [InlineData("""["http_write"]""", "", 403, "policy_denied")]
    [InlineData("""["http_read"]""", ""","expires":1""", 503, "policy_engine_invalid_response")]
    [InlineData("7", "", 503, "policy_engine_invalid_response")]
    public async Task An_answer_that_leaves_out_a_sink_or_is_of_another_shape_denies(string sinks, string more, int status, string code)
    {
        await using var gate = await StartAsync(ConstantPlan.Allow("""{"proxy_allowlist":{"allowed_domains":["127.0.0.1"]}}""", sinks, more));
        using var agent = gate.Wire();
        await agent.LeaseAsync();

        (await agent.ExecuteAsync(Fetch, Body(gate))).Refused(status, code);
        (await agent.ExecuteAsync(Fetch, Body(gate))).Refused(status, code);

        Assert.Empty(gate.Upstream.Requests);
    }

    [Fact]
    public async Task An_opa_elsewhere_decides_and_its_absence_denies_and_shows_in_readiness()
    {
        var opa = (FakeOpa?)null;
        await using var gate = new LiveGate
        {
            Settings = root =>
            {
                opa = new FakeOpa(
                    static _ => FakeOpa.Ok($$"""{"result":{{ConstantPlan.Allow("""{"proxy_allowlist":{"allowed_domains":["127.0.0.1"]}}""")}}}"""),
                    Path.Combine(root, "opa.sock"));
                return $"opa_url = \"{opa.Url}\"";
            },
        };
        await gate.InitializeAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync(Fetch, Body(gate))).Status);
        var ready = await agent.SendAsync("GET", "/readyz");
        Assert.Equal((200, true), (ready.Status, ready.Json.GetProperty("opa").GetBoolean()));

        await opa!.DisposeAsync();
        (await agent.ExecuteAsync(Fetch, Body(gate))).Refused(503, "policy_engine_unavailable");
        for (var i = 0; ready.Status == 200 && i < 100; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            ready = await agent.SendAsync("GET", "/readyz");
        }

        Assert.Equal((503, false), (ready.Status, ready.Json.GetProperty("opa").GetBoolean()));
        Assert.Single(gate.Upstream.Requests);
    }

    private static async Task<LiveGate> StartAsync(string decision)
    {
        var gate = new LiveGate
        {
            Settings = root =>
            {
                File.WriteAllBytes(Path.Combine(root, "bundle.tar.gz"), BundleMaker.Pack(("/plan.json", ConstantPlan.Of(decision))));
                return $"policy_bundle = \"{Path.Combine(root, "bundle.tar.gz")}\"";
            },
        };
        await gate.InitializeAsync();
        return gate;
    }

    private static string Body(LiveGate gate) => System.Text.Encoding.UTF8.GetString(gate.Fetch());
}
