using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>What the operator's policy data make of a call.</summary>
public sealed class PolicyWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new()
    {
        PolicyData = principal => $$$$"""
            {
              "policy_version": "v7",
              "acl": { "{{{{principal}}}}": { "allowed_actions": ["http_delete", "http_fetch"], "allowed_sinks": ["http_delete"] } },
              "latchgate": { "allowlist": { "http_delete": { "{{{{principal}}}}": true } } }
            }
            """,
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Whoever_is_turned_away_at_the_door_is_in_the_chain()
    {
        using var agent = _gate.Wire();
        var answer = (await agent.SendAsync("GET", "/v1/approvals/none/poll")).Refused(401, "missing_auth_header");

        await _gate.RestartAsync();
        using var reader = new LedgerReader(_gate.LedgerPath);
        var recorded = Assert.Single(reader.QueryEvents(new EventQuery { TraceId = answer.Text("trace_id"), Limit = 10 }));
        Assert.Contains(EventTypes.AuthDenied, System.Text.Encoding.UTF8.GetString(recorded.Json.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_the_principal_may_not_use_is_denied_and_recorded()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var answer = (await agent.ExecuteAsync("http_post", $$"""{"url":"{{_gate.Url()}}","body":[]}""")).Refused(403, "policy_denied");
        Assert.Equal((_gate.Principal, "http_post"), (answer.Text("principal"), answer.Text("action_id")));
        Assert.NotEmpty(answer.Text("deny_reason")!);
        Assert.Equal($"Run: latchgate policy grant {_gate.Principal} http_post", answer.Text("remediation"));

        await _gate.RestartAsync();
        using var reader = new LedgerReader(_gate.LedgerPath);
        var recorded = Assert.Single(reader.QueryEvents(new EventQuery { TraceId = answer.Text("trace_id"), Limit = 10 }));
        var text = System.Text.Encoding.UTF8.GetString(recorded.Json.Span);
        Assert.Contains("policy_denied", text, StringComparison.Ordinal);
        Assert.Contains("\"v7\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_effect_that_the_principal_may_not_cause_is_denied()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var answer = (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Refused(403, "policy_denied");
        Assert.Contains("http_read", answer.Text("deny_reason"), StringComparison.Ordinal);
        Assert.Empty(_gate.Upstream.Requests);
    }

    [Fact]
    public async Task An_approval_given_in_advance_stands_for_the_operators()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var answer = await agent.ExecuteAsync("http_delete", $$"""{"url":"{{_gate.Url("/standing")}}"}""");
        Assert.Equal((200, "executed", "verified"), (answer.Status, answer.Text("decision"), answer.Text("verification_outcome")));
        Assert.False(answer.Json.TryGetProperty("approval", out _));
        Assert.Single(_gate.Upstream.Requests);
    }
}
