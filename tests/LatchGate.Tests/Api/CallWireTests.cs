using System.Text;
using System.Text.Json;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Api;

public sealed class CallWireTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private const string Execute = "/v1/actions/http_fetch/execute";

    private string Body => Encoding.UTF8.GetString(gate.Fetch());

    [Fact]
    public async Task A_call_is_answered_with_what_was_done_and_the_proof_of_it()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answer = await agent.ExecuteAsync("http_fetch", Body);
        Assert.Equal((200, "executed", "verified"), (answer.Status, answer.Text("decision"), answer.Text("verification_outcome")));
        var data = answer.Json.GetProperty("output").GetProperty("data");
        Assert.Equal(200, data.GetProperty("status_code").GetInt32());
        Assert.True(answer.Json.GetProperty("verification").GetProperty("is_fully_successful").GetBoolean());
        Assert.Equal(0, answer.Json.GetProperty("runtime").GetProperty("exit_code").GetInt32());
        Assert.True(answer.Json.GetProperty("runtime").GetProperty("fuel_consumed").GetInt64() > 0);

        var receipt = await agent.AuthorizedAsync("GET", $"/v1/receipts/{answer.Text("receipt_id")}");
        Assert.Equal((200, "valid"), (receipt.Status, receipt.Text("signature_status")));
        foreach (var member in new[] { "receipt_id", "trace_id", "grant_id", "action_id" })
        {
            Assert.Equal(answer.Text(member), receipt.Text(member));
        }

        var effect = Assert.Single(receipt.Json.GetProperty("effect_evidence").EnumerateArray());
        Assert.Equal(("GET", 200), (effect.GetProperty("method").GetString(), effect.GetProperty("status").GetInt32()));
        Assert.Equal(gate.Url("").TrimEnd('/'), effect.GetProperty("target").GetString());
    }

    [Fact]
    public async Task The_agents_content_type_does_not_matter()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        foreach (var type in new[] { null, "text/plain", "application/json" })
        {
            var answer = await agent.SendAsync("POST", Execute, Body, type, $"DPoP {agent.Lease}", agent.Proof("POST", Execute));
            Assert.Equal(200, answer.Status);
        }
    }

    [Fact]
    public async Task Without_a_lease_and_a_proof_nothing_is_done()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var before = gate.Upstream.Requests.Count;
        (await agent.SendAsync("POST", Execute, Body)).Refused(401, "missing_auth_header");
        (await agent.SendAsync("POST", Execute, Body, authorization: $"DPoP {agent.Lease}")).Refused(401, "missing_auth_header");
        (await agent.SendAsync("POST", Execute, Body, proof: agent.Proof("POST", Execute))).Refused(401, "missing_auth_header");
        (await agent.SendAsync("POST", Execute, Body, authorization: $"Bearer {agent.Lease}", proof: agent.Proof("POST", Execute))).Refused(401, "invalid_lease");
        (await agent.SendAsync("POST", Execute, Body, authorization: "DPoP x.y.z", proof: agent.Proof("POST", Execute))).Refused(401, "invalid_lease");
        Assert.Equal(before, gate.Upstream.Requests.Count);
    }

    [Fact]
    public async Task A_proof_for_another_request_is_refused()
    {
        using var agent = gate.Wire();
        using var stranger = new TestKey();
        await agent.LeaseAsync();
        foreach (var proof in new[]
        {
            agent.Proof("GET", Execute),
            agent.Proof("POST", "/v1/actions/http_post/execute"),
            agent.Proof("POST", Execute, htu: "https://elsewhere.example" + Execute),
            agent.Proof("POST", Execute, lease: "another lease"),
            agent.Proof("POST", Execute, offset: -61),
            agent.Proof("POST", Execute, offset: 60),
            agent.Proof("POST", Execute, key: stranger),
            "x.y.z",
            "",
        })
        {
            var answer = await agent.SendAsync("POST", Execute, Body, authorization: $"DPoP {agent.Lease}", proof: proof);
            answer.Refused(401, proof.Length == 0 ? "missing_auth_header" : "invalid_dpop");
        }

        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Body)).Status);
    }

    [Fact]
    public async Task A_proof_is_good_once()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var proof = agent.Proof("POST", Execute);
        Assert.Equal(200, (await agent.SendAsync("POST", Execute, Body, authorization: $"DPoP {agent.Lease}", proof: proof)).Status);
        (await agent.SendAsync("POST", Execute, Body, authorization: $"DPoP {agent.Lease}", proof: proof)).Refused(401, "replay_detected");
    }

    [Fact]
    public async Task A_lease_that_another_issuer_signed_is_refused()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        using var forger = new TestKey();
        var parts = agent.Lease.Split('.');
        agent.Lease = forger.SignSegments(parts[0], parts[1]);
        (await agent.ExecuteAsync("http_fetch", Body)).Refused(401, "invalid_lease");
    }

    [Fact]
    public async Task A_lease_is_of_no_use_with_another_key()
    {
        using var victim = gate.Wire();
        using var thief = gate.Wire();
        await victim.LeaseAsync();
        thief.Lease = victim.Lease;
        (await thief.ExecuteAsync("http_fetch", Body)).Refused(401, "invalid_dpop");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"url":7}""")]
    [InlineData("""{"url":"http://127.0.0.1/","url":"http://127.0.0.1/"}""")]
    [InlineData("""{"url":"http://127.0.0.1/","more":1}""")]
    [InlineData("""{"url":"ftp://127.0.0.1/"}""")]
    [InlineData("""{"url":NaN}""")]
    [InlineData("""{"url":1e999}""")]
    [InlineData("""{"url":01}""")]
    [InlineData("""{"url":"http://127.0.0.1/"} """ + "\u00a0")]
    public async Task A_request_that_does_not_fit_the_action_is_refused(string body)
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answer = (await agent.ExecuteAsync("http_fetch", body)).Refused(422, "schema_violation");
        Assert.NotEmpty(answer.Text("reason")!);
        Assert.Equal(answer.Text("reason"), answer.Text("deny_reason"));
    }

    [Fact]
    public async Task An_unknown_action_is_not_found()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        (await agent.ExecuteAsync("no_such_action", "{}")).Refused(404, "action_not_found");
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest", "host_not_allowed")]
    [InlineData("https://example.com/", "host_not_allowed")]
    [InlineData("http://10.0.0.1/", "host_not_allowed")]
    [InlineData("http://0x7f000001/", "noncanonical_ip")]
    [InlineData("http://user:secret@127.0.0.1/", "url_credentials")]
    [InlineData("https://127.0.0.1/", "scheme_not_allowed")]
    public async Task A_destination_that_is_not_open_is_refused_before_anything_is_spent(string url, string reason)
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync("""{"max_calls":1}""");
        var answer = (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{url}}"}""")).Refused(403, "egress_denied");
        Assert.Equal((reason, null), (answer.Text("reason"), answer.Text("receipt_id")));
        Assert.DoesNotContain("secret", answer.Content, StringComparison.Ordinal);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Body)).Status);
    }

    [Fact]
    public async Task A_budget_of_one_call_is_one_call_also_when_ten_come_at_once()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync("""{"max_calls":1}""");
        var before = gate.Upstream.Requests.Count;
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => agent.ExecuteAsync("http_fetch", Body)));
        Assert.Equal(1, answers.Count(answer => answer.Status == 200));
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Refused(403, "budget_exhausted"));
        Assert.Equal(1, gate.Upstream.Requests.Count - before);

        (await agent.ExecuteAsync("http_fetch", Body)).Refused(403, "budget_exhausted");
        (await agent.ExecuteAsync("http_delete", Body)).Refused(403, "budget_exhausted");
    }

    [Fact]
    public async Task An_upstream_that_is_down_is_told_with_a_receipt()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var closed = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var answer = (await agent.ExecuteAsync("http_fetch", $$"""{"url":"http://127.0.0.1:{{port}}/"}""")).Refused(502, "upstream_error");
        Assert.Equal("connect_failed", answer.Text("reason"));
        await AssertReceiptAsync(agent, answer, "provider_error");
    }

    [Theory]
    [InlineData("/broken", "upstream_failed")]
    [InlineData("/big", "response_too_large")]
    public async Task An_upstream_that_misbehaves_is_told_with_a_receipt(string path, string reason)
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answer = (await agent.ExecuteAsync("http_fetch", Encoding.UTF8.GetString(gate.Fetch(path)))).Refused(502, "upstream_error");
        Assert.Equal(reason, answer.Text("reason"));
        await AssertReceiptAsync(agent, answer, "provider_error");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_status_that_is_no_success_is_executed_and_not_confirmed(int status)
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answer = await agent.ExecuteAsync("http_fetch", Encoding.UTF8.GetString(gate.Fetch($"/status/{status}")));
        Assert.Equal((200, "executed"), (answer.Status, answer.Text("decision")));
        Assert.False(answer.Json.GetProperty("verification").GetProperty("is_fully_successful").GetBoolean());
        Assert.NotEqual("verified", answer.Text("verification_outcome"));
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_have_receipts_of_their_own_and_one_intact_chain()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => agent.ExecuteAsync("http_fetch", Body)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(200, answers.Select(answer => answer.Text("receipt_id")).Distinct().Count());
        Assert.Equal(200, answers.Select(answer => answer.Text("grant_id")).Distinct().Count());
        Assert.Equal(200, answers.Select(answer => answer.Text("trace_id")).Distinct().Count());
        var report = gate.Verify();
        Assert.True(report.Intact, report.Defect?.ToString());
        Assert.True(report.Receipts >= 200);
    }

    private static async Task AssertReceiptAsync(WireAgent agent, WireAnswer answer, string failure)
    {
        var receipt = await agent.AuthorizedAsync("GET", $"/v1/receipts/{answer.Text("receipt_id")}");
        Assert.Equal((200, "valid", failure), (receipt.Status, receipt.Text("signature_status"), receipt.Text("failure_class")));
        Assert.Equal(answer.Text("trace_id"), receipt.Text("trace_id"));
        Assert.Equal("provider_failure", receipt.Json.GetProperty("normalized_result").GetProperty("kind").GetString());
    }
}
