using LatchGate.Evidence;
using LatchGate.Tests.Api;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>The power is cut: what the gate wrote and did not sync is gone, or is there in part, sector by sector.</summary>
public sealed class PowerCutTests(FaultedGate faulted) : IClassFixture<FaultedGate>
{
    private const int Seeds = 8;

    /// <param name="dispatched">Whether the destination has the request before the fault is armed.</param>
    /// <param name="call">The system call, on the ledger's log.</param>
    /// <param name="action">Before it, or after it.</param>
    /// <param name="requests">Requests that the destination has got in the end.</param>
    /// <param name="fewest">The fewest intents without receipt that may be left.</param>
    [Theory]
    [InlineData(false, FileCall.Write, FaultAction.KillAfter, 0, 0)]
    [InlineData(false, FileCall.Sync, FaultAction.KillBefore, 0, 0)]
    [InlineData(false, FileCall.Sync, FaultAction.KillAfter, 0, 1)]
    [InlineData(true, FileCall.Write, FaultAction.KillAfter, 1, 1)]
    [InlineData(true, FileCall.Sync, FaultAction.KillBefore, 1, 1)]
    [InlineData(true, FileCall.Sync, FaultAction.KillAfter, 1, 0)]
    public async Task A_call_is_made_at_most_once_and_what_was_confirmed_is_there(
        bool dispatched, FileCall call, FaultAction action, int requests, int fewest)
    {
        await StoppedAsync();
        var cut = new PowerCut(faulted.Gate.State);
        using var agent = await faulted.AgentAsync(journal: true);
        var earlier = await faulted.CallAsync(agent, faulted.NewPath());
        Assert.Equal(200, earlier?.Status);
        FaultControl.Armed? fault = null;
        void Arm() => fault = faulted.Faults.Arm(call, "-wal", action);
        faulted.Gate.OnRequest = dispatched ? _ => Arm() : null;
        if (!dispatched)
        {
            Arm();
        }

        var path = faulted.NewPath();
        Assert.Null(await faulted.CallAsync(agent, path));
        faulted.Gate.OnRequest = null;
        await faulted.DiesAsync();
        Assert.Equal(1, fault!.Hits);
        Survives(cut, [earlier!.Text("receipt_id")!]);
        cut.Apply(faulted.Gate.State, seed: null);
        await faulted.RecoversAsync(fewest);
        Assert.Equal(requests, faulted.Seen(path));
    }

    [Theory]
    [InlineData(FileCall.Write, "audit.db", 0)]
    [InlineData(FileCall.Write, "audit.db", 3)]
    [InlineData(FileCall.Sync, "audit.db", 0)]
    [InlineData(FileCall.Truncate, "audit.db-wal", 0)]
    [InlineData(FileCall.Unlink, "audit.db-wal", 0)]
    public async Task Cut_while_the_log_is_moved_to_the_file_it_has_lost_nothing(FileCall call, string file, int skip)
    {
        await StoppedAsync();
        var cut = new PowerCut(faulted.Gate.State);
        using var agent = await faulted.AgentAsync(journal: true);
        var receipts = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            receipts.Add((await faulted.CallAsync(agent, faulted.NewPath()))!.Text("receipt_id")!);
        }

        var fault = faulted.Faults.Arm(call, file, FaultAction.KillAfter, skip: skip);
        faulted.Gate.Signal(BinaryGate.Terminate);
        await faulted.DiesAsync();
        Assert.Equal(1, fault.Hits);
        Survives(cut, receipts);
        cut.Apply(faulted.Gate.State, seed: null);
        await faulted.RecoversAsync(unresolved: 0);
    }

    /// <summary>
    /// A sync of the log fails: the kernel marks the pages clean, so a process that reads them finds what the disk does not have. What
    /// comes after them in the log is lost with them, were it ever so well synced.
    /// </summary>
    [Fact]
    public async Task What_is_confirmed_after_a_failed_sync_and_a_restart_does_not_stand_on_what_the_disk_never_got()
    {
        await StoppedAsync();
        var cut = new PowerCut(faulted.Gate.State);
        FaultControl.Armed? fault = null;
        string journal;
        var path = faulted.NewPath();
        using (var agent = await faulted.AgentAsync(journal: true))
        {
            journal = faulted.Journal!;
            faulted.Gate.OnRequest = _ => fault = faulted.Faults.Arm(FileCall.Sync, "-wal", FaultAction.FailThenKill, Errno.EIO);
            Assert.Null(await faulted.CallAsync(agent, path));
            faulted.Gate.OnRequest = null;
            await faulted.DiesAsync();
            Assert.Equal(1, fault!.Hits);
            faulted.Faults.Clear();
        }

        // The process is another, the machine is the same.
        string receipt;
        using (var agent = await faulted.AgentAsync(same: journal))
        {
            receipt = (await faulted.CallAsync(agent, faulted.NewPath()))!.Text("receipt_id")!;
            await faulted.Gate.StopAsync(BinaryGate.Kill);
        }

        Survives(cut, [receipt], journal);
        cut.Apply(faulted.Gate.State, seed: null);
        await faulted.RecoversAsync(unresolved: 0);
        Assert.Equal(1, faulted.Seen(path));
    }

    [Fact]
    public async Task A_sync_of_the_file_that_failed_does_not_lose_what_the_log_still_has()
    {
        await StoppedAsync();
        var cut = new PowerCut(faulted.Gate.State);
        using var agent = await faulted.AgentAsync(journal: true);
        var fault = faulted.Faults.Arm(FileCall.Sync, "audit.db", FaultAction.Fail, Errno.EIO);
        var receipts = new List<string>();

        // Enough to fill the log up, so that the gate moves it to the file; from then on nothing is confirmed.
        for (var i = 0; i < 200 && fault.Hits == 0; i++)
        {
            var answer = await faulted.CallAsync(agent, "/large");
            if (answer is { Status: 200 })
            {
                receipts.Add(answer.Text("receipt_id")!);
            }
        }

        Assert.Equal(1, fault.Hits);
        var ready = await agent.SendAsync("GET", "/readyz");
        Assert.Equal(503, ready.Status);
        Assert.Equal(0, await faulted.Gate.StopAsync(BinaryGate.Terminate));
        Survives(cut, receipts, seeds: 2);
        cut.Apply(faulted.Gate.State, seed: null);
        await faulted.RecoversAsync(await faulted.VerifiedAsync());
    }

    // Whatever part of the unsynced writes is left: an intact chain, and every receipt that a client was given.
    private void Survives(PowerCut cut, IReadOnlyList<string> receipts, string? journal = null, int seeds = Seeds)
    {
        var folder = Path.Combine(faulted.Gate.Root, "after-cut");
        Directory.CreateDirectory(folder);
        var ledger = Path.Combine(folder, "audit.db");
        cut.Read(journal ?? faulted.Journal!);
        Assert.NotEqual(0, cut.Waiting);
        for (var seed = -1; seed < seeds; seed++)
        {
            cut.Apply(folder, seed < 0 ? null : seed);
            var report = faulted.Verify(ledger);
            Assert.True(report.Intact, $"seed {seed}: {report.Defect}");
            using var reader = new LedgerReader(ledger);
            Assert.All(receipts, receipt => Assert.True(reader.FindReceipt(receipt) is not null, $"seed {seed}: receipt {receipt} is lost"));
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task StoppedAsync()
    {
        faulted.Faults.Clear();
        if (faulted.Gate.Running is not null)
        {
            await faulted.Gate.StopAsync(BinaryGate.Terminate);
        }
    }
}
