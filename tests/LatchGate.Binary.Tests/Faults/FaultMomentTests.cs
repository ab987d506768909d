using LatchGate.Evidence;
using LatchGate.Storage;
using LatchGate.Tests.Api;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>A full disk, or a busy one, at the other moments: start, refusal, lease, decision, mirror, keys.</summary>
public sealed class FaultMomentTests(FaultedGate faulted) : IClassFixture<FaultedGate>
{
    [Theory]
    [InlineData(FileCall.Write, "audit.db-wal", Errno.ENOSPC)]
    [InlineData(FileCall.Write, "audit.db-wal", Errno.EIO)]
    [InlineData(FileCall.Sync, "audit.db-wal", Errno.EIO)]
    [InlineData(FileCall.Open, "audit.db", Errno.EROFS)]
    [InlineData(FileCall.Read, "audit.db", Errno.EIO)]
    public async Task A_gate_that_cannot_go_on_with_its_ledger_does_not_start_and_says_that_the_disk_refuses(FileCall call, string file, int error)
    {
        // Killed, so that there is a log to go on from.
        using (await faulted.AgentAsync())
        {
            await faulted.Gate.StopAsync(BinaryGate.Kill);
        }

        var (ledger, log) = (File.ReadAllBytes(faulted.Gate.Ledger), File.ReadAllBytes(faulted.Gate.Ledger + "-wal"));
        var fault = faulted.Faults.Arm(call, file, FaultAction.Fail, error, times: 0);
        var start = (await faulted.Gate.RunAsync("serve")).StartupError;
        Assert.InRange(fault.Hits, 1, int.MaxValue);
        Assert.Equal("ledger_open_failed", start.GetProperty("startup_error").GetString());
        Assert.DoesNotContain("damaged", start.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("disk", start.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        faulted.Faults.Clear();
        Assert.Equal(ledger, File.ReadAllBytes(faulted.Gate.Ledger));
        Assert.Equal(log, File.ReadAllBytes(faulted.Gate.Ledger + "-wal"));
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task A_gate_that_is_started_on_a_full_disk_is_not_ready_until_there_is_room()
    {
        using (await faulted.AgentAsync())
        {
            Assert.Equal(0, await faulted.Gate.StopAsync(BinaryGate.Terminate));
        }

        var fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC, times: 0);
        await faulted.StartAsync();
        using (var agent = faulted.Gate.Agent())
        {
            Assert.Equal(503, (await agent.SendAsync("GET", "/readyz")).Status);
            Assert.InRange(fault.Hits, 1, int.MaxValue);
            faulted.Faults.Clear();
            await Eventually.HoldsAsync(async () => (await agent.SendAsync("GET", "/readyz")).Status == 200);
        }

        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task A_refusal_on_a_full_disk_is_a_refusal_and_its_event_follows_when_there_is_room()
    {
        using var agent = await faulted.AgentAsync();
        var (denied, restored) = (Denied(), faulted.Count(EventTypes.LedgerRestored));
        var fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC, times: 0);
        (await agent.ExecuteAsync("http_fetch", """{"url":"https://not-listed.example/"}""")).Refused(403, "egress_denied");
        await Eventually.HoldsAsync(() => fault.Hits > 0);
        Assert.Equal(denied, Denied());
        faulted.Faults.Clear();
        await Eventually.HoldsAsync(() => Denied() > denied && faulted.Count(EventTypes.LedgerRestored) > restored);
        foreach (var line in (string[])["\"ledger_write_failed\"", "\"ledger_restored\""])
        {
            await Eventually.HoldsAsync(() => faulted.Gate.Log.Contains(line, StringComparison.Ordinal));
        }

        await faulted.RecoversAsync(unresolved: 0);

        int Denied()
        {
            using var reader = new LedgerReader(faulted.Gate.Ledger);
            return reader.QueryEvents(new EventQuery { EventType = EventTypes.ActionCall, Decision = "deny", Limit = 1000 }).Count;
        }
    }

    [Fact]
    public async Task A_lease_with_a_budget_is_not_issued_when_the_budget_cannot_be_stored()
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC);
        (await agent.LeaseAsync("""{"max_calls":2}""")).Refused(503, "store_unavailable");
        Assert.Equal(1, fault.Hits);
        Assert.Equal(200, (await agent.LeaseAsync("""{"max_calls":2}""")).Status);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task An_approval_that_cannot_be_recorded_waits_on_and_executes_once_when_it_can()
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        var id = await faulted.HeldAsync(agent, path);
        var fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC, times: 0);
        var refused = await faulted.Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("store_unavailable", refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.InRange(fault.Hits, 1, int.MaxValue);
        Assert.Equal(0, faulted.Seen(path));
        faulted.Faults.Clear();
        var approved = await faulted.Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        Assert.True(approved.Exit == 0, approved.Output + approved.Error);
        Assert.Equal(1, faulted.Seen(path));
        await faulted.RecoversAsync(unresolved: 0);
        Assert.Equal(1, faulted.Seen(path));
    }

