using LatchGate.Tests.Api;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>The wall clock jumps, stands, and goes back, while the gate runs and across a start.</summary>
public sealed class ClockTests(FaultedGate faulted) : IClassFixture<FaultedGate>
{
    private const string Execute = "/v1/actions/http_fetch/execute";
    private const int Day = 24 * 3600;
    private const int Hour = 3600;

    [Fact]
    public async Task Set_ahead_leases_and_proofs_are_old_and_set_right_again_nothing_is_taken_until_the_gate_is_told()
    {
        using var agent = await faulted.AgentAsync();
        var body = Body(faulted.NewPath());
        var (lease, used) = (agent.Lease, agent.Proof("POST", Execute));
        Assert.Equal(200, (await SendAsync(agent, body, used)).Status);
        faulted.Faults.SetClock(TimeSpan.FromSeconds(Day));
        (await SendAsync(agent, body, agent.Proof("POST", Execute, offset: Day))).Refused(401, "lease_expired");
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        (await SendAsync(agent, body, agent.Proof("POST", Execute))).Refused(401, "invalid_dpop");
        Assert.Equal(200, (await SendAsync(agent, body, agent.Proof("POST", Execute, offset: Day))).Status);

        // Proofs that had expired would be good again.
        faulted.Faults.SetClock(TimeSpan.Zero);
        (await SendAsync(agent, body, used)).Refused(503, "clock_error");
        (await SendAsync(agent, body, agent.Proof("POST", Execute))).Refused(503, "clock_error");
        Assert.InRange(faulted.Faults.ClockReads, 1, long.MaxValue);
        Assert.Equal(0, await faulted.VerifiedAsync());

        // Nor does a start make it right: the gate has taken proofs from that day.
        await faulted.Gate.StopAsync(BinaryGate.Kill);
        var start = (await faulted.Gate.RunAsync("serve")).StartupError;
        Assert.Equal("state_db_open_failed", start.GetProperty("startup_error").GetString());
        Assert.Contains("clock is behind", start.GetProperty("detail").GetString(), StringComparison.Ordinal);

        // The remedy that it names, for a clock that is right now.
        File.Delete(Path.Combine(faulted.Gate.State, "replay.mark"));
        await BinaryGate.NextSecondAsync();
        await faulted.StartAsync();
        agent.Lease = lease;
        (await SendAsync(agent, body, used)).Refused(401, "invalid_dpop");
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task Set_back_an_hour_nothing_is_taken_a_replay_least_of_all()
    {
        using var agent = await faulted.AgentAsync();
        var body = Body(faulted.NewPath());
        var used = agent.Proof("POST", Execute);
        Assert.Equal(200, (await SendAsync(agent, body, used)).Status);
        (await SendAsync(agent, body, used)).Refused(401, "replay_detected");
        faulted.Faults.SetClock(TimeSpan.FromSeconds(-Hour));
        (await SendAsync(agent, body, used)).Refused(503, "clock_error");
        (await SendAsync(agent, body, agent.Proof("POST", Execute, offset: -Hour))).Refused(503, "clock_error");
        Assert.InRange(faulted.Faults.ClockReads, 1, long.MaxValue);

        // Right again, it goes on, and knows the proof still.
        faulted.Faults.SetClock(TimeSpan.Zero);
        (await SendAsync(agent, body, used)).Refused(401, "replay_detected");
        Assert.Equal(200, (await SendAsync(agent, body, agent.Proof("POST", Execute))).Status);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task A_gate_does_not_start_on_a_clock_that_is_behind_what_it_has_accepted()
    {
        using var agent = await faulted.AgentAsync();
        Assert.Equal(200, (await faulted.CallAsync(agent, faulted.NewPath()))!.Status);
        await faulted.Gate.StopAsync(BinaryGate.Kill);
        faulted.Faults.SetClock(TimeSpan.FromSeconds(-Hour));
        var start = (await faulted.Gate.RunAsync("serve")).StartupError;
        Assert.Equal("state_db_open_failed", start.GetProperty("startup_error").GetString());
        Assert.InRange(faulted.Faults.ClockReads, 1, long.MaxValue);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task Where_no_proof_tells_that_the_clock_is_behind_the_ledger_does()
    {
        using (await faulted.AgentAsync())
        {
            await faulted.Gate.StopAsync(BinaryGate.Kill);
        }

        faulted.Faults.SetClock(TimeSpan.FromSeconds(-Hour));
        await faulted.StartAsync();
        await Eventually.HoldsAsync(() => faulted.Gate.Log.Contains("\"clock_behind_ledger\"", StringComparison.Ordinal));
        Assert.InRange(faulted.Faults.ClockReads, 1, long.MaxValue);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task A_clock_that_stands_still_stops_nothing()
    {
        using var agent = await faulted.AgentAsync();
        faulted.Faults.FreezeClock(DateTimeOffset.UtcNow);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await faulted.CallAsync(agent, faulted.NewPath()))!.Status);
        }

        Assert.InRange(faulted.Faults.ClockReads, 3, long.MaxValue);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task An_approval_gets_no_more_time_from_a_clock_that_is_set_back()
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        var held = await agent.ExecuteAsync("http_delete", $$"""{"url":"{{faulted.Gate.Url(path)}}"}""");
        Assert.Equal(202, held.Status);

        // Past its end, where something is recorded; then back.
        faulted.Faults.SetClock(TimeSpan.FromSeconds(Hour));
        Assert.Equal(200, (await agent.LeaseAsync("""{"max_calls":1}""")).Status);
        faulted.Faults.SetClock(TimeSpan.Zero);
        var approved = await faulted.Gate.RunAsync("approvals", "approve", held.Text("approval_id")!, "--yes", "--json");
        Assert.NotEqual(0, approved.Exit);
        Assert.Equal(0, faulted.Seen(path));
        Assert.InRange(faulted.Faults.ClockReads, 1, long.MaxValue);
        await faulted.RecoversAsync(unresolved: 0);
    }

    private string Body(string path) => $$"""{"url":"{{faulted.Gate.Url(path)}}"}""";

    private static Task<WireAnswer> SendAsync(WireAgent agent, string body, string proof) =>
        agent.SendAsync("POST", Execute, body, authorization: $"DPoP {agent.Lease}", proof: proof);
}
