using LatchGate.Storage;
using LatchGate.Tests.Api;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>The disk refuses while the gate runs: full, quota, read-only, broken.</summary>
public sealed class FailingDiskTests(FaultedGate faulted) : IClassFixture<FaultedGate>
{
    public static TheoryData<FileCall, FaultAction, int> Refusals => new()
    {
        { FileCall.Write, FaultAction.Fail, Errno.ENOSPC },
        { FileCall.Write, FaultAction.Short, Errno.ENOSPC },
        { FileCall.Write, FaultAction.Fail, Errno.EDQUOT },
        { FileCall.Write, FaultAction.Fail, Errno.EROFS },
        { FileCall.Write, FaultAction.Fail, Errno.EIO },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task An_intent_that_cannot_be_written_is_not_dispatched_and_the_gate_recovers_by_itself(
        FileCall call, FaultAction action, int error)
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(call, "-wal", action, error, times: 0);
        var path = faulted.NewPath();
        (await faulted.CallAsync(agent, path))!.Refused(503, "store_unavailable");
        Assert.InRange(fault.Hits, 1, int.MaxValue);
        Assert.Equal(0, faulted.Seen(path));
        var ready = await ReadyAsync(agent);
        Assert.Equal((503, false, "ledger_write_failed"), ready);

        // It is mended.
        faulted.Faults.Clear();
        await UntilReadyAsync(agent);
        Assert.Equal((200, 1), ((await faulted.CallAsync(agent, path))!.Status, faulted.Seen(path)));
        await faulted.RecoversAsync(unresolved: 0);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_receipt_that_cannot_be_written_is_no_success(FileCall call, FaultAction action, int error)
    {
        using var agent = await faulted.AgentAsync();
        FaultControl.Armed? fault = null;
        faulted.Gate.OnRequest = _ => fault = faulted.Faults.Arm(call, "-wal", action, error, times: 0);
        var path = faulted.NewPath();
        var answer = await faulted.CallAsync(agent, path);
        faulted.Gate.OnRequest = null;
        answer!.Refused(500, "evidence_persistence_failed");
        Assert.InRange(fault!.Hits, 1, int.MaxValue);
        Assert.Equal(1, faulted.Seen(path));
        Assert.Equal((503, false, "ledger_write_failed"), await ReadyAsync(agent));
        faulted.Faults.Clear();
        await UntilReadyAsync(agent);
        await faulted.RecoversAsync(unresolved: 1);
        Assert.Equal(1, faulted.Seen(path));
    }

    [Fact]
    public async Task A_ledger_that_does_not_take_writes_is_never_said_to_be_ready()
    {
        using var agent = await faulted.AgentAsync();
        var fault = faulted.Faults.Arm(FileCall.Write, "-wal", FaultAction.Fail, Errno.ENOSPC, times: 0);
        (await faulted.CallAsync(agent, faulted.NewPath()))!.Refused(503, "store_unavailable");
        var hits = fault.Hits;

        // The gate asks the disk again and again by itself.
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal(503, (await ReadyAsync(agent)).Status);
            return fault.Hits >= hits + 3;
        });

        Assert.Equal(503, (await ReadyAsync(agent)).Status);
        await faulted.RecoversAsync(unresolved: 0);
    }

    /// <summary>After a failed sync nobody knows what is on the disk, and to ask again proves nothing.</summary>
    [Theory]
    [InlineData(false, 503, "store_unavailable", 0)]
    [InlineData(true, 500, "evidence_persistence_failed", 1)]
    public async Task After_a_sync_that_failed_the_ledger_takes_nothing_until_the_gate_is_started_again(
        bool dispatched, int status, string code, int requests)
    {
        using var agent = await faulted.AgentAsync();
        var approval = await faulted.HeldAsync(agent, faulted.NewPath());
        FaultControl.Armed? fault = null;
        void Arm() => fault = faulted.Faults.Arm(FileCall.Sync, "-wal", FaultAction.Fail, Errno.EIO);
        faulted.Gate.OnRequest = dispatched ? _ => Arm() : null;
        if (!dispatched)
        {
            Arm();
        }

        var path = faulted.NewPath();
        var answer = await faulted.CallAsync(agent, path);
        faulted.Gate.OnRequest = null;
        answer!.Refused(status, code);
        Assert.Equal(1, fault!.Hits);
        Assert.Equal(requests, faulted.Seen(path));
        Assert.Equal((503, false, "ledger_sync_failed"), await ReadyAsync(agent));
        var told = (await faulted.Gate.RunAsync("status", "--json")).Json.GetProperty("gate").GetProperty("ledger_problem").GetString();
        Assert.StartsWith("ledger_sync_failed: ", told, StringComparison.Ordinal);

        // What is held may be gone, too.
        (await agent.AuthorizedAsync("GET", $"/v1/approvals/{approval}/poll")).Refused(503, "evidence_unconfirmed");

        // The receipt of that call can be read, but is no evidence, and the mirror must not be ahead of what the ledger is known to hold.
        if (dispatched)
        {
            using var database = Database.Open(faulted.Ledger, DatabaseAccess.ReadOnly);
            using var newest = database.PrepareOnce("SELECT receipt_id FROM receipts ORDER BY intent_seq DESC LIMIT 1");
            Assert.True(newest.Step());
            (await agent.AuthorizedAsync("GET", $"/v1/receipts/{newest.String(0)}")).Refused(503, "evidence_unconfirmed");
            await Task.Delay(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken);
            Assert.DoesNotContain(newest.String(0), await File.ReadAllTextAsync(faulted.Mirror, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        // The disk answers again, and the gate does not believe it.
        var later = faulted.NewPath();
        (await faulted.CallAsync(agent, later))!.Refused(503, "store_unavailable");
        Assert.Equal(0, faulted.Seen(later));
        await Eventually.HoldsAsync(() => faulted.Gate.Log.Contains("\"ledger_sync_failed\"", StringComparison.Ordinal));
        Assert.Equal(0, await faulted.Gate.StopAsync(BinaryGate.Terminate));

        // What was written is in the log, and is found by the next start: more than was confirmed, never less.
        await faulted.RecoversAsync(unresolved: dispatched ? 0 : 1);
        Assert.Equal(requests, faulted.Seen(path));
    }

    private async Task<(int Status, bool Ledger, string? Reason)> ReadyAsync(WireAgent agent)
    {
        var answer = await agent.SendAsync("GET", "/readyz");
        var reasons = answer.Json.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()).ToArray();
        return (answer.Status, answer.Json.GetProperty("ledger").GetBoolean(), reasons.SingleOrDefault());
    }

    private Task UntilReadyAsync(WireAgent agent) => Eventually.HoldsAsync(async () => (await ReadyAsync(agent)).Status == 200);
}