    [Fact]
    public async Task An_approved_call_whose_receipt_cannot_be_recorded_is_no_success_and_is_not_made_again()
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        var id = await faulted.HeldAsync(agent, path);
        FaultControl.Armed? fault = null;
        faulted.Gate.OnRequest = _ => fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC);
        var failed = await faulted.Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        faulted.Gate.OnRequest = null;
        Assert.NotEqual(0, failed.Exit);
        Assert.Contains("evidence_persistence_failed", failed.Output + failed.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1), (fault!.Hits, faulted.Seen(path)));
        var again = await faulted.Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        Assert.Contains("already_failed", again.Output + again.Error, StringComparison.Ordinal);
        await faulted.RecoversAsync(unresolved: 1);
        again = await faulted.Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        Assert.Contains("already_failed", again.Output + again.Error, StringComparison.Ordinal);
        Assert.Equal(1, faulted.Seen(path));
    }

    [Theory]
    [InlineData(FaultAction.Fail, Errno.ENOSPC)]
    [InlineData(FaultAction.Short, Errno.ENOSPC)]
    [InlineData(FaultAction.Fail, Errno.EIO)]
    public async Task A_mirror_that_cannot_be_written_touches_no_call_and_catches_up(FaultAction action, int error)
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(FileCall.Write, ".jsonl", action, error, times: 0);
        Assert.Equal(200, (await faulted.CallAsync(agent, faulted.NewPath()))!.Status);
        await Eventually.HoldsAsync(async () => !(await MirrorAsync()).GetProperty("ok").GetBoolean());
        Assert.InRange(fault.Hits, 1, int.MaxValue);
        Assert.Equal(200, (await faulted.CallAsync(agent, faulted.NewPath()))!.Status);
        faulted.Faults.Clear();
        await Eventually.HoldsAsync(async () =>
            await MirrorAsync() is var mirror && mirror.GetProperty("ok").GetBoolean() && mirror.GetProperty("behind").GetInt64() == 0);
        var verify = await faulted.Gate.RunAsync("verify", "--ledger", faulted.Mirror, "--json");
        Assert.True(verify.Exit == 0, verify.Output + verify.Error);
        await faulted.RecoversAsync(unresolved: 0);

        async Task<System.Text.Json.JsonElement> MirrorAsync() =>
            (await faulted.Gate.RunAsync("status", "--json")).Json.GetProperty("gate").GetProperty("ledger_jsonl");
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_line_of_the_mirror_the_next_gate_writes_it_whole()
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(FileCall.Write, ".jsonl", FaultAction.Short, Errno.ENOSPC, times: 2);
        var kill = faulted.Faults.Arm(FileCall.Truncate, ".jsonl", FaultAction.KillBefore);
        _ = await faulted.CallAsync(agent, faulted.NewPath());
        await faulted.DiesAsync();
        Assert.Equal((2, 1), (fault.Hits, kill.Hits));
        await faulted.RecoversAsync(unresolved: 0);
        var verify = await faulted.Gate.RunAsync("verify", "--ledger", faulted.Mirror, "--json");
        Assert.True(verify.Exit == 0, verify.Output + verify.Error);
    }

    [Fact]
    public async Task A_key_that_cannot_be_replaced_stays_and_signs_on()
    {
        using var agent = await faulted.AgentAsync();
        var receipt = (await faulted.CallAsync(agent, faulted.NewPath()))!.Text("receipt_id")!;
        (FileCall, string)[] refusals = [(FileCall.Write, "-wal"), (FileCall.Rename, "receipt-keys.jwks"), (FileCall.Rename, "receipt.key")];
        foreach (var (call, file) in refusals)
        {
            var fault = faulted.Faults.Arm(call, file, FaultAction.Fail, Errno.ENOSPC, times: 0);
            var rotated = await faulted.Gate.RunAsync("keys", "rotate", "receipt", "--json");
            Assert.InRange(fault.Hits, 1, int.MaxValue);
            Assert.NotEqual(0, rotated.Exit);
            faulted.Faults.Clear();
            Assert.Equal(200, (await faulted.CallAsync(agent, faulted.NewPath()))!.Status);
            await faulted.RecoversAsync(unresolved: 0);
        }

        Assert.Equal(0, (await faulted.Gate.RunAsync("receipts", "show", receipt, "--json")).Exit);
    }

    [Fact]
    public async Task A_key_that_the_disk_does_not_confirm_is_not_used()
    {
        using var agent = await faulted.AgentAsync();
        var keys = File.ReadAllBytes(Path.Combine(faulted.Gate.State, "receipt-keys.jwks"));
        var fault = faulted.Faults.Arm(FileCall.Sync, ".tmp", FaultAction.Fail, Errno.EIO, times: 0);
        Assert.NotEqual(0, (await faulted.Gate.RunAsync("keys", "rotate", "grant", "--json")).Exit);
        Assert.InRange(fault.Hits, 1, int.MaxValue);
        Assert.Equal(keys, File.ReadAllBytes(Path.Combine(faulted.Gate.State, "receipt-keys.jwks")));
        faulted.Faults.Clear();
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task A_writer_that_holds_the_ledger_for_a_moment_is_waited_for()
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        Task<WireAnswer?> call;
        using (var other = Database.Open(faulted.Gate.Ledger, DatabaseAccess.ReadWrite))
        {
            other.Execute("BEGIN IMMEDIATE");
            call = faulted.CallAsync(agent, path);
            await Task.Delay(500, TestContext.Current.CancellationToken);
            Assert.False(call.IsCompleted);
            Assert.Equal(0, faulted.Seen(path));
            other.Execute("ROLLBACK");
        }

        Assert.Equal((200, 1), ((await call)!.Status, faulted.Seen(path)));
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Theory]
    [InlineData(false, 503, "store_unavailable", 0)]
    [InlineData(true, 500, "evidence_persistence_failed", 1)]
    public async Task A_writer_that_holds_the_ledger_for_long_is_a_disk_that_takes_nothing(
        bool dispatched, int status, string code, int requests)
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        using (var other = Database.Open(faulted.Gate.Ledger, DatabaseAccess.ReadWrite))
        {
            void Hold() => other.Execute("BEGIN IMMEDIATE");
            faulted.Gate.OnRequest = dispatched ? _ => Hold() : null;
            if (!dispatched)
            {
                Hold();
            }

            (await faulted.CallAsync(agent, path))!.Refused(status, code);
            faulted.Gate.OnRequest = null;
            Assert.Equal(requests, faulted.Seen(path));
            other.Execute("ROLLBACK");
        }

        await Eventually.HoldsAsync(async () => (await agent.SendAsync("GET", "/readyz")).Status == 200);
        await faulted.RecoversAsync(unresolved: requests);
        Assert.Equal(requests, faulted.Seen(path));
    }

    [Fact]
    public async Task A_slow_disk_makes_calls_slow_and_nothing_else()
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(FileCall.Sync, "-wal", FaultAction.Delay, error: 200, times: 2);
        var path = faulted.NewPath();
        Assert.Equal((200, 1), ((await faulted.CallAsync(agent, path))!.Status, faulted.Seen(path)));
        Assert.Equal(2, fault.Hits);
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Fact]
    public async Task While_a_commit_waits_for_the_disk_health_answers_and_its_receipt_does_not()
    {
        using var agent = await faulted.AgentAsync();
        FaultControl.Armed? fault = null;
        faulted.Gate.OnRequest = _ => fault = faulted.Faults.Arm(FileCall.Sync, "-wal", FaultAction.Delay, error: 1500);
        var call = faulted.CallAsync(agent, faulted.NewPath());
        await Eventually.HoldsAsync(() => fault?.Hits == 1);
        faulted.Gate.OnRequest = null;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(200, (await agent.SendAsync("GET", "/readyz")).Status);
        }

        using var database = Database.Open(faulted.Ledger, DatabaseAccess.ReadOnly);
        using var newest = database.PrepareOnce("SELECT receipt_id FROM receipts ORDER BY intent_seq DESC LIMIT 1");
        Assert.True(newest.Step());
        var shown = agent.AuthorizedAsync("GET", $"/v1/receipts/{newest.String(0)}");
        Assert.False(call.IsCompleted);
        Assert.False(shown.IsCompleted);
        var answer = await call;
        Assert.Equal(200, answer!.Status);
        Assert.Equal(newest.String(0), answer.Text("receipt_id"));
        Assert.Equal(200, (await shown).Status);
        await faulted.RecoversAsync(unresolved: 0);
    }
}
