using System.Text.Json;
using LatchGate.Tests.Telemetry;

namespace LatchGate.Tests.Api;

/// <summary>What a live gate records of the ways out that its calls took or were refused (reference/egress.md C6).</summary>
public sealed class EgressRecordTests : IAsyncLifetime
{
    private readonly OtlpCollector _collector = new();
    private readonly LiveGate _gate;

    public EgressRecordTests() => _gate = new LiveGate
    {
        MoreConfiguration = $"[otlp]\nendpoint = \"{_collector.Endpoint}\"\nservice_name = \"gate-under-test\"\n",
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task A_request_that_went_out_is_in_the_chain_with_its_origin_and_without_its_path()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url("/secret-path?token=x")}}"}""");
        var e = Assert.Single(await EventsAsync($"?event_type=egress_allowed&trace_id={done.Text("trace_id")}"));
        var detail = e.GetProperty("detail");
        Assert.Equal("allow", e.GetProperty("decision").GetString());
        Assert.Equal(done.Text("grant_id"), e.GetProperty("grant_id").GetString());
        Assert.Equal(
            ("allowed", "loopback-by-operator", "kernel", "loopback", "GET", "enforce"),
            (Text(detail, "reason"), Text(detail, "rule"), Text(detail, "layer"), Text(detail, "address_class"), Text(detail, "method"), Text(detail, "mode")));
        Assert.Equal($"http://127.0.0.1:{_gate.Upstream.Port}", Text(detail, "origin"));
        Assert.Equal((0, 200), (detail.GetProperty("hop").GetInt32(), detail.GetProperty("status").GetInt32()));
        Assert.Equal($"127.0.0.1:{_gate.Upstream.Port}", Text(detail, "peer"));
        Assert.False(detail.GetProperty("mixed").GetBoolean());
        Assert.True(detail.GetProperty("sent").GetBoolean());
        Assert.StartsWith("sha256:", Text(detail, "fingerprint"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-path", e.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("token", e.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_event_shares_the_commit_of_its_receipt()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        var events = await EventsAsync($"?trace_id={done.Text("trace_id")}");
        var call = events.Single(e => Text(e, "event_type") == "action_call");
        var egress = events.Single(e => Text(e, "event_type") == "egress_allowed");

        // One commit has one time, and nothing of another in between.
        Assert.Equal(call.GetProperty("seq").GetInt64() + 1, egress.GetProperty("seq").GetInt64());
        Assert.Equal(Text(call, "timestamp"), Text(egress, "timestamp"));
        Assert.Null(_gate.Verify().Defect);
    }

    [Fact]
    public async Task A_destination_that_no_rule_lists_is_a_denial_in_the_chain_with_the_reason_that_the_agent_heard()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var refused = (await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.net/secret-path"}""")).Refused(403, "egress_denied");
        var e = Assert.Single(await WaitAsync($"?event_type=egress_denied&trace_id={refused.Text("trace_id")}"));
        var detail = e.GetProperty("detail");
        Assert.Equal("deny", Text(e, "decision"));
        Assert.Equal(refused.Text("reason"), Text(e, "deny_reason"));
        Assert.Equal(("host_not_allowed", "https://evil.example.net:443", "kernel"), (Text(detail, "reason"), Text(detail, "origin"), Text(detail, "layer")));
        Assert.False(detail.GetProperty("sent").GetBoolean());
        Assert.DoesNotContain("secret-path", e.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_cannot_be_read_is_a_denial_without_origin()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var refused = await agent.ExecuteAsync("http_fetch", """{"url":"http://2130706433/"}""");
        var detail = Assert.Single(await WaitAsync($"?event_type=egress_denied&trace_id={refused.Text("trace_id")}")).GetProperty("detail");
        Assert.Equal("noncanonical_ip", Text(detail, "reason"));
        Assert.False(detail.TryGetProperty("origin", out _));
        Assert.False(detail.TryGetProperty("fingerprint", out _));
    }

    [Fact]
    public async Task What_the_far_side_broke_is_a_failure_that_was_sent()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var failed = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url("/broken")}}"}""");
        Assert.Equal(502, failed.Status);
        var e = Assert.Single(await WaitAsync($"?event_type=egress_failed&trace_id={failed.Text("trace_id")}"));
        Assert.Equal("error", Text(e, "decision"));
        Assert.Equal("upstream_failed", Text(e.GetProperty("detail"), "reason"));
        Assert.True(e.GetProperty("detail").GetProperty("sent").GetBoolean());
    }

    [Fact]
    public async Task Refusals_and_bytes_are_counted_by_closed_words()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.net/"}""");
        await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.org/"}""");
        await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        using var @operator = _gate.WireOperator();
        var metrics = (await @operator.AuthorizedAsync("GET", "/metrics")).Content;
        Assert.Contains("latchgate_egress_denied_total{reason=\"host_not_allowed\",action=\"http_fetch\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Matches("latchgate_egress_bytes_total\\{direction=\"down\",action=\"http_fetch\"\\} [1-9]", metrics);
        Assert.Contains("latchgate_otlp_dropped_total{signal=\"traces\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_collector_gets_the_same_facts_under_the_trace_of_the_call()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var refused = await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.net/"}""");
        await _collector.ArrivedAsync();
        await _collector.ArrivedAsync();
        var resource = Assert.Single(_collector.Bodies("/v1/traces")).GetProperty("resourceSpans")[0];
        Assert.Equal("gate-under-test", resource.GetProperty("resource").GetProperty("attributes")[0].GetProperty("value").GetProperty("stringValue").GetString());
        var span = resource.GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        Assert.Equal("egress.dial.denied", Text(span, "name"));
        Assert.Equal(refused.Text("trace_id")!.Replace("-", "", StringComparison.Ordinal), Text(span, "traceId"));
        Assert.Matches("^[0-9a-f]{32}$", Text(span, "traceId"));
        Assert.Matches("^[0-9a-f]{16}$", Text(span, "spanId"));
    }

    private async Task<JsonElement[]> EventsAsync(string query)
    {
        using var @operator = _gate.WireOperator();
        var answer = await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: query);
        return [.. answer.Json.GetProperty("events").EnumerateArray()];
    }

    // A refusal is answered without waiting for the disk.
    private async Task<JsonElement[]> WaitAsync(string query)
    {
        JsonElement[] events = [];
        await Eventually.HoldsAsync(async () => (events = await EventsAsync(query)).Length > 0);

        return events;
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
