using LatchGate.Budgets;
using LatchGate.Evidence;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Budgets;

/// <summary>Budgets of principals in the ledger: the debit and the intent are one commit.</summary>
public sealed class PrincipalBudgetTests : IDisposable
{
    private readonly TempLedger _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task D33_many_sessions_at_once_share_what_their_principal_may_spend()
    {
        for (var i = 0; i < 20; i++)
        {
            await _temp.Ledger.InitBudgetAsync($"s{i}", 100, TempLedger.Start.AddHours(1), "agent:demo", "t");
        }

        var bounds = new CallBounds(10, 1000, null);
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(
            async () => await _temp.Ledger.RecordIntentAsync(_temp.Intent(session: $"s{i % 20}"), new IntentConditions(true, null, bounds)))));
        Assert.Equal(10, results.Count(r => r.Outcome == IntentOutcome.Recorded));
        Assert.All(results.Where(r => r.Proof is null), r => Assert.Equal((IntentOutcome.BudgetExhausted, BudgetBound.Hour), (r.Outcome, r.Exhausted!.Bound)));

        // A refused call takes nothing from the session either.
        Assert.Equal(1990, Enumerable.Range(0, 20).Sum(i => _temp.Ledger.CallsRemaining($"s{i}")));
        _temp.Close();
        Assert.Null(LedgerVerifier.Verify(_temp.Path, _temp.Keys).Defect);
    }

    [Fact]
    public async Task D33_neither_a_restart_nor_a_new_session_gives_calls_back()
    {
        var bounds = new CallBounds(null, null, 3);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(IntentOutcome.Recorded, (await RecordAsync(bounds, $"s{i}")).Outcome);
            _temp.Reopen();
        }

        _temp.Time.Advance(TimeSpan.FromDays(1000));
        var refused = await RecordAsync(bounds, "s9");
        Assert.Equal((IntentOutcome.BudgetExhausted, BudgetBound.Total, null), (refused.Outcome, refused.Exhausted!.Bound, refused.Exhausted.OpensAt));
        Assert.Equal(IntentOutcome.Recorded, (await RecordAsync(new CallBounds(null, null, 4), "s9")).Outcome);
    }

    [Fact]
    public async Task A_refused_call_leaves_no_trace_in_any_budget()
    {
        await _temp.Ledger.InitBudgetAsync("s1", 0, TempLedger.Start.AddHours(1), "agent:demo", "t");
        var bounds = new CallBounds(10, 10, 10);
        var refused = await _temp.Ledger.RecordIntentAsync(_temp.Intent(), new IntentConditions(true, null, bounds));
        Assert.Equal(BudgetBound.Session, refused.Exhausted!.Bound);
        Assert.Null(_temp.Ledger.Read(r => r.FindUsage("agent:demo")));
    }

    [Fact]
    public async Task The_tightest_bound_is_what_the_call_is_told()
    {
        await _temp.Ledger.InitBudgetAsync("s1", 5, TempLedger.Start.AddHours(1), "agent:demo", "t");
        var proof = (await _temp.Ledger.RecordIntentAsync(_temp.Intent(), new IntentConditions(true, null, new CallBounds(3, 9, null)))).Proof!;
        Assert.Equal((3, 2), (proof.CallsBefore, proof.CallsAfter));
        proof = (await _temp.Ledger.RecordIntentAsync(_temp.Intent(), new IntentConditions(true, null, new CallBounds(9, 9, null)))).Proof!;
        Assert.Equal((4, 3), (proof.CallsBefore, proof.CallsAfter));
        proof = (await _temp.Ledger.RecordIntentAsync(_temp.Intent(), new IntentConditions(false, null, new CallBounds(9, null, null)))).Proof!;
        Assert.Equal((7, 6), (proof.CallsBefore, proof.CallsAfter));
    }

    [Fact]
    public async Task A_clock_set_back_opens_no_spent_hour()
    {
        var bounds = new CallBounds(1, null, null);
        Assert.Equal(IntentOutcome.Recorded, (await RecordAsync(bounds)).Outcome);
        _temp.Time.Advance(TimeSpan.FromDays(-30));
        Assert.Equal(IntentOutcome.BudgetExhausted, (await RecordAsync(bounds)).Outcome);
        _temp.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(IntentOutcome.BudgetExhausted, (await RecordAsync(bounds)).Outcome);
        _temp.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(IntentOutcome.Recorded, (await RecordAsync(bounds)).Outcome);
    }

    [Fact]
    public async Task D32_the_budget_of_a_session_that_ended_is_not_revived()
    {
        await _temp.Ledger.InitBudgetAsync("s1", 2, TempLedger.Start.AddMinutes(1), "agent:demo", "t");
        _temp.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, (await _temp.Ledger.PurgeBudgetsAsync()).Value);
        Assert.Equal(IntentOutcome.BudgetSessionNotFound, (await _temp.Ledger.RecordIntentAsync(_temp.Intent(), new IntentConditions(true))).Outcome);
        Assert.Null(_temp.Ledger.CallsRemaining("s1"));
    }

    [Theory]
    [InlineData("DELETE FROM principal_budgets")]
    [InlineData("""UPDATE principal_budgets SET state = CAST('{"day":[],"hour":[],"total":0}' AS BLOB)""")]
    [InlineData("INSERT INTO principal_budgets VALUES('agent:other', x'7b7d')")]
    public async Task A_budget_that_somebody_refilled_is_found_by_the_verifier(string attack)
    {
        await RecordAsync(new CallBounds(5, null, null));
        _temp.Close();
        using (var database = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute(attack);
        }

        Assert.Equal(LedgerDefectKind.BudgetChanged, LedgerVerifier.Verify(_temp.Path, _temp.Keys).Defect?.Kind);
    }

    [Fact]
    public async Task Nothing_is_let_through_on_a_budget_that_cannot_be_read()
    {
        await RecordAsync(new CallBounds(5, null, null));
        _temp.Close();
        using (var database = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE principal_budgets SET state = x'00'");
        }

        _temp.Reopen();
        Assert.Equal(IntentOutcome.LedgerUnavailable, (await RecordAsync(new CallBounds(5, null, null))).Outcome);
    }

    private async Task<IntentResult> RecordAsync(CallBounds bounds, string session = "s1") =>
        await _temp.Ledger.RecordIntentAsync(_temp.Intent(session: session), new IntentConditions(false, null, bounds));
}
