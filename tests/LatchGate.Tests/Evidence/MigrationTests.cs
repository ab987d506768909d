using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
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
        DROP TABLE segments;
        DROP TABLE webhook_outbox;
        DROP TABLE egress_usage;
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
        CREATE TABLE v1_approvals(
            approval_id TEXT PRIMARY KEY, state TEXT NOT NULL, trace_id TEXT NOT NULL, principal TEXT NOT NULL,
            session_id TEXT NOT NULL, action_id TEXT NOT NULL, request_hash BLOB NOT NULL, plan BLOB NOT NULL, plan_hash BLOB NOT NULL,
            created_at TEXT NOT NULL, expires_at TEXT NOT NULL, claimed_by TEXT, claimed_at TEXT, claim_token_hash BLOB,
            decided_by TEXT, decided_at TEXT, receipt_id TEXT, reason TEXT) STRICT, WITHOUT ROWID;
        INSERT INTO v1_approvals SELECT approval_id, state, trace_id, principal, session_id, action_id, request_hash, CAST('{}' AS BLOB), plan_hash,
            created_at, expires_at, claimed_by, claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason FROM approvals;
        DROP TABLE approvals;
        ALTER TABLE v1_approvals RENAME TO approvals;
        CREATE INDEX approvals_open ON approvals(expires_at) WHERE state IN ('pending', 'claimed');
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
        Assert.Equal((8, 3, 1), (report.Events, report.Receipts, report.Unresolved.Count));
    }

    [Fact]
    public async Task What_the_command_line_reads_from_a_file_it_reads_from_one_of_version_1_as_it_is()
    {
        using var temp = await WrittenByVersion1Async();
        string id;
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadOnly))
        using (var row = database.PrepareOnce("SELECT receipt_id FROM receipts"))
        {
            Assert.True(row.Step());
            id = row.String(0);
        }

        var keys = new Dictionary<string, byte[]> { [temp.Signer.KeyId] = temp.Signer.PublicKey.ToArray() };
        using var receipt = JsonDocument.Parse(OfflineLedger.Receipt(temp.Path, id, keys)!.Value);
        Assert.Equal((id, "valid"), (receipt.RootElement.GetProperty("receipt_id").GetString(), receipt.RootElement.GetProperty("signature_status").GetString()));
        Assert.Empty(OfflineLedger.Learned(temp.Path, ActionRegistry.OfThisBuild()).PathsOf("fs_read"));
        using var reader = LedgerReader.OpenFile(temp.Path);
        Assert.Equal(6, reader.QueryEvents(new EventQuery()).Count);
        Assert.Equal(1, VersionOf(temp));
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
    public async Task A_ledger_of_version_5_is_verified_as_it_is_and_taken_over_with_what_waits_in_it()
    {
        using var temp = new TempLedger();
        await temp.Ledger.HoldApprovalAsync(temp.Approval("a1"), TempLedger.Event(), TempLedger.Bounds);
        temp.Close();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute(
                "DROP TABLE segments; DROP TABLE webhook_outbox; DROP TABLE egress_usage; ALTER TABLE approvals DROP COLUMN lease_jti; " +
                "ALTER TABLE approvals DROP COLUMN grant_id; PRAGMA user_version = 5");
        }

        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
        temp.Reopen();
        Assert.Equal(ApprovalState.Pending, temp.Ledger.Read(r => r.FindApproval("a1"))!.State);
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    [Fact]
    public async Task A_ledger_of_version_1_is_verified_as_it_is()
    {
        using var temp = await WrittenByVersion1Async();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal((6, 2, 1), (report.Events, report.Receipts, report.Unresolved.Count));
        Assert.Equal(1, VersionOf(temp));
    }

    [Theory]
    [InlineData("DELETE FROM intents WHERE seq = 3", LedgerDefectKind.IntentMissing, 3)]
    [InlineData("UPDATE receipts SET body = x'7b7d'", LedgerDefectKind.ReceiptChanged, 2)]
    [InlineData("UPDATE approvals SET principal = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
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

    [Fact]
    public async Task D39_a_plan_that_an_earlier_build_stored_in_clear_text_is_removed_and_its_approval_still_vouched_for()
    {
        using var temp = await WrittenByVersion1Async();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE approvals SET plan = CAST('{ }' AS BLOB)");
            Assert.Equal(LedgerDefectKind.ApprovalChanged, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect!.Kind);
            database.Execute("UPDATE approvals SET plan = CAST('{}' AS BLOB)");
        }

        temp.Reopen();
        var approval = temp.Ledger.Read(r => r.FindApproval("a1"))!;
        Assert.Equal((ApprovalState.Pending, 0), (approval.State, approval.SealedPlan.Length));
        Assert.Equal(1, temp.Ledger.OpenApprovals);
        Assert.Equal(ClaimOutcome.Claimed, (await temp.Ledger.ClaimApprovalAsync("a1", "alice", TempLedger.Event())).Outcome);
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    // Events: 1–2 and 3–4 are calls, 5 is an intent without outcome, 6 a call that waits for an operator.
    private static async Task<TempLedger> WrittenByVersion1Async()
    {
        var temp = new TempLedger();
        await temp.CallAsync();
        await temp.CallAsync();
        await temp.Ledger.RecordIntentAsync(temp.Intent());
        await temp.Ledger.HoldApprovalAsync(temp.Approval("a1") with { SealedPlan = default }, TempLedger.Event(), TempLedger.Bounds);
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
