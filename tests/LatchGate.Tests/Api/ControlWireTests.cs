using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>Audit, drain and reload over the operators' socket (reference/wire.md §7.8, §7.9).</summary>
public sealed class ControlWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new();

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task D28_a_draining_gate_refuses_new_work_and_says_how_much_is_under_way()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        using var @operator = _gate.WireOperator();
        var drained = await @operator.AuthorizedAsync("POST", "/v1/admin/drain");
        Assert.Equal((200, """{"draining":true,"already_draining":false,"in_flight_executions":0}"""), (drained.Status, drained.Content));
        Assert.True((await @operator.AuthorizedAsync("POST", "/v1/admin/drain")).Json.GetProperty("already_draining").GetBoolean());

        (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Refused(503, "draining");
        (await agent.LeaseAsync()).Refused(503, "draining");
        var ready = await agent.SendAsync("GET", "/readyz");
        Assert.Equal((503, true), (ready.Status, ready.Json.GetProperty("draining").GetBoolean()));
        Assert.Equal("draining", (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Text("status"));

        var events = await EventsAsync(@operator, "?event_type=admin_drain");
        Assert.Equal(2, events.Length);
        Assert.All(events, e => Assert.Equal("operator_dpop", e.GetProperty("operator_authn_method").GetString()));
        Assert.Equal("already draining", events[0].GetProperty("reason").GetString());
    }

    // The last moment that a time can name has no next millisecond.
    [Theory]
    [InlineData("before=9999-12-31T23:59:59.9999999Z", 200)]
    [InlineData("after=9999-12-31T23:59:59.9999999Z", 200)]
    [InlineData("before=0001-01-01T00:00:00Z", 200)]
    [InlineData("before=0001-01-01T00:00:00%2B14:00", 400)]
    [InlineData("before=9999-12-31T23:59:59-14:00", 400)]
    public async Task A_time_at_the_end_of_time_is_a_time_or_a_refusal(string query, int status)
    {
        using var @operator = _gate.WireOperator();
        Assert.Equal(status, (await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?" + query)).Status);
    }

    [Fact]
    public async Task A_reload_puts_an_edited_file_in_force_and_a_bad_one_changes_nothing_and_says_why()
    {
        using var @operator = _gate.WireOperator();
        var file = _gate.Configuration.PolicyDataPath;
        var good = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, good.Replace("\"policy_version\": \"v1\"", "\"policy_version\": \"v77\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var reloaded = await @operator.AuthorizedAsync("POST", "/v1/admin/reload");
        Assert.Equal((200, "v77", LatchGate.Actions.CompiledActions.All.Length), (reloaded.Status, reloaded.Text("policy_version"), reloaded.Json.GetProperty("actions").GetInt32()));
        Assert.True(reloaded.Json.GetProperty("ok").GetBoolean());
        Assert.EndsWith("+00:00", reloaded.Text("reloaded_at"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        var refused = (await @operator.AuthorizedAsync("POST", "/v1/admin/reload")).Refused(500, "reload_failed");
        Assert.NotEmpty(refused.Text("detail")!);
        Assert.DoesNotContain(_gate.Root, refused.Content, StringComparison.Ordinal);
        File.Delete(file);
        Assert.DoesNotContain(_gate.Root, (await @operator.AuthorizedAsync("POST", "/v1/admin/reload")).Refused(500, "reload_failed").Content, StringComparison.Ordinal);

        Assert.Equal("v77", (await @operator.AuthorizedAsync("GET", "/v1/admin/policy")).Text("policy_version"));
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Status);

        var events = await EventsAsync(@operator, "?event_type=admin_reload");
        Assert.Equal(["error", "error", "allow"], events.Select(e => e.GetProperty("decision").GetString()));
    }

    [Fact]
    public async Task Events_are_found_by_every_filter_newest_first_and_paged_without_loss()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        using var @operator = _gate.WireOperator();

        // The lease was answered without waiting for its event, which shares a commit with others.
        await Eventually.HoldsAsync(async () => (await EventsAsync(@operator, "?event_type=lease_issued")).Length > 0);

        var ofTrace = await EventsAsync(@operator, $"?trace_id={done.Text("trace_id")}");
        Assert.Equal(["egress_allowed", "action_call", "intent"], ofTrace.Select(e => e.GetProperty("event_type").GetString()));
        var call = ofTrace[1];
        Assert.Equal(done.Text("receipt_id"), call.GetProperty("receipt_id").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, call.GetProperty("reason").ValueKind);

        foreach (var filter in new[]
        {
            "event_type=action_call", "action_id=http_fetch&event_type=action_call", $"principal={Uri.EscapeDataString(_gate.Principal)}&event_type=action_call",
            $"session_id={call.GetProperty("session_id").GetString()}&event_type=action_call", "decision=allow&event_type=action_call",
        })
        {
            Assert.Equal(call.GetProperty("seq").GetInt64(), Assert.Single(await EventsAsync(@operator, "?" + filter)).GetProperty("seq").GetInt64());
        }

        Assert.Empty(await EventsAsync(@operator, "?principal=nobody"));
        Assert.Equal(2, (await EventsAsync(@operator, "?limit=2&unknown=1")).Length);

        var all = await EventsAsync(@operator, "");
        var paged = new List<long>();
        for (var page = await EventsAsync(@operator, "?limit=2"); page.Length > 0; page = await EventsAsync(@operator, $"?limit=2&before_seq={paged[^1]}"))
        {
            paged.AddRange(page.Select(e => e.GetProperty("seq").GetInt64()));
        }

        Assert.Equal(all.Select(e => e.GetProperty("seq").GetInt64()), paged);
        Assert.Equal(paged.OrderDescending(), paged);
        var recent = await @operator.AuthorizedAsync("GET", "/v1/audit/recent", query: "?limit=1");
        Assert.Equal(all[0].GetProperty("seq").GetInt64(), Assert.Single(recent.Json.GetProperty("events").EnumerateArray()).GetProperty("seq").GetInt64());
        var audit = await @operator.AuthorizedAsync("GET", "/v1/audit", query: $"?trace_id={done.Text("trace_id")}");
        Assert.Equal(3, audit.Json.GetProperty("events").GetArrayLength());
    }

    [Fact]
    public async Task Times_are_compared_as_times_and_not_as_text()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        using var @operator = _gate.WireOperator();
        var call = Assert.Single(await EventsAsync(@operator, "?event_type=action_call"));
        Assert.True(WireTime.TryParse(call.GetProperty("timestamp").GetString(), out var at));

        // The same instant with another offset, and a second without fraction, which as text sorts behind every fraction of it.
        Assert.Empty(await EventsAsync(@operator, $"?event_type=action_call&after={Encoded(at.ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", null))}"));
        Assert.Single(await EventsAsync(@operator, $"?event_type=action_call&after={Encoded(at.AddMilliseconds(-1).ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", null))}"));
        var nextSecond = at.AddTicks(TimeSpan.TicksPerSecond - (at.Ticks % TimeSpan.TicksPerSecond)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);
        Assert.Single(await EventsAsync(@operator, $"?event_type=action_call&before={nextSecond}"));
        Assert.Empty(await EventsAsync(@operator, $"?event_type=action_call&after={nextSecond}"));
        Assert.Single(await EventsAsync(@operator, $"?event_type=action_call&before={at:yyyy-MM-ddTHH:mm:ss.fff}5Z"));

        foreach (var bad in new[] { "after=yesterday", "before=2026", "limit=many", "limit=-1", "before_seq=x", "after=%ff" })
        {
            (await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?" + bad)).Refused(400, "bad_request");
        }
    }

    [Fact]
    public async Task The_chain_is_verified_beside_the_running_gate_and_a_change_is_named()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        using var @operator = _gate.WireOperator();
        var intact = await @operator.AuthorizedAsync("GET", "/v1/audit/verify");
        Assert.Equal(["intact", "total_events", "verified_links", "broken_at"], intact.Json.EnumerateObject().Take(4).Select(m => m.Name));
        Assert.True(intact.Json.GetProperty("intact").GetBoolean());
        Assert.Equal(intact.Json.GetProperty("total_events").GetInt64() - 1, intact.Json.GetProperty("verified_links").GetInt64());

        using (var database = LatchGate.Storage.Database.Open(_gate.LedgerPath, LatchGate.Storage.DatabaseAccess.ReadWrite))
        {
            database.Execute($"UPDATE events SET principal = 'eve' WHERE trace_id = '{done.Text("trace_id")}'");
        }

        var broken = await @operator.AuthorizedAsync("GET", "/v1/audit/verify");
        Assert.False(broken.Json.GetProperty("intact").GetBoolean());
        Assert.Equal(done.Text("trace_id"), broken.Text("broken_at"));
    }

    [Fact]
    public void The_events_of_a_request_are_found_in_the_index()
    {
        using var database = LatchGate.Storage.Database.OpenForReading(_gate.LedgerPath);
        using var plan = database.PrepareOnce("EXPLAIN QUERY PLAN SELECT seq, body, hash FROM events WHERE 1 AND trace_id = ? ORDER BY seq DESC LIMIT ?");
        Assert.True(plan.Step());
        Assert.Contains("USING INDEX events_trace (trace_id=?)", plan.String(3), StringComparison.Ordinal);
        Assert.False(plan.Step());
    }

    private static string Encoded(string text) => Uri.EscapeDataString(text);

    private static async Task<System.Text.Json.JsonElement[]> EventsAsync(WireAgent @operator, string query)
    {
        // Refusals are in the chain a moment after their answer; what is asked for here is there before it.
        var answer = await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: query);
        Assert.Equal(200, answer.Status);
        return [.. answer.Json.GetProperty("events").EnumerateArray()];
    }
}
