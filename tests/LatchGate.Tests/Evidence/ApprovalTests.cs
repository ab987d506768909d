using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

public sealed class ApprovalTests
{
    private static readonly AuditEvent _event = TempLedger.Event(type: EventTypes.ApprovalClaimed);

    [Fact]
    public async Task An_approval_is_claimed_by_one_of_many_operators()
    {
        using var temp = await WithApprovalAsync("a1");
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => temp.Ledger.ClaimApprovalAsync("a1", $"op{i}", _event).AsTask())));
        var winner = Assert.Single(results, r => r.Outcome == ClaimOutcome.Claimed);
        Assert.Equal(19, results.Count(r => r.Outcome == ClaimOutcome.AlreadyClaimed));
        Assert.Equal(winner.Approval!.ClaimedBy, temp.Ledger.Read(r => r.FindApproval("a1"))!.ClaimedBy);
    }

    [Fact]
    public async Task A_stale_claim_is_taken_over_and_its_token_no_longer_holds()
    {
        using var temp = await WithApprovalAsync("a1");
        var first = await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event);
        temp.Time.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(ClaimOutcome.AlreadyClaimed, (await temp.Ledger.ClaimApprovalAsync("a1", "bob", _event)).Outcome);
        temp.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await temp.Ledger.ClaimApprovalAsync("a1", "bob", _event);
        Assert.Equal(ClaimOutcome.Claimed, second.Outcome);
        var stale = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, first.Token));
        Assert.Equal(IntentOutcome.ApprovalNotClaimed, stale.Outcome);
        var good = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, second.Token));
        Assert.Equal(IntentOutcome.Recorded, good.Outcome);
    }

    [Fact]
    public async Task An_approval_under_execution_is_never_run_again_even_after_a_restart()
    {
        using var temp = await WithApprovalAsync("a1");
        var claim = await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event);
        await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, claim.Token));
        temp.Time.Advance(TimeSpan.FromSeconds(200));
        temp.Reopen();
        Assert.Equal(ClaimOutcome.AlreadyClaimed, (await temp.Ledger.ClaimApprovalAsync("a1", "bob", _event)).Outcome);
        var again = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, claim.Token));
        Assert.Equal(IntentOutcome.ApprovalNotClaimed, again.Outcome);
        Assert.Equal("a1", Assert.Single(temp.Ledger.Read(r => r.ListApprovals(new ApprovalQuery(temp.Time.GetUtcNow(), ApprovalState.Executing, 10)))).ApprovalId);
    }

    [Fact]
    public async Task Receipt_and_approval_end_together()
    {
        using var temp = await WithApprovalAsync("a1");
        var claim = await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event);
        var intent = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, claim.Token));
        var receipt = temp.Receipt(intent.Proof!);
        var completion = new ApprovalCompletion("a1", claim.Token!, ApprovalState.Approved, "alice");
        Assert.True((await temp.Ledger.RecordOutcomeAsync(receipt, [_event], completion)).IsDurable);
        var approval = temp.Ledger.Read(r => r.FindApproval("a1"))!;
        Assert.Equal((ApprovalState.Approved, receipt.Content.ReceiptId, "alice"), (approval.State, approval.ReceiptId, approval.DecidedBy));
        Assert.Equal(ClaimOutcome.AlreadyCompleted, (await temp.Ledger.ClaimApprovalAsync("a1", "bob", _event)).Outcome);
    }

    [Fact]
    public async Task An_outcome_with_a_wrong_claim_token_is_undone_as_a_whole()
    {
        using var temp = await WithApprovalAsync("a1");
        var claim = await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event);
        var intent = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: "a1"), new IntentConditions(false, claim.Token));
        var wrong = new ApprovalCompletion("a1", "guess", ApprovalState.Approved, "eve");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await temp.Ledger.RecordOutcomeAsync(temp.Receipt(intent.Proof!), [_event], wrong));
        Assert.Single(temp.Ledger.Read(r => r.UnresolvedIntents()));
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    [Fact]
    public async Task A_denied_approval_stays_denied()
    {
        using var temp = await WithApprovalAsync("a1");
        var denial = new ApprovalCompletion("a1", "none", ApprovalState.Denied, "alice", "not now");
        Assert.Equal(CompletionOutcome.NotClaimed, await temp.Ledger.CompleteApprovalAsync(denial, _event));
        var claim = await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event);
        Assert.Equal(CompletionOutcome.Completed, await temp.Ledger.CompleteApprovalAsync(denial with { ClaimToken = claim.Token! }, _event));
        Assert.Equal(CompletionOutcome.AlreadyCompleted, await temp.Ledger.CompleteApprovalAsync(denial with { ClaimToken = claim.Token! }, _event));
        Assert.Equal(CompletionOutcome.NotFound, await temp.Ledger.CompleteApprovalAsync(denial with { ApprovalId = "a2" }, _event));
        Assert.Equal("not now", temp.Ledger.Read(r => r.FindApproval("a1"))!.Reason);
    }

    [Fact]
    public async Task An_approval_that_nobody_decides_expires_and_the_chain_says_so()
    {
        using var temp = await WithApprovalAsync("a1");
        temp.Time.Advance(TimeSpan.FromSeconds(300));
        Assert.Single((await temp.Ledger.ExpireApprovalsAsync()).Value!);
        Assert.Empty((await temp.Ledger.ExpireApprovalsAsync()).Value!);
        Assert.Equal(ClaimOutcome.Expired, (await temp.Ledger.ClaimApprovalAsync("a1", "alice", _event)).Outcome);
        Assert.Single(temp.Ledger.Read(r => r.QueryEvents(new EventQuery { EventType = EventTypes.ApprovalExpired })));
        Assert.Equal(0, temp.Ledger.OpenApprovals);
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    [Fact]
    public async Task An_id_is_used_once_and_an_unknown_one_is_not_found()
    {
        using var temp = await WithApprovalAsync("a1");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await temp.Ledger.HoldApprovalAsync(temp.Approval("a1"), _event, TempLedger.Bounds));
        Assert.Equal(ClaimOutcome.NotFound, (await temp.Ledger.ClaimApprovalAsync("a2", "alice", _event)).Outcome);
    }

    private static async Task<TempLedger> WithApprovalAsync(string id)
    {
        var temp = new TempLedger();
        var asked = TempLedger.Event(type: EventTypes.ActionCall) with { ApprovalId = id };
        Assert.Equal(HoldOutcome.Held, (await temp.Ledger.HoldApprovalAsync(temp.Approval(id), asked, TempLedger.Bounds)).Value.Outcome);
        return temp;
    }
}
