using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>Ledgers that earlier builds wrote.</summary>
public sealed class MigrationTests
{
    // The tables of version 1, with the same calls in them.
    private const string BackToVersion1 =
        """
        CREATE TABLE v1_intents(
            grant_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, started_at TEXT NOT NULL, seq INTEGER NOT NULL,
            receipt_id TEXT, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO v1_intents SELECT i.grant_id, i.trace_id, i.started_at, i.seq, r.receipt_id, i.body
            FROM intents i LEFT JOIN receipts r ON r.intent_seq = i.seq;
        CREATE TABLE consumed_grants(
            grant_id TEXT PRIMARY KEY, action_id TEXT NOT NULL, principal TEXT NOT NULL, consumed_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO consumed_grants SELECT grant_id, 'demo_get', 'agent:demo', started_at FROM intents;
        CREATE TABLE v1_receipts(
            receipt_id TEXT NOT NULL UNIQUE, grant_id TEXT NOT NULL, principal TEXT NOT NULL, session_id TEXT NOT NULL,
            created_at TEXT NOT NULL, result_hash BLOB NOT NULL, signature BLOB NOT NULL, kid TEXT NOT NULL, body BLOB NOT NULL) STRICT;
        INSERT INTO v1_receipts SELECT receipt_id, grant_id, principal, session_id, created_at, result_hash, signature, kid, body FROM receipts;
        DROP TABLE learned_destinations;
        DROP TABLE principal_budgets;
        DROP TABLE revocation_epoch;
        DROP TABLE revocations;
        DROP TABLE open_intents;
        DROP TABLE intents;
        DROP TABLE receipts;
        ALTER TABLE v1_intents RENAME TO intents;
        ALTER TABLE v1_receipts RENAME TO receipts;
        CREATE INDEX intents_unresolved ON intents(started_at) WHERE receipt_id IS NULL;
        PRAGMA user_version = 1;
        """;

    [Fact]
    public async Task A_ledger_of_version_1_is_taken_over_whole()
    {
        using var temp = await WrittenByVersion1Async();
        temp.Reopen();
        await temp.CallAsync();
        Assert.Single(temp.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Equal(LedgerSchema.Version, VersionOf(temp));

        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal((7, 3, 1), (report.Events, report.Receipts, report.Unresolved.Count));
    }

    [Fact]
    public async Task A_grant_used_before_the_migration_is_used_after_it()
    {
        using var temp = await WrittenByVersion1Async();
        var used = UnresolvedGrant(temp);
        temp.Reopen();
        Assert.Equal(IntentOutcome.GrantAlreadyConsumed, (await temp.Ledger.RecordIntentAsync(temp.Intent(used))).Outcome);
    }

    [Fact]
    public async Task A_ledger_of_version_1_is_verified_as_it_is()
    {
        using var temp = await WrittenByVersion1Async();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal((5, 2, 1), (report.Events, report.Receipts, report.Unresolved.Count));
        Assert.Equal(1, VersionOf(temp));
    }

    [Theory]
    [InlineData("DELETE FROM intents WHERE seq = 3", LedgerDefectKind.IntentMissing, 3)]
    [InlineData("UPDATE receipts SET body = x'7b7d'", LedgerDefectKind.ReceiptChanged, 2)]
    [InlineData("INSERT INTO receipts VALUES('x', 'x', 'x', 'x', 'x', x'', x'', 'x', x'')", LedgerDefectKind.RowNotVouched, 0)]
    public async Task What_was_changed_in_version_1_is_found_before_the_migration_and_after_it(string attack, LedgerDefectKind kind, long seq)
    {
        using var temp = await WrittenByVersion1Async();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute(attack);
        }

        var before = LedgerVerifier.Verify(temp.Path, temp.Keys).Defect;
        Assert.Equal((kind, seq), (before!.Kind, before.Seq));
        temp.Reopen();
        var after = LedgerVerifier.Verify(temp.Path, temp.Keys).Defect;
        Assert.Equal((kind, seq), (after!.Kind, after.Seq));
    }

    // Events: 1–2 and 3–4 are calls, 5 is an intent without outcome.
    private static async Task<TempLedger> WrittenByVersion1Async()
    {
        var temp = new TempLedger();
        await temp.CallAsync();
        await temp.CallAsync();
        await temp.Ledger.RecordIntentAsync(temp.Intent());
        temp.Close();
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite);
        database.Execute(BackToVersion1);
        return temp;
    }

    private static string UnresolvedGrant(TempLedger temp)
    {
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadOnly);
        using var row = database.PrepareOnce("SELECT grant_id FROM consumed_grants WHERE grant_id = (SELECT grant_id FROM intents WHERE seq = 5)");
        Assert.True(row.Step());
        return row.String(0);
    }

    private static long VersionOf(TempLedger temp)
    {
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadOnly);
        return database.Scalar("PRAGMA user_version");
    }
}
