using System.Text;

namespace LatchGate.Tests.Api;

public sealed class ReplayAfterRestartTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private const string Execute = "/v1/actions/http_fetch/execute";

    [Fact]
    public async Task A_proof_from_before_a_restart_is_refused_and_lease_budget_and_receipts_remain()
    {
        using var agent = gate.Wire();
        await agent.LeaseAsync("""{"max_calls":2}""");
        var proof = agent.Proof("POST", Execute);
        var body = Encoding.UTF8.GetString(gate.Fetch());
        var first = await agent.SendAsync("POST", Execute, body, authorization: $"DPoP {agent.Lease}", proof: proof);
        Assert.Equal(200, first.Status);

        await gate.RestartAsync();
        using var again = new Reconnected(gate, agent);

        // The store is new, so every proof made before the restart is refused as too old.
        (await again.Wire.SendAsync("POST", Execute, body, authorization: $"DPoP {agent.Lease}", proof: proof)).Refused(401, "invalid_dpop");

        // The lease and its budget are still good: one call is left. A proof must be younger than the restart.
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        var receipt = await again.AuthorizedAsync("GET", $"/v1/receipts/{first.Text("receipt_id")}");
        Assert.Equal((200, "valid"), (receipt.Status, receipt.Text("signature_status")));
        Assert.Equal(200, (await again.AuthorizedAsync("POST", Execute, body)).Status);
        Assert.Equal(403, (await again.AuthorizedAsync("POST", Execute, body)).Status);
        Assert.Equal(2, gate.Upstream.Requests.Count);
        Assert.True(gate.Verify().Intact);
    }

    /// <summary>The same agent over a new connection.</summary>
    private sealed class Reconnected(LiveGate gate, WireAgent agent) : IDisposable
    {
        internal WireAgent Wire { get; } = gate.Wire();

        public void Dispose() => Wire.Dispose();

        internal Task<WireAnswer> AuthorizedAsync(string method, string path, string? body = null) =>
            Wire.SendAsync(method, path, body, authorization: $"DPoP {agent.Lease}", proof: agent.Proof(method, path));
    }
}
