using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Tests.Api;

namespace LatchGate.Tests.Telemetry;

/// <summary>The spans of calls of a whole gate, as a collector over a real socket gets them.</summary>
public sealed class CallSpanTests : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";

    private readonly OtlpCollector _collector = new();
    private readonly LiveGate _gate;

    public CallSpanTests() => _gate = new LiveGate { Actions = Offered(), PolicyData = Policy, MoreConfiguration = $"[otlp]\nendpoint = \"{_collector.Endpoint}\"\n" };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _collector.DisposeAsync();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_executed_call_is_a_span_with_one_for_each_stage_and_the_request_below_the_provider()
    {
        using var agent = await AgentAsync();
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url("/secret-path?token=s3cret")}}"}""");
        Assert.Equal(200, done.Status);
        var spans = await SpansAsync(1);
        var call = Named(spans, "execute_tool http_fetch");
        var id = done.Text("trace_id")!;
        Assert.Equal(2, call.GetProperty("kind").GetInt32());
        Assert.Equal(id.Replace("-", "", StringComparison.Ordinal), Text(call, "traceId"));
        Assert.False(call.TryGetProperty("parentSpanId", out _));
        Assert.False(call.TryGetProperty("status", out _));
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["gen_ai.operation.name"] = "execute_tool",
                ["gen_ai.tool.name"] = "http_fetch",
                ["gen_ai.tool.call.id"] = id,
                ["latchgate.trace_id"] = id,
                ["latchgate.decision"] = "allow",
                ["latchgate.principal"] = _gate.Principal,
                ["latchgate.risk"] = "low",
                ["latchgate.execution_id"] = done.Text("grant_id"),
                ["latchgate.receipt_id"] = done.Text("receipt_id"),
                ["latchgate.verification"] = "verified",
            },
            Attributes(call));
        string[] stages = ["authenticate", "validate", "budget", "policy", "intent", "grant", "provider", "verify", "receipt"];
        Assert.Equal(stages, spans.Where(s => Text(s, "name").StartsWith("latchgate.", StringComparison.Ordinal)).Select(s => Text(s, "name")["latchgate.".Length..]));
        Assert.All(stages, stage =>
        {
            var span = Named(spans, "latchgate." + stage);
            Assert.Equal((Text(call, "spanId"), Text(call, "traceId"), 1), (Text(span, "parentSpanId"), Text(span, "traceId"), span.GetProperty("kind").GetInt32()));
            Assert.True(Time(call, "startTimeUnixNano") <= Time(span, "startTimeUnixNano"));
            Assert.True(Time(span, "startTimeUnixNano") <= Time(span, "endTimeUnixNano"));
            Assert.True(Time(span, "endTimeUnixNano") <= Time(call, "endTimeUnixNano"));
        });
        var request = Named(spans, "egress.request");
        Assert.Equal((Text(Named(spans, "latchgate.provider"), "spanId"), Text(call, "traceId")), (Text(request, "parentSpanId"), Text(request, "traceId")));
        Assert.Equal(spans.Count, spans.Select(s => Text(s, "spanId")).Distinct().Count());
        Assert.DoesNotContain("s3cret", Raw(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-path", Raw(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_denied_call_says_why_and_where()
    {
        using var agent = await AgentAsync();
        (await agent.ExecuteAsync("http_fetch", """{"uri":"x"}""")).Refused(422, "schema_violation");
        var spans = await SpansAsync(1);
        var call = Named(spans, "execute_tool http_fetch");
        Assert.Equal("""{"message":"schema_violation","code":2}""", call.GetProperty("status").GetRawText());
        var attributes = Attributes(call);
        Assert.Equal(("schema_violation", "deny"), (attributes["error.type"], attributes["latchgate.decision"]));
        Assert.Equal(["latchgate.authenticate", "latchgate.validate"], spans.Select(s => Text(s, "name")).Where(n => n != "execute_tool http_fetch"));
        Assert.False(Named(spans, "latchgate.authenticate").TryGetProperty("status", out _));
        Assert.Equal("schema_violation", Text(Named(spans, "latchgate.validate").GetProperty("status"), "message"));
    }

    [Fact]
    public async Task A_failure_of_the_provider_is_marked_at_the_provider()
    {
        using var agent = await AgentAsync();
        var failed = (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url("/broken")}}"}""")).Refused(502, "upstream_error");
        var spans = await SpansAsync(1);
        var failing = spans.Where(s => s.TryGetProperty("status", out _)).Select(s => Text(s, "name")).Order(StringComparer.Ordinal);
        Assert.Equal(["egress.dial.failed", "execute_tool http_fetch", "latchgate.provider"], failing);
        Assert.Equal(failed.Text("receipt_id"), Attributes(Named(spans, "execute_tool http_fetch"))["latchgate.receipt_id"]);
    }

    [Fact]
    public async Task A_destination_refused_before_the_provider_is_below_the_call_itself()
    {
        using var agent = await AgentAsync();
        (await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.net/"}""")).Refused(403, "egress_denied");
        var spans = await SpansAsync(1);
        Assert.Equal(Text(Named(spans, "execute_tool http_fetch"), "spanId"), Text(Named(spans, "egress.dial.denied"), "parentSpanId"));
    }

    [Fact]
    public async Task The_callers_trace_is_joined_and_does_not_leave_the_gate()
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = $"00-{Trace}-{Parent}-01";
        agent.Headers["tracestate"] = "congo=t61rcWkgMzE";
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        var spans = await SpansAsync(1);
        Assert.All(spans, span => Assert.Equal(Trace, Text(span, "traceId")));
        var call = Named(spans, "execute_tool http_fetch");
        Assert.Equal((Parent, "congo=t61rcWkgMzE"), (Text(call, "parentSpanId"), Text(call, "traceState")));

        // The gate's own id is another, and the ledger's.
        Assert.Equal(done.Text("trace_id"), Attributes(call)["latchgate.trace_id"]);
        Assert.DoesNotContain(Trace, done.Text("trace_id")!.Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(_gate.Upstream.Requests, seen => Assert.DoesNotContain("trace", seen.Head, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Where_the_manifest_lists_the_header_the_destination_is_told()
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = $"00-{Trace}-{Parent}-01";
        agent.Headers["tracestate"] = "congo=t61rcWkgMzE";
        Assert.Equal(200, (await agent.ExecuteAsync("traced_fetch", $$"""{"url":"{{_gate.Url("/told")}}"}""")).Status);
        var provider = Text(Named(await SpansAsync(1), "latchgate.provider"), "spanId");
        var head = Assert.Single(_gate.Upstream.Requests, seen => seen.Head.StartsWith("GET /told ", StringComparison.Ordinal)).Head;
        Assert.Contains($"traceparent: 00-{Trace}-{provider}-01", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("tracestate", head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("00-" + Trace + "-" + Parent)]
    [InlineData("00-00000000000000000000000000000000-" + Parent + "-01")]
    [InlineData("ff-" + Trace + "-" + Parent + "-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-" + Parent + "-01")]
    [InlineData("garbage")]
    public async Task A_malformed_traceparent_is_as_if_it_were_not_there(string malformed)
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = malformed;
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        Assert.Equal(200, done.Status);
        var call = Named(await SpansAsync(1), "execute_tool http_fetch");
        Assert.Equal(done.Text("trace_id")!.Replace("-", "", StringComparison.Ordinal), Text(call, "traceId"));
        Assert.False(call.TryGetProperty("parentSpanId", out _));
    }

    [Fact]
    public async Task Who_does_not_record_its_trace_gets_no_spans_and_a_refusal_is_logged_all_the_same()
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = $"00-{Trace}-{Parent}-00";
        (await agent.ExecuteAsync("http_fetch", """{"url":"https://evil.example.net/"}""")).Refused(403, "egress_denied");
        agent.Headers.Clear();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Status);
        var spans = await SpansAsync(1);
        Assert.DoesNotContain(spans, span => Text(span, "traceId") == Trace);
        Assert.DoesNotContain(spans, span => Text(span, "name") == "egress.dial.denied");
        await Eventually.HoldsAsync(() => _collector.Bodies("/v1/logs").Count > 0);

        Assert.Contains(Trace, Assert.Single(_collector.Bodies("/v1/logs")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_verified_joins_no_trace()
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = $"00-{Trace}-{Parent}-01";
        await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}", authorization: "DPoP forged", proof: "e30.e30.AA");
        var spans = await SpansAsync(1);
        var call = Named(spans, "execute_tool http_fetch");
        Assert.NotEqual(Trace, Text(call, "traceId"));
        Assert.Equal("invalid_lease", Text(Named(spans, "latchgate.authenticate").GetProperty("status"), "message"));
        Assert.DoesNotContain("latchgate.principal", Attributes(call).Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_approved_call_goes_on_with_the_trace_of_whoever_asked_and_refers_to_the_wait_and_the_operator(bool restart)
    {
        using var agent = await AgentAsync();
        agent.Headers["traceparent"] = $"00-{Trace}-{Parent}-01";
        var held = await agent.ExecuteAsync("http_delete", $$"""{"url":"{{_gate.Url("/held")}}"}""");
        Assert.Equal(202, held.Status);
        var before = await SpansAsync(1);
        var asked = Named(before, "execute_tool http_delete");
        Assert.Equal(("pending_approval", held.Text("approval_id")), (Attributes(asked)["latchgate.decision"], Attributes(asked)["latchgate.approval_id"]));
        Assert.Equal("latchgate.approval.hold", Text(before[^1], "name"));
        if (restart)
        {
            await _gate.RestartAsync();
        }

        using var @operator = _gate.WireOperator();
        @operator.Headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        var done = await @operator.AuthorizedAsync("POST", $"/v1/approvals/{held.Text("approval_id")}/approve");
        Assert.Equal((200, "executed"), (done.Status, done.Text("decision")));
        var spans = await SpansAsync(2);
        var run = spans.Where(s => Text(s, "name") == "execute_tool http_delete").Single(s => Text(s, "spanId") != Text(asked, "spanId"));
        Assert.Equal((Trace, Text(asked, "spanId")), (Text(run, "traceId"), Text(run, "parentSpanId")));
        Assert.Equal(
            [(Trace, Text(before[^1], "spanId")), ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")],
            run.GetProperty("links").EnumerateArray().Select(link => (Text(link, "traceId"), Text(link, "spanId"))));
        var attributes = Attributes(run);
        Assert.Equal(
            (held.Text("trace_id"), held.Text("approval_id"), done.Text("receipt_id"), "high", _gate.Principal),
            (attributes["latchgate.trace_id"], attributes["latchgate.approval_id"], attributes["latchgate.receipt_id"], attributes["latchgate.risk"], attributes["latchgate.principal"]));
        Assert.Contains(spans, s => Text(s, "name") == "latchgate.approval.review" && Text(s, "parentSpanId") == Text(run, "spanId"));
    }

    // The actions of the build, one of which lists the header.
    private static ActionRegistry Offered()
    {
        var fetch = CompiledActions.All.Single(a => a.Id == "http_fetch");
        var traced = fetch with { Id = "traced_fetch", Egress = fetch.Egress with { RequestHeaders = ["accept", "traceparent"] } };
        return ActionRegistry.Create([fetch, CompiledActions.All.Single(a => a.Id == "http_delete"), traced], CompiledActions.ManifestSetDigest, null);
    }

    private static string Policy(string principal) => $$$$"""
        {"policy_version":"v1","acl":{"{{{{principal}}}}":{
          "allowed_actions":["http_fetch","http_delete","traced_fetch"],"allowed_sinks":["http_read","http_write","http_delete"]}}}
        """;

    private static string Text(JsonElement item, string member) => item.GetProperty(member).GetString()!;

    private static long Time(JsonElement span, string member) => long.Parse(Text(span, member), System.Globalization.CultureInfo.InvariantCulture);

    private static JsonElement Named(IEnumerable<JsonElement> spans, string name) => Assert.Single(spans, span => Text(span, "name") == name);

    private static Dictionary<string, string?> Attributes(JsonElement span) => span.GetProperty("attributes").EnumerateArray()
        .ToDictionary(a => Text(a, "key"), a => a.GetProperty("value").GetProperty("stringValue").GetString());

    private string Raw() => string.Concat(_collector.Bodies("/v1/traces").Select(body => body.GetRawText()));

    private async Task<WireAgent> AgentAsync()
    {
        var agent = _gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        return agent;
    }

    // All spans so far, once there are so many calls among them.
    private async Task<IReadOnlyList<JsonElement>> SpansAsync(int calls)
    {
        List<JsonElement> spans = [];
        await Eventually.HoldsAsync(() =>
        {
            spans = _collector.Bodies("/v1/traces").SelectMany(body => body.GetProperty("resourceSpans").EnumerateArray())
                .SelectMany(resource => resource.GetProperty("scopeSpans").EnumerateArray())
                .SelectMany(scope => scope.GetProperty("spans").EnumerateArray()).ToList();
            return spans.Count(span => Text(span, "name").StartsWith("execute_tool ", StringComparison.Ordinal)) >= calls;
        }, $"the spans of {calls} calls");
        return spans;
    }
}
