using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

public sealed class InterruptedApprovalTests
{
    [Fact]
    public async Task An_execution_that_another_run_left_ends_its_approval_as_failed_and_keeps_its_intent_unresolved()
    {
        using var temp = new TempLedger();
        var claim = await ClaimAsync(temp, "a1");
        await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, claim.Token));
        await ClaimAsync(temp, "a2");
        temp.Reopen();

        Assert.Equal(1, (await temp.Ledger.EndInterruptedApprovalsAsync()).Value);
        Assert.Equal(0, (await temp.Ledger.EndInterruptedApprovalsAsync()).Value);

        var ended = temp.Ledger.Read(r => r.FindApproval("a1"))!;
        Assert.Equal(ApprovalState.Failed, ended.State);
        Assert.Equal("evidence_persistence_failed", ended.Reason);
        Assert.Null(ended.ReceiptId);
        Assert.Equal(ApprovalState.Claimed, temp.Ledger.Read(r => r.FindApproval("a2"))!.State);
        Assert.Single(temp.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Equal(ClaimOutcome.AlreadyCompleted, (await temp.Ledger.ClaimApprovalAsync("a1", "bob", TempLedger.Event())).Outcome);

        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    [Fact]
    public async Task A_large_number_of_them_is_ended_in_shares()
    {
        using var temp = new TempLedger();
        for (var i = 0; i < 5; i++)
        {
            var claim = await ClaimAsync(temp, $"a{i}");
            await temp.Ledger.RecordIntentAsync(temp.Intent(approval: $"a{i}"), new IntentConditions(false, claim.Token));
        }

        Assert.Equal(3, (await temp.Ledger.EndInterruptedApprovalsAsync(3)).Value);
        Assert.Equal(2, (await temp.Ledger.EndInterruptedApprovalsAsync(3)).Value);
    }

    private static async Task<ClaimResult> ClaimAsync(TempLedger temp, string id)
    {
        var asked = TempLedger.Event(type: EventTypes.ActionCall);
        Assert.True((await temp.Ledger.HoldApprovalAsync(temp.Approval(id), asked, TempLedger.Bounds)).IsDurable);
        return await temp.Ledger.ClaimApprovalAsync(id, "alice", TempLedger.Event(type: EventTypes.ApprovalClaimed));
    }
}
