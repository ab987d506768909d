using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

public sealed class LedgerTests
{
    [Fact]
    public async Task A_call_leaves_an_intent_a_receipt_and_two_chained_events()
    {
        using var temp = new TempLedger();
        var evidence = await temp.CallAsync();

        var events = temp.Ledger.Read(r => r.EventsFrom(1, 10));
        Assert.Equal(2, events.Count);
        using var first = JsonDocument.Parse(events[0].Json);
        using var second = JsonDocument.Parse(events[1].Json);
        Assert.Equal("intent", first.RootElement.GetProperty("event_type").GetString());
        Assert.Equal(JsonValueKind.Null, first.RootElement.GetProperty("prev_hash").ValueKind);
        Assert.Equal(LatchGate.Crypto.Sha256Digest.Of(events[0].Json.Span).ToString(), second.RootElement.GetProperty("prev_hash").GetString());
        Assert.Equal(evidence.Receipt.Canonical.Digest.ToString(), second.RootElement.GetProperty("receipt_digest").GetString());
        Assert.Empty(temp.Ledger.Read(r => r.UnresolvedIntents()));
    }

    [Fact]
    public async Task A_grant_is_consumed_once_however_many_try_at_once()
    {
        using var temp = new TempLedger();
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
            (await temp.Ledger.RecordIntentAsync(temp.Intent("01941f29-7c00-7000-8000-aaaaaaaaaaaa"))).Outcome)));
        Assert.Single(results, IntentOutcome.Recorded);
        Assert.Equal(49, results.Count(r => r == IntentOutcome.GrantAlreadyConsumed));
    }

    [Fact]
    public async Task A_budget_of_ten_allows_ten_of_a_hundred_parallel_calls()
    {
        using var temp = new TempLedger();
        Assert.True((await temp.Ledger.InitBudgetAsync("s1", 10, TempLedger.Start.AddHours(1), "agent:demo", "t")).Value);
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
            (await temp.Ledger.RecordIntentAsync(temp.Intent(), new IntentConditions(DebitBudget: true))).Outcome)));
        Assert.Equal(10, results.Count(r => r == IntentOutcome.Recorded));
        Assert.Equal(90, results.Count(r => r == IntentOutcome.BudgetExhausted));
        Assert.Equal(0, temp.Ledger.Read(r => r.FindBudget("s1", TempLedger.Start))!.Value.CallsRemaining);
    }

    [Fact]
    public async Task A_refused_intent_takes_nothing()
    {
        using var temp = new TempLedger();
        await temp.Ledger.InitBudgetAsync("s1", 0, TempLedger.Start.AddHours(1), "agent:demo", "t");
        var intent = temp.Intent();
        Assert.Equal(IntentOutcome.BudgetExhausted, (await temp.Ledger.RecordIntentAsync(intent, new IntentConditions(true))).Outcome);
        Assert.Equal(1, temp.Ledger.Read(r => r.CountEvents()));
        Assert.Equal(IntentOutcome.Recorded, (await temp.Ledger.RecordIntentAsync(intent)).Outcome);
    }

    [Fact]
    public async Task A_budget_without_a_bound_is_never_exhausted_and_an_ended_one_is_not_found()
    {
        using var temp = new TempLedger();
        await temp.Ledger.InitBudgetAsync("s1", null, TempLedger.Start.AddSeconds(60), "agent:demo", "t");
        var result = await temp.Ledger.RecordIntentAsync(temp.Intent(), new IntentConditions(true));
        Assert.Equal(IntentOutcome.Recorded, result.Outcome);
        Assert.Null(result.Proof!.CallsAfter);
        temp.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(IntentOutcome.BudgetSessionNotFound, (await temp.Ledger.RecordIntentAsync(temp.Intent(), new IntentConditions(true))).Outcome);
        Assert.Equal(IntentOutcome.BudgetSessionNotFound, (await temp.Ledger.RecordIntentAsync(temp.Intent(session: "s2"), new IntentConditions(true))).Outcome);
        Assert.Equal(1, (await temp.Ledger.PurgeBudgetsAsync()).Value);
    }

    [Fact]
    public async Task A_session_keeps_the_budget_it_was_given_first()
    {
        using var temp = new TempLedger();
        Assert.True((await temp.Ledger.InitBudgetAsync("s1", 3, TempLedger.Start.AddHours(1), "agent:demo", "t")).Value);
        Assert.False((await temp.Ledger.InitBudgetAsync("s1", 9, TempLedger.Start.AddHours(1), "agent:demo", "t")).Value);
        Assert.Equal(3, temp.Ledger.Read(r => r.FindBudget("s1", TempLedger.Start))!.Value.CallsRemaining);
    }

    [Fact]
    public async Task Two_hundred_parallel_intents_share_commits_and_are_all_there()
    {
        using var temp = new TempLedger();
        var before = temp.Ledger.Commits;

        // While another connection holds the database, whoever came first waits for it, and all others queue up.
        using var other = LatchGate.Storage.Database.Open(temp.Path, LatchGate.Storage.DatabaseAccess.ReadWrite);
        other.Execute("BEGIN IMMEDIATE");
        var queued = 0;
        var calls = Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
        {
            var call = temp.Ledger.RecordIntentAsync(temp.Intent()).AsTask();
            Interlocked.Increment(ref queued);
            return call;
        })).ToArray();
        await Eventually.HoldsAsync(() => Volatile.Read(ref queued) >= calls.Length - 1);

        other.Execute("ROLLBACK");
        var results = await Task.WhenAll(calls);
        Assert.All(results, r => Assert.Equal(IntentOutcome.Recorded, r.Outcome));
        Assert.InRange(temp.Ledger.Commits - before, 1, 199);
        temp.Reopen();
        Assert.Equal(200, temp.Ledger.Read(r => r.CountEvents()));
        Assert.Equal(200, temp.Ledger.Read(r => r.UnresolvedIntents()).Count);
    }

    [Fact]
    public async Task Work_that_throws_is_undone_alone_and_the_chain_goes_on()
    {
        using var temp = new TempLedger();
        var intent = await temp.Ledger.RecordIntentAsync(temp.Intent());
        var receipt = temp.Receipt(intent.Proof!);
        Assert.True((await temp.Ledger.RecordOutcomeAsync(receipt, [TempLedger.Event()])).IsDurable);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await temp.Ledger.RecordOutcomeAsync(receipt, [TempLedger.Event()]));
        Assert.Equal(3, (await temp.Ledger.AppendEventAsync(TempLedger.Event())).Value);
    }

    [Fact]
    public async Task An_intent_without_outcome_is_reported_after_a_restart()
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        var lost = temp.Intent();
        await temp.Ledger.RecordIntentAsync(lost);
        temp.Reopen();
        var unresolved = Assert.Single(temp.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Equal(lost.GrantId, unresolved.GrantId);
        Assert.Equal("2026-01-02T03:04:05.000Z", unresolved.StartedAt);
    }

    [Fact]
    public async Task Two_events_of_one_request_are_both_kept()
    {
        using var temp = new TempLedger();
        await temp.Ledger.AppendEventAsync(TempLedger.Event("same"));
        await temp.Ledger.AppendEventAsync(TempLedger.Event("same"));
        Assert.Equal(2, temp.Ledger.Read(r => r.QueryEvents(new EventQuery { TraceId = "same" })).Count);
    }

    [Fact]
    public async Task Events_are_found_by_filter_newest_first_and_paged_without_loss()
    {
        using var temp = new TempLedger();
        for (var i = 0; i < 5; i++)
        {
            await temp.Ledger.AppendEventAsync(TempLedger.Event(principal: i % 2 == 0 ? "even" : "odd"));
        }

        Assert.Equal([5, 3, 1], temp.Ledger.Read(r => r.QueryEvents(new EventQuery { Principal = "even" })).Select(e => e.Seq));
        Assert.Equal([5, 4], temp.Ledger.Read(r => r.QueryEvents(new EventQuery { Limit = 2 })).Select(e => e.Seq));
        Assert.Equal([3, 2], temp.Ledger.Read(r => r.QueryEvents(new EventQuery { Limit = 2, BeforeSeq = 4 })).Select(e => e.Seq));
        Assert.Empty(temp.Ledger.Read(r => r.QueryEvents(new EventQuery { After = TempLedger.Start })));
        Assert.Equal(5, temp.Ledger.Read(r => r.QueryEvents(new EventQuery { After = TempLedger.Start.AddMilliseconds(-1) })).Count);
    }

    [Fact]
    public async Task A_receipt_is_shown_only_to_its_principal()
    {
        using var temp = new TempLedger();
        var id = (await temp.CallAsync()).Receipt.Content.ReceiptId;
        Assert.NotNull(temp.Ledger.Read(r => r.FindReceipt(id)));
        Assert.NotNull(temp.Ledger.Read(r => r.FindReceipt(id, "agent:demo")));
        Assert.Null(temp.Ledger.Read(r => r.FindReceipt(id, "agent:other")));
        Assert.Null(temp.Ledger.Read(r => r.FindReceipt("unknown")));
    }

    [Fact]
    public async Task A_closed_ledger_refuses_writes()
    {
        var temp = new TempLedger();
        var ledger = temp.Ledger;
        temp.Dispose();
        Assert.Equal(WriteFault.Stopped, (await ledger.AppendEventAsync(TempLedger.Event())).Fault);
    }
}
