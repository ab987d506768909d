using System.Text;
using LatchGate.Cli.Client;

namespace LatchGate.Tests.Api;

public sealed class ApprovalWireTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private byte[] Delete(string path) => Encoding.UTF8.GetBytes($$"""{"url":"{{gate.Url(path)}}"}""");

    private int Calls(string path) => gate.Upstream.Requests.Count(request => request.Head.StartsWith($"DELETE {path} ", StringComparison.Ordinal));

    private async Task<string> HoldAsync(AgentClient agent, string path)
    {
        var held = await agent.ExecuteAsync("http_delete", Delete(path), Cancel);
        Assert.Equal((202, "pending_approval"), (held.Status, held.Text("decision")));
        Assert.StartsWith("sha256:", held.Text("request_hash"), StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", held.Text("approval_id"));
        return held.Text("approval_id")!;
    }

    [Fact]
    public async Task A_held_call_waits_is_shown_and_is_executed_once_when_approved()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "/approved");
        Assert.Equal("pending", (await agent.PollAsync(id, Cancel)).Text("status"));
        Assert.Equal(0, Calls("/approved"));

        var list = await @operator.ApprovalsAsync("pending", 50, Cancel);
        var entry = Assert.Single(list.Body.GetProperty("approvals").EnumerateArray(), entry => entry.GetProperty("approval_id").GetString() == id);
        Assert.Equal((gate.Principal, "http_delete", "high"), (entry.GetProperty("principal").GetString(), entry.GetProperty("action_id").GetString(), entry.GetProperty("risk_level").GetString()));
        var shown = await @operator.ApprovalAsync(id, Cancel);
        Assert.Equal(gate.Url("/approved"), shown.Body.GetProperty("request_preview").GetProperty("url").GetString());
        Assert.Equal("DELETE", shown.Body.GetProperty("request_preview").GetProperty("method").GetString());

        var approved = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal((200, "executed", "verified"), (approved.Status, approved.Text("decision"), approved.Text("verification_outcome")));
        Assert.Equal("default", approved.Text("approved_by"));
        Assert.Equal(1, Calls("/approved"));

        var again = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal((200, "already_approved", approved.Text("receipt_id")), (again.Status, again.Text("decision"), again.Text("receipt_id")));
        var denied = await @operator.DenyAsync(id, "too late", Cancel);
        Assert.Equal("already_approved", denied.Text("decision"));
        Assert.Equal(1, Calls("/approved"));

        var poll = await agent.PollAsync(id, Cancel);
        Assert.Equal(("approved", approved.Text("receipt_id")), (poll.Text("status"), poll.Text("receipt_id")));
        Assert.Equal(200, poll.Body.GetProperty("output").GetProperty("data").GetProperty("status_code").GetInt32());
        var receipt = await agent.ReceiptAsync(approved.Text("receipt_id")!, Cancel);
        Assert.Equal(("valid", id), (receipt.Text("signature_status"), receipt.Text("approval_id")));
    }

    [Fact]
    public async Task A_denied_call_is_never_made()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "/denied");
        var denied = await @operator.DenyAsync(id, "not\ntoday", Cancel);
        Assert.Equal((200, "deny", "default", "not today"), (denied.Status, denied.Text("decision"), denied.Text("denied_by"), denied.Text("deny_reason")));
        var poll = await agent.PollAsync(id, Cancel);
        Assert.Equal(("denied", "not today"), (poll.Text("status"), poll.Text("reason")));
        Assert.Equal("already_denied", (await @operator.ApproveAsync(id, Cancel)).Text("decision"));
        Assert.Equal(0, Calls("/denied"));
    }

    [Fact]
    public async Task Operators_who_approve_at_once_make_one_call()
    {
        using var agent = await gate.AgentAsync();
        var operators = Enumerable.Range(0, 8).Select(_ => gate.Operator()).ToArray();
        var id = await HoldAsync(agent, "/race");
        var answers = await Task.WhenAll(operators.Select(o => o.ApproveAsync(id, Cancel)));
        Assert.Single(answers, answer => answer.Text("decision") == "executed");
        Assert.All(answers.Where(answer => answer.Text("decision") != "executed"), answer =>
            Assert.True(answer.Text("decision") == "already_approved" || (answer.Status == 409 && answer.ErrorCode == "conflict"), answer.ErrorText));
        Assert.Equal(1, Calls("/race"));
        Assert.True(gate.Verify().Intact);
        Array.ForEach(operators, o => o.Dispose());
    }

    [Fact]
    public async Task Each_held_call_is_approved_on_its_own()
    {
        using var agent = await gate.AgentAsync(maxCalls: 1);
        using var @operator = gate.Operator();
        var first = await HoldAsync(agent, "/budget");
        var second = await HoldAsync(agent, "/budget?2");
        Assert.Equal("executed", (await @operator.ApproveAsync(first, Cancel)).Text("decision"));
        var refused = await @operator.ApproveAsync(second, Cancel);
        Assert.Equal((403, "budget_exhausted"), (refused.Status, refused.ErrorCode));
        Assert.Equal("failed", (await agent.PollAsync(second, Cancel)).Text("status"));
        Assert.Equal((1, 0), (Calls("/budget"), Calls("/budget?2")));
    }

    [Fact]
    public async Task An_approved_call_whose_effect_is_not_confirmed_fails_with_a_receipt()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "/status/500");
        var answer = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal((502, "verification_failed"), (answer.Status, answer.ErrorCode));
        Assert.NotNull(answer.Text("receipt_id"));
        var poll = await agent.PollAsync(id, Cancel);
        Assert.Equal(("failed", "verification_failed", answer.Text("receipt_id")), (poll.Text("status"), poll.Text("reason"), poll.Text("receipt_id")));
        Assert.Equal(200, (await agent.ReceiptAsync(answer.Text("receipt_id")!, Cancel)).Status);
    }

    [Fact]
    public async Task D40_an_operator_sees_what_will_be_sent_and_what_is_decided_on_but_no_credential()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "/shown?access_token=abcdefgh&n=1");
        var shown = (await @operator.ApprovalAsync(id, Cancel)).Body;
        var preview = shown.GetProperty("request_preview");
        Assert.Equal(gate.Url("/shown?access_token=[redacted 8 chars]&n=1"), preview.GetProperty("url").GetString());
        Assert.Equal("DELETE", preview.GetProperty("method").GetString());
        Assert.Equal(["http_delete"], shown.GetProperty("approved_targets").EnumerateArray().Select(e => e.GetString()));
        Assert.Contains("httpbin.org", shown.GetProperty("approved_egress").GetProperty("proxy_allowlist").GetProperty("allowed_domains").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("http_status", shown.GetProperty("verifier_kind").GetString());
        Assert.Equal(long.MaxValue, shown.GetProperty("budget_snapshot").GetProperty("calls_remaining").GetInt64());
        Assert.Equal(shown.GetProperty("status").GetString(), shown.GetProperty("state").GetString());
        Assert.Matches("^[0-9a-f]{64}$", shown.GetProperty("plan_hash").GetString());

        await @operator.DenyAsync(id, null, Cancel);
        var ended = (await @operator.ApprovalAsync(id, Cancel)).Body;
        Assert.False(ended.TryGetProperty("request_preview", out _));
        Assert.Equal(("denied", "operator_denied", "high"), (ended.GetProperty("status").GetString(), ended.GetProperty("deny_reason").GetString(), ended.GetProperty("risk_level").GetString()));
    }

    [Fact]
    public async Task The_same_request_again_waits_under_the_same_id()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => HoldAsync(agent, "/joined")));
        var id = Assert.Single(ids.Distinct());
        Assert.Equal("executed", (await @operator.ApproveAsync(id, Cancel)).Text("decision"));
        Assert.NotEqual(id, await HoldAsync(agent, "/joined"));
        Assert.Equal(1, Calls("/joined"));
    }

    [Fact]
    public async Task An_agent_lists_what_it_waits_for_itself()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var held = await agent.ExecuteAsync("http_delete", $$"""{"url":"{{gate.Url("/mine")}}"}""");
        var id = held.Text("approval_id");
        var list = await agent.SendAsync(
            "GET", "/v1/approvals?status=pending&agent_id=someone&session_id=other", authorization: $"DPoP {agent.Lease}", proof: agent.Proof("GET", "/v1/approvals"));
        Assert.Equal(200, list.Status);
        var own = list.Json.GetProperty("approvals").EnumerateArray().Single(e => e.GetProperty("approval_id").GetString() == id);
        Assert.Equal("pending", own.GetProperty("status").GetString());
        Assert.False(own.TryGetProperty("claimed_by", out _));
        Assert.Equal(list.Json.GetProperty("count").GetInt32(), list.Json.GetProperty("approvals").GetArrayLength());
        using var @operator = gate.Operator();
        await @operator.DenyAsync(id!, null, Cancel);
        var after = await agent.AuthorizedAsync("GET", "/v1/approvals");
        Assert.DoesNotContain(after.Json.GetProperty("approvals").EnumerateArray(), e => e.GetProperty("approval_id").GetString() == id);
        (await agent.SendAsync("GET", "/v1/approvals")).Refused(401, "missing_auth_header");
        (await agent.SendAsync("GET", "/v1/approvals?status=denied", authorization: $"DPoP {agent.Lease}", proof: agent.Proof("GET", "/v1/approvals"))).Refused(400, "bad_request");
    }

    [Fact]
    public async Task A_list_is_read_page_by_page()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Insert(0, await HoldAsync(agent, $"/page/{i}"));
        }

        // Those of one millisecond are in no other order than that of their ids.
        ids.Sort(static (a, b) => string.CompareOrdinal(b, a));
        var first = await @operator.ApprovalsAsync("pending", 2, Cancel);
        Assert.Equal(ids.Take(2), IdsOf(first));
        Assert.Equal(ids[2], IdsOf(await @operator.ApprovalsAsync("pending", 2, Cancel, before: ids[1]))[0]);
        Assert.Equal(400, (await @operator.ApprovalsAsync("pending", 2, Cancel, before: "zz")).Status);
        Assert.Empty(IdsOf(await @operator.ApprovalsAsync("pending", 0, Cancel)));
    }

    [Fact]
    public async Task D42_nothing_can_be_learned_that_the_approval_is_not_about_and_the_call_waits_on()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "/learn");
        var refused = await @operator.ApproveAsync(id, Cancel, learnDomain: "evil.example.com");
        Assert.Equal((400, "bad_request"), (refused.Status, refused.ErrorCode));
        Assert.Equal(400, (await @operator.ApproveAsync(id, Cancel, learnPath: "../x")).Status);
        Assert.Equal("pending", (await @operator.ApprovalAsync(id, Cancel)).Text("status"));
        var approved = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal("executed", approved.Text("decision"));
        Assert.Null(approved.Text("learned_domain"));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_in_the_same_words_however_it_is_named()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answers = new List<string>();
        foreach (var id in new[] { "01941f29-7c00-7000-8000-000000000001", "nonsense", "a%20b", new string('a', 2000) })
        {
            var path = $"/v1/approvals/{id}/poll";
            var answer = await agent.SendAsync("GET", path, authorization: $"DPoP {agent.Lease}", proof: agent.Proof("GET", Uri.UnescapeDataString(path)));
            Assert.Equal(404, answer.Status);
            answers.Add(answer.Content);
        }

        Assert.Single(answers.Distinct());
    }

    private static string[] IdsOf(GateResponse list) =>
        [.. list.Body.GetProperty("approvals").EnumerateArray().Select(e => e.GetProperty("approval_id").GetString()!)];

    [Fact]
    public async Task An_approval_that_does_not_exist_is_not_found()
    {
        using var agent = await gate.AgentAsync();
        using var @operator = gate.Operator();
        const string Id = "01941f29-7c00-7000-8000-000000000001";
        Assert.Equal("action_not_found", (await agent.PollAsync(Id, Cancel)).ErrorCode);
        Assert.Equal("action_not_found", (await @operator.ApprovalAsync(Id, Cancel)).ErrorCode);
        Assert.Equal((404, "action_not_found"), (await @operator.ApproveAsync(Id, Cancel)) is var a ? (a.Status, a.ErrorCode) : default);
        Assert.Equal((404, "action_not_found"), (await @operator.DenyAsync(Id, null, Cancel)) is var d ? (d.Status, d.ErrorCode) : default);
    }

    [Theory]
    [InlineData("nonsense", 50)]
    [InlineData("pending", -1)]
    public async Task A_list_is_asked_for_by_a_state_and_a_number(string state, int limit)
    {
        using var @operator = gate.Operator();
        var answer = await @operator.ApprovalsAsync(state, limit, Cancel);
        Assert.Equal((400, "bad_request"), (answer.Status, answer.ErrorCode));
    }

    [Fact]
    public async Task A_held_call_survives_a_restart()
    {
        using var agent = await gate.AgentAsync();
        var id = await HoldAsync(agent, "/restart");
        await gate.RestartAsync();
        await Task.Delay(1100, Cancel);
        using var @operator = gate.Operator();
        var answer = await @operator.ApproveAsync(id, Cancel);
        Assert.True(answer.Text("decision") == "executed", answer.ErrorText);
        Assert.Equal(1, Calls("/restart"));
    }
}
