namespace LatchGate.Binary.Tests.Faults;

/// <summary>
/// The gate is killed (SIGKILL, by itself, in the system call that is named) at each point of a call that policy lets through. Approved
/// calls have their own such table: <c>CrashMatrixTests</c>.
/// </summary>
public sealed class KilledCallTests(FaultedGate faulted) : IClassFixture<FaultedGate>
{
    /// <param name="dispatched">Whether the destination has the request before the fault is armed.</param>
    /// <param name="call">The system call, on the ledger's log.</param>
    /// <param name="action">Before it, or after it.</param>
    /// <param name="skip">Which of them.</param>
    /// <param name="requests">Requests that the destination has got in the end.</param>
    /// <param name="unresolved">Intents without receipt.</param>
    [Theory]
    [InlineData(false, FileCall.Write, FaultAction.KillBefore, 0, 0, 0)] // before the intent's first byte
    [InlineData(false, FileCall.Write, FaultAction.KillAfter, 3, 0, 0)] // in the middle of it
    [InlineData(false, FileCall.Sync, FaultAction.KillBefore, 0, 0, 1)] // written, not known to be on the disk
    [InlineData(false, FileCall.Sync, FaultAction.KillAfter, 0, 0, 1)] // on the disk, not dispatched
    [InlineData(true, FileCall.Write, FaultAction.KillBefore, 0, 1, 1)] // dispatched, before the receipt's first byte
    [InlineData(true, FileCall.Write, FaultAction.KillAfter, 3, 1, 1)] // in the middle of it
    [InlineData(true, FileCall.Sync, FaultAction.KillBefore, 0, 1, 0)] // the receipt is written, not known to be on the disk
    [InlineData(true, FileCall.Sync, FaultAction.KillAfter, 0, 1, 0)] // the receipt is on the disk, not answered
    public async Task A_call_is_made_at_most_once_wherever_the_gate_is_killed(
        bool dispatched, FileCall call, FaultAction action, int skip, int requests, int unresolved)
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        FaultControl.Armed? fault = null;
        void Arm() => fault = faulted.Faults.Arm(call, "-wal", action, skip: skip);
        faulted.Gate.OnRequest = dispatched ? _ => Arm() : null;
        if (!dispatched)
        {
            Arm();
        }

        Assert.Null(await faulted.CallAsync(agent, path));
        await faulted.DiesAsync();
        faulted.Gate.OnRequest = null;
        Assert.Equal(1, fault!.Hits);
        Assert.Equal(requests, faulted.Seen(path));
        await faulted.RecoversAsync(unresolved);
        Assert.Equal(requests, faulted.Seen(path));
    }

    [Fact]
    public async Task A_call_that_the_destination_has_when_the_gate_is_killed_is_not_made_again()
    {
        using var agent = await faulted.AgentAsync();
        var path = faulted.NewPath();
        faulted.Gate.OnRequest = _ => faulted.Gate.Signal(BinaryGate.Kill);
        Assert.Null(await faulted.CallAsync(agent, path));
        faulted.Gate.OnRequest = null;
        await faulted.DiesAsync();
        await faulted.RecoversAsync(unresolved: 1);
        Assert.Equal(1, faulted.Seen(path));
    }

    [Theory]
    [InlineData(FileCall.Write, "audit.db-wal", FaultAction.KillAfter)] // while the head is signed
    [InlineData(FileCall.Write, "audit.db", FaultAction.KillBefore)] // while the log is moved to the file
    [InlineData(FileCall.Write, "audit.db", FaultAction.KillAfter)]
    [InlineData(FileCall.Sync, "audit.db", FaultAction.KillBefore)]
    [InlineData(FileCall.Sync, "audit.db", FaultAction.KillAfter)]
    [InlineData(FileCall.Truncate, "audit.db-wal", FaultAction.KillBefore)]
    [InlineData(FileCall.Truncate, "audit.db-wal", FaultAction.KillAfter)]
    [InlineData(FileCall.Unlink, "audit.db-wal", FaultAction.KillBefore)]
    public async Task Killed_while_it_stops_it_has_lost_nothing(FileCall call, string file, FaultAction action)
    {
        using var agent = await faulted.AgentAsync();
        var answer = await faulted.CallAsync(agent, faulted.NewPath());
        Assert.Equal(200, answer?.Status);
        var fault = faulted.Faults.Arm(call, file, action);
        faulted.Gate.Signal(BinaryGate.Terminate);
        await faulted.DiesAsync();
        Assert.Equal(1, fault.Hits);
        Assert.NotNull(faulted.Verify(faulted.Gate.Ledger).Head);
        await faulted.RecoversAsync(unresolved: 0);
        Assert.Equal(0, (await faulted.Gate.RunAsync("receipts", "show", answer!.Text("receipt_id")!, "--ledger", faulted.Gate.Ledger)).Exit);
    }
}
