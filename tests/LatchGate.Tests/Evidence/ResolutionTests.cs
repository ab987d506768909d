using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>Intents that operators resolved.</summary>
public sealed class ResolutionTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_note_resolves_an_intent_once_is_signed_and_the_verifier_counts_it()
    {
        using var temp = new TempLedger();
        await temp.Ledger.RecordIntentAsync(temp.Intent("g1"));
        temp.Reopen();
        Assert.Equal(ResolutionOutcome.NotFound, await ResolveAsync(temp, "g2"));
        Assert.Equal(ResolutionOutcome.Resolved, await ResolveAsync(temp, "g1"));
        Assert.Equal(ResolutionOutcome.AlreadyResolved, await ResolveAsync(temp, "g1"));
        Assert.Equal(0, temp.Ledger.Read(r => r.CountUnresolvedIntents()));
        var note = Assert.Single(temp.Ledger.Read(r => r.QueryEvents(new EventQuery { EventType = "intent_resolved" })));
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Empty(report.Unresolved);
        Assert.Equal(note.Seq, report.SignedThrough);
    }

    [Fact]
    public async Task An_intent_of_this_run_waits_until_no_call_can_be_under_way()
    {
        using var temp = new TempLedger();
        await temp.Ledger.RecordIntentAsync(temp.Intent("g1"));
        Assert.Equal(ResolutionOutcome.InFlight, await ResolveAsync(temp, "g1"));
        temp.Time.Advance(Longest);
        Assert.Equal(ResolutionOutcome.Resolved, await ResolveAsync(temp, "g1"));
    }

    [Fact]
    public async Task An_intent_with_a_receipt_cannot_be_resolved_by_a_note()
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        temp.Reopen();
        var grant = (await GrantsAsync(temp))[0];
        Assert.Equal(ResolutionOutcome.AlreadyResolved, await ResolveAsync(temp, grant));
    }

    [Theory]
    [InlineData("INSERT INTO open_intents SELECT seq FROM intents", LedgerDefectKind.ResolutionInvalid)]
    [InlineData("DELETE FROM intents", LedgerDefectKind.IntentMissing)]
    public async Task A_note_and_the_tables_must_agree(string attack, LedgerDefectKind kind)
    {
        using var temp = new TempLedger();
        await temp.Ledger.RecordIntentAsync(temp.Intent("g1"));
        temp.Reopen();
        Assert.Equal(ResolutionOutcome.Resolved, await ResolveAsync(temp, "g1"));
        temp.Close();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute(attack);
        }

        Assert.Equal(kind, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect?.Kind);
    }

    [Fact]
    public async Task An_intent_that_is_taken_off_the_list_without_a_note_is_found()
    {
        using var temp = new TempLedger();
        await temp.Ledger.RecordIntentAsync(temp.Intent("g1"));
        temp.Close();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("DELETE FROM open_intents");
        }

        Assert.Equal(LedgerDefectKind.RowNotVouched, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect?.Kind);
    }

    private static async Task<ResolutionOutcome> ResolveAsync(TempLedger temp, string grant)
    {
        var written = await temp.Ledger.ResolveIntentAsync(
            grant, ResolvedAs.Happened, "the issue is there", Longest, TempLedger.Event(type: EventTypes.IntentResolved, principal: "ada") with { SessionId = "", ActionId = "" });
        Assert.True(written.IsDurable);
        return written.Value;
    }

    private static Task<List<string>> GrantsAsync(TempLedger temp)
    {
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadOnly);
        using var rows = database.PrepareOnce("SELECT grant_id FROM intents");
        var grants = new List<string>();
        while (rows.Step())
        {
            grants.Add(rows.String(0));
        }

        return Task.FromResult(grants);
    }
}
