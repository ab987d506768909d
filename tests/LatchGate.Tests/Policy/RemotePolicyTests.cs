using System.Text;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Policy.Rego;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Policy;

/// <summary>An OPA elsewhere is asked once, strictly and for at most a second; whatever it does else denies.</summary>
public sealed class RemotePolicyTests
{
    private const string Good = """
        {"result":{"allow":true,"requires_approval":false,"standing_approval":false,"budgets_after":{"calls_remaining":9},"allowed_sinks":["http_read"],
         "approved_secrets":[],"approved_egress":"none","policy_version":"remote-1"},"decision_id":"x"}
        """;

    [Fact]
    public async Task A_whole_answer_is_taken_and_the_question_is_the_documented_one()
    {
        await using var opa = new FakeOpa(static _ => FakeOpa.Ok(Good));
        using var policy = new RemotePolicy(opa.Url, TimeProvider.System);

        var decision = await policy.DecideAsync(PolicySamples.Base);

        Assert.Equal((PolicyOutcome.Allow, "remote-1"), (decision.Outcome, decision.PolicyVersion));
        var request = Assert.Single(opa.Requests);
        Assert.StartsWith("POST /v1/data/latchgate/decision HTTP/1.1\r\n", request, StringComparison.Ordinal);
        var body = Assert.IsType<RegoObject>(RegoJson.Parse(Encoding.UTF8.GetBytes(request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..])));
        Assert.Equal("agent:test-agent", Assert.IsType<RegoString>(body.Get("input")!.Get(new RegoString("principal"))).Value);
        Assert.DoesNotContain("Cookie", request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_unix_socket_is_asked_as_well()
    {
        using var root = new TempDirectory();
        await using var opa = new FakeOpa(static _ => FakeOpa.Ok(Good), root["opa.sock"]);
        using var policy = new RemotePolicy(opa.Url, TimeProvider.System);

        Assert.Equal(PolicyOutcome.Allow, (await policy.DecideAsync(PolicySamples.Base)).Outcome);
        Assert.True(await policy.IsHealthyAsync());
    }

    public static TheoryData<string, PolicyFault, GateFailure> Failing => new()
    {
        { FakeOpa.Ok("{}", "500 Internal Server Error"), PolicyFault.Unavailable, GateFailure.PolicyEngineUnavailable },
        { FakeOpa.Ok(Good, "201 Created"), PolicyFault.Unavailable, GateFailure.PolicyEngineUnavailable },
        { FakeOpa.Ok(Good, "302 Found", "Location: /elsewhere\r\n"), PolicyFault.Unavailable, GateFailure.PolicyEngineUnavailable },
        { "no http at all\r\n\r\n", PolicyFault.Unavailable, GateFailure.PolicyEngineUnavailable },
        { "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"result\":", PolicyFault.Unavailable, GateFailure.PolicyEngineUnavailable },
        { FakeOpa.Ok("{\"result\":"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok(""), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("[]"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("{}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("{\"result\":true}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("{\"result\":{\"allow\":true}}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("{\"result\":{\"allow\":false,\"obligations\":[]}}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok("{\"result\":{\"allow\":false,\"deny_reason\":7}}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok(Good.Replace("\"policy_version\"", "\"until\":1,\"policy_version\"", StringComparison.Ordinal)), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok(Good.Replace("\"standing_approval\":false", "\"standing_approval\":null", StringComparison.Ordinal)), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok(Good.Replace("\"none\"", "{\"proxy_allowlist\":{\"allowed_domains\":[\"x.example\"]}}", StringComparison.Ordinal)), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { FakeOpa.Ok($"{{\"result\":\"{new string('x', 1024 * 1024)}\"}}"), PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + new string(' ', 0x200000) + "\r\n0\r\n\r\n", PolicyFault.Malformed, GateFailure.PolicyEngineInvalidResponse },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task Any_other_answer_denies_and_says_what_it_was(string answer, PolicyFault fault, GateFailure failure)
    {
        await using var opa = new FakeOpa(_ => answer);
        using var policy = new RemotePolicy(opa.Url, TimeProvider.System);

        var decision = await policy.DecideAsync(PolicySamples.Base);

        Assert.Equal((PolicyOutcome.Deny, fault), (decision.Outcome, decision.Fault));
        var denial = PolicyQuestion.Refusal(decision);
        Assert.Equal(failure, denial.Failure);
        Assert.NotEmpty(denial.Reason!);
        Assert.DoesNotContain("127.0.0.1", denial.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var opa = new FakeOpa(static request => request.Contains("/elsewhere", StringComparison.Ordinal)
            ? FakeOpa.Ok(Good)
            : FakeOpa.Ok("", "307 Temporary Redirect", "Location: /elsewhere\r\n"));
        using var policy = new RemotePolicy(opa.Url, TimeProvider.System);

        Assert.Equal(PolicyFault.Unavailable, (await policy.DecideAsync(PolicySamples.Base)).Fault);
        Assert.Single(opa.Requests);
    }

    [Fact]
    public async Task An_opa_that_does_not_answer_is_waited_for_no_longer_than_a_second()
    {
        await using var opa = new FakeOpa(static _ => null);
        using var policy = new RemotePolicy(opa.Url, TimeProvider.System);

        var decision = await policy.DecideAsync(PolicySamples.Base);

        Assert.Equal((PolicyOutcome.Deny, PolicyFault.Timeout), (decision.Outcome, decision.Fault));
        Assert.Equal(GateFailure.PolicyEngineTimeout, PolicyQuestion.Refusal(decision).Failure);
    }

    [Fact]
    public async Task An_opa_that_is_not_there_denies_and_is_not_healthy()
    {
        using var root = new TempDirectory();
        using var policy = new RemotePolicy(new Uri($"unix://{root["none.sock"]}"), TimeProvider.System);

        Assert.Equal(PolicyFault.Unavailable, (await policy.DecideAsync(PolicySamples.Base)).Fault);
        Assert.False(await policy.IsHealthyAsync());
    }

    [Theory]
    [InlineData("200 OK", true)]
    [InlineData("500 Internal Server Error", false)]
    [InlineData("204 No Content", false)]
    public async Task D51_only_a_200_is_health_and_it_is_asked_at_most_once_a_second(string status, bool healthy)
    {
        await using var opa = new FakeOpa(_ => FakeOpa.Ok("{}", status));
        using var policy = new RemotePolicy(opa.Url, new StoppedClock());

        Assert.Equal(healthy, await policy.IsHealthyAsync());
        Assert.Equal(healthy, await policy.IsHealthyAsync());

        Assert.StartsWith("GET /health HTTP/1.1\r\n", Assert.Single(opa.Requests), StringComparison.Ordinal);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
