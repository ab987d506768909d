using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>Each test has a gate of its own, since revoking everything concerns all.</summary>
public sealed class RevocationWireTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task D36_revoke_all_kills_leases_at_once_and_new_leases_work()
    {
        await using var gate = await StartAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        using var @operator = gate.Operator();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Body(gate))).Status);

        var answer = await @operator.RevokeAllAsync(Cancellation);
        Assert.Equal((200, """{"previous_epoch":0,"current_epoch":1}"""), (answer.Status, answer.Body.GetRawText()));
        (await agent.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        Assert.Equal("""{"current_epoch":1}""", (await @operator.EpochAsync(Cancellation)).Body.GetRawText());

        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Body(gate))).Status);
        Assert.True(gate.Verify().Intact);
    }

    [Fact]
    public async Task D35_an_epoch_survives_a_restart_and_refuses_the_leases_from_before()
    {
        await using var gate = await StartAsync();
        using var before = gate.Wire();
        await before.LeaseAsync();
        using (var @operator = gate.Operator())
        {
            await @operator.RevokeAllAsync(Cancellation);
        }

        using var after = gate.Wire();
        await after.LeaseAsync();
        await RestartAsync(gate);
        (await before.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        Assert.Equal(200, (await after.ExecuteAsync("http_fetch", Body(gate))).Status);
        using var again = gate.Operator();
        Assert.Equal("""{"previous_epoch":1,"current_epoch":2}""", (await again.RevokeAllAsync(Cancellation)).Body.GetRawText());
    }

    [Fact]
    public async Task D36_revoke_all_ends_waiting_calls_and_whoever_polls_is_told_so()
    {
        await using var gate = await StartAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var held = await agent.ExecuteAsync("http_delete", Body(gate));
        Assert.Equal(202, held.Status);
        var approval = held.Text("approval_id")!;
        using var @operator = gate.Operator();
        await @operator.RevokeAllAsync(Cancellation);

        var late = await @operator.ApproveAsync(approval, Cancellation);
        Assert.Equal("already_denied", late.Text("decision"));
        Assert.Empty(gate.Upstream.Requests);
        await agent.LeaseAsync();
        var poll = await agent.AuthorizedAsync("GET", $"/v1/approvals/{approval}/poll");
        Assert.Equal(("denied", "revoked"), (poll.Text("status"), poll.Text("reason")));
        Assert.True(gate.Verify().Intact);
    }

    [Fact]
    public async Task A_revoked_session_ends_its_waiting_calls_and_no_others()
    {
        await using var gate = await StartAsync();
        using var revoked = gate.Wire();
        using var other = gate.Wire();
        var session = (await revoked.LeaseAsync()).Text("session_id")!;
        await other.LeaseAsync();
        var ended = (await revoked.ExecuteAsync("http_delete", Body(gate, "/a"))).Text("approval_id")!;
        var waiting = (await other.ExecuteAsync("http_delete", Body(gate, "/b"))).Text("approval_id")!;
        using var @operator = gate.Operator();
        Assert.Equal(
            $$"""{"kind":"session","id":"{{session}}","revoked":true,"already":false}""",
            (await @operator.RevokeAsync("session", session, false, null, Cancellation)).Body.GetRawText());

        (await revoked.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        Assert.Equal("denied", (await other.AuthorizedAsync("GET", $"/v1/approvals/{ended}/poll")).Text("status"));
        Assert.Equal("pending", (await other.AuthorizedAsync("GET", $"/v1/approvals/{waiting}/poll")).Text("status"));
        Assert.True((await @operator.RevokeAsync("session", session, false, null, Cancellation)).Body.GetProperty("already").GetBoolean());
    }

    [Theory]
    [InlineData("lease", "lease_jti")]
    [InlineData("grant", "grant_id")]
    public async Task A_revoked_lease_or_grant_ends_its_waiting_call_at_once_and_no_other(string kind, string member)
    {
        await using var gate = await StartAsync();
        using var revoked = gate.Wire();
        using var other = gate.Wire();
        await revoked.LeaseAsync();
        await other.LeaseAsync();
        var ended = (await revoked.ExecuteAsync("http_delete", Body(gate, "/a"))).Text("approval_id")!;
        var waiting = (await other.ExecuteAsync("http_delete", Body(gate, "/b"))).Text("approval_id")!;
        using var @operator = gate.Operator();
        using var viewer = gate.WireOperator();
        var id = (await viewer.AuthorizedAsync("GET", $"/v1/approvals/{ended}")).Text(member)!;
        Assert.Equal(200, (await @operator.RevokeAsync(kind, id, false, null, Cancellation)).Status);
        var poll = await other.AuthorizedAsync("GET", $"/v1/approvals/{ended}/poll");
        Assert.Equal(("denied", "revoked"), (poll.Text("status"), poll.Text("reason")));
        Assert.Equal("pending", (await other.AuthorizedAsync("GET", $"/v1/approvals/{waiting}/poll")).Text("status"));
        Assert.Equal("already_denied", (await @operator.ApproveAsync(ended, Cancellation)).Text("decision"));
        Assert.Empty(gate.Upstream.Requests);
        Assert.True(gate.Verify().Intact);
    }

    [Fact]
    public async Task A_revoked_lease_is_refused_also_after_a_restart_and_its_held_call_cannot_be_approved()
    {
        await using var gate = await StartAsync();
        using var agent = gate.Wire();
        using var other = gate.Wire();
        var jti = (await agent.LeaseAsync()).Text("lease_jti")!;
        await other.LeaseAsync();
        var held = (await agent.ExecuteAsync("http_delete", Body(gate))).Text("approval_id")!;
        using (var @operator = gate.Operator())
        {
            Assert.Equal(200, (await @operator.RevokeAsync("lease", jti, false, "lost laptop", Cancellation)).Status);
            (await agent.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
            var approve = await @operator.ApproveAsync(held, Cancellation);
            Assert.Equal("already_denied", approve.Text("decision"));
        }

        await RestartAsync(gate);
        (await agent.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        Assert.Equal(200, (await other.ExecuteAsync("http_fetch", Body(gate))).Status);
        Assert.Single(gate.Upstream.Requests);
        Assert.True(gate.Verify().Intact);
    }

    [Fact]
    public async Task A_revoked_principal_gets_a_new_lease_in_the_same_second_and_its_old_ones_stay_dead()
    {
        await using var gate = await StartAsync();
        using var old = gate.Wire();
        using var fresh = gate.Wire();
        await old.LeaseAsync();
        using var @operator = gate.Operator();
        await @operator.RevokeAsync("principal", gate.Principal, false, null, Cancellation);
        await fresh.LeaseAsync();
        (await old.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        Assert.Equal(200, (await fresh.ExecuteAsync("http_fetch", Body(gate))).Status);

        // Again: what came in between is refused too.
        await @operator.RevokeAsync("principal", gate.Principal, false, null, Cancellation);
        (await fresh.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
    }

    [Fact]
    public async Task A_blocked_principal_gets_no_lease_until_the_block_is_lifted_also_across_a_restart()
    {
        await using var gate = await StartAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        using (var @operator = gate.Operator())
        {
            await @operator.RevokeAsync("principal", gate.Principal, true, "under investigation", Cancellation);
        }

        await RestartAsync(gate);
        (await agent.LeaseAsync()).Refused(403, "identity_forbidden");
        (await agent.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        using var again = gate.Operator();
        Assert.Equal(
            $$"""{"kind":"principal","id":"{{gate.Principal}}","blocked":false,"already":false}""",
            (await again.UnblockAsync(gate.Principal, null, Cancellation)).Body.GetRawText());
        (await agent.ExecuteAsync("http_fetch", Body(gate))).Refused(401, "revoked");
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Body(gate))).Status);
        Assert.True((await again.UnblockAsync(gate.Principal, null, Cancellation)).Body.GetProperty("already").GetBoolean());
    }

    [Theory]
    [InlineData("""{"kind":"everything","id":"x"}""")]
    [InlineData("""{"kind":"lease"}""")]
    [InlineData("""{"kind":"lease","id":""}""")]
    [InlineData("""{"kind":"principal","id":"*"}""")]
    [InlineData("""{"kind":"principal","id":""}""")]
    [InlineData("""{"kind":"principal","id":"a\u0000b"}""")]
    [InlineData("""{"kind":"lease","id":"x","block":true}""")]
    [InlineData("""{"kind":"lease","id":"x","until":"tomorrow"}""")]
    [InlineData("""{"kind":"lease","kind":"grant","id":"x"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_revocation_that_names_nothing_is_refused(string body)
    {
        Assert.Null(LatchGate.Api.RevokeRequest.TryParse(System.Text.Encoding.UTF8.GetBytes(body), out var fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void A_principal_of_ten_kilobytes_is_refused() => Assert.Null(LatchGate.Api.RevokeRequest.TryParse(
        System.Text.Encoding.UTF8.GetBytes($$"""{"kind":"principal","id":"{{new string('a', 10_240)}}"}"""), out _));

    [Fact]
    public async Task Every_revocation_is_an_event_of_the_operator_who_made_it()
    {
        await using var gate = await StartAsync();
        using var @operator = gate.Operator();
        await @operator.RevokeAllAsync(Cancellation);
        await @operator.RevokeAsync("grant", "g1", false, "wrong", Cancellation);
        await @operator.EpochAsync(Cancellation);
        await RestartAsync(gate);
        var events = Events(gate);
        var all = Assert.Single(events, e => e.GetProperty("event_type").GetString() == EventTypes.AdminRevokeAll);
        Assert.Equal(("default", "epoch 0 => 1", "operator_dpop"), (Member(all, "principal"), Member(all, "deny_reason"), Member(all, "operator_authn_method")));
        var one = Assert.Single(events, e => e.GetProperty("event_type").GetString() == EventTypes.GrantRevoked);
        Assert.Equal(("grant g1: wrong", "g1"), (Member(one, "deny_reason"), one.GetProperty("detail").GetProperty("id").GetString()));
        Assert.Single(events, e => e.GetProperty("event_type").GetString() == EventTypes.AdminEpochRead);

        static string? Member(System.Text.Json.JsonElement e, string name) => e.GetProperty(name).GetString();
    }

    private static async Task<LiveGate> StartAsync()
    {
        var gate = new LiveGate();
        await gate.InitializeAsync();
        return gate;
    }

    // A proof must be younger than the restart, and iat has whole seconds.
    private static async Task RestartAsync(LiveGate gate)
    {
        await gate.RestartAsync();
        await Task.Delay(1100, Cancellation);
    }

    private static List<System.Text.Json.JsonElement> Events(LiveGate gate)
    {
        using var reader = new LedgerReader(gate.LedgerPath);
        return [.. reader.EventsFrom(1, 1000).Select(e => System.Text.Json.JsonDocument.Parse(e.Json).RootElement)];
    }

    private static string Body(LiveGate gate, string path = "/") => $$"""{"url":"{{gate.Url(path)}}"}""";
}
