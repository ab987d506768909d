using System.Text;
using LatchGate.Cli;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>An attacker with access to the file changes it by SQL; the verifier names what was changed.</summary>
public sealed class TamperTests
{
    [Fact]
    public async Task An_untouched_ledger_is_intact()
    {
        using var temp = await FilledAsync();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal(11, report.Events);
        Assert.Equal(3, report.Receipts);
        Assert.Equal(11, report.SignedThrough);
        Assert.Single(report.Unresolved);
    }

    // Events (seq): 1 budget, 2–3 call, 4–5 call, 6 approval asked, 7 claimed, 8 executing intent, 9 its outcome, 10 an intent
    // without outcome, 11 an administrative act.
    [Theory]
    [InlineData("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'agent:demo', 'agent:evil') AS BLOB) WHERE seq = 3", LedgerDefectKind.EventChanged, 3)]
    [InlineData("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'agent:demo', 'agent:evil') AS BLOB) WHERE seq = 11", LedgerDefectKind.EventChanged, 11)]
    [InlineData("UPDATE events SET body = x'' WHERE seq = 1", LedgerDefectKind.EventChanged, 1)]
    [InlineData("UPDATE events SET hash = zeroblob(32) WHERE seq = 4", LedgerDefectKind.EventChanged, 4)]
    [InlineData("UPDATE events SET hash = x'00' WHERE seq = 4", LedgerDefectKind.EventChanged, 4)]
    [InlineData("DELETE FROM events WHERE seq = 1", LedgerDefectKind.EventMissing, 1)]
    [InlineData("DELETE FROM events WHERE seq = 5", LedgerDefectKind.EventMissing, 5)]
    [InlineData("DELETE FROM events WHERE seq >= 10", LedgerDefectKind.TailMissing, 11)]
    [InlineData("DELETE FROM events WHERE seq = 11", LedgerDefectKind.TailMissing, 11)]
    [InlineData("DELETE FROM events", LedgerDefectKind.TailMissing, 11)]
    [InlineData("UPDATE events SET seq = -4 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = -4", LedgerDefectKind.LinkBroken, 4)]
    [InlineData("UPDATE events SET event_id = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.event_id")]
    [InlineData("UPDATE events SET trace_id = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.trace_id")]
    [InlineData("UPDATE events SET timestamp = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.timestamp")]
    [InlineData("UPDATE events SET event_type = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.event_type")]
    [InlineData("UPDATE events SET principal = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.principal")]
    [InlineData("UPDATE events SET session_id = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.session_id")]
    [InlineData("UPDATE events SET action_id = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.action_id")]
    [InlineData("UPDATE events SET decision = 'deny' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.decision")]
    [InlineData("UPDATE events SET prev_hash = zeroblob(32) WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.prev_hash")]
    [InlineData("UPDATE events SET prev_hash = zeroblob(32) WHERE seq = 1", LedgerDefectKind.ColumnChanged, 1, "events.prev_hash")]
    [InlineData("UPDATE events SET prev_hash = NULL WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "events.prev_hash")]
    [InlineData("DELETE FROM intents WHERE seq = 4", LedgerDefectKind.IntentMissing, 4)]
    [InlineData("UPDATE intents SET body = CAST(replace(CAST(body AS TEXT), 'demo_get', 'demo_put') AS BLOB) WHERE seq = 2", LedgerDefectKind.IntentChanged, 2)]
    [InlineData("UPDATE intents SET grant_id = 'x' WHERE seq = 2", LedgerDefectKind.IntentMissing, 2)]
    [InlineData("UPDATE intents SET trace_id = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "intents.trace_id")]
    [InlineData("UPDATE intents SET started_at = 'x' WHERE seq = 2", LedgerDefectKind.ColumnChanged, 2, "intents.started_at")]
    [InlineData("UPDATE intents SET seq = 9 WHERE seq = 2", LedgerDefectKind.IntentMissing, 2)]
    [InlineData("INSERT INTO open_intents VALUES(2)", LedgerDefectKind.RowNotVouched, 0, "open_intents")]
    [InlineData("DELETE FROM open_intents", LedgerDefectKind.RowNotVouched, 0, "open_intents")]
    [InlineData("UPDATE open_intents SET seq = 4", LedgerDefectKind.RowNotVouched, 0, "open_intents")]
    [InlineData("UPDATE open_intents SET seq = 99", LedgerDefectKind.RowNotVouched, 0, "open_intents")]
    [InlineData("UPDATE receipts SET intent_seq = 99 WHERE intent_seq = 2", LedgerDefectKind.ReceiptWithoutIntent, 3)]
    [InlineData("UPDATE receipts SET intent_seq = 10 WHERE intent_seq = 2", LedgerDefectKind.ReceiptWithoutIntent, 3)]
    [InlineData("INSERT INTO intents(grant_id, trace_id, started_at, seq, body) VALUES('x', 'x', 'x', 99, x'')", LedgerDefectKind.RowNotVouched, 0)]
    [InlineData("DELETE FROM receipts WHERE intent_seq = 4", LedgerDefectKind.ReceiptMissing, 5)]
    [InlineData("UPDATE receipts SET body = CAST(replace(CAST(body AS TEXT), 'true', 'false') AS BLOB) WHERE intent_seq = 2", LedgerDefectKind.ReceiptChanged, 3)]
    [InlineData("UPDATE receipts SET signature = zeroblob(64) WHERE intent_seq = 2", LedgerDefectKind.ReceiptSignature, 3, "invalid")]
    [InlineData("UPDATE receipts SET signature = x'00' WHERE intent_seq = 2", LedgerDefectKind.ReceiptSignature, 3, "malformed_signature")]
    [InlineData("UPDATE receipts SET signature = x'' WHERE intent_seq = 2", LedgerDefectKind.ReceiptSignature, 3, "missing_signature")]
    [InlineData("UPDATE receipts SET kid = '' WHERE intent_seq = 2", LedgerDefectKind.ReceiptSignature, 3, "missing_key_id")]
    [InlineData("UPDATE receipts SET kid = 'ffffffffffffffff' WHERE intent_seq = 2", LedgerDefectKind.ReceiptSignature, 3, "unknown_key_id")]
    [InlineData("UPDATE receipts SET result_hash = zeroblob(32) WHERE intent_seq = 2", LedgerDefectKind.ColumnChanged, 3, "receipts.result_hash")]
    [InlineData("UPDATE receipts SET grant_id = 'x' WHERE intent_seq = 2", LedgerDefectKind.ColumnChanged, 3, "receipts.grant_id")]
    [InlineData("UPDATE receipts SET principal = 'agent:evil' WHERE intent_seq = 2", LedgerDefectKind.ColumnChanged, 3, "receipts.principal")]
    [InlineData("UPDATE receipts SET session_id = 'x' WHERE intent_seq = 2", LedgerDefectKind.ColumnChanged, 3, "receipts.session_id")]
    [InlineData("UPDATE receipts SET created_at = 'x' WHERE intent_seq = 2", LedgerDefectKind.ColumnChanged, 3, "receipts.finished_at")]
    [InlineData("INSERT INTO receipts VALUES(99, 'x', 'x', 'x', 'x', 'x', x'', x'', 'x', x'')", LedgerDefectKind.RowNotVouched, 0)]
    [InlineData("UPDATE session_budgets SET calls_remaining = 1000", LedgerDefectKind.BudgetChanged, 4)]
    [InlineData("UPDATE session_budgets SET calls_remaining = NULL", LedgerDefectKind.BudgetChanged, 4)]
    [InlineData("INSERT INTO session_budgets VALUES('s9', 5, 'x', 'x')", LedgerDefectKind.RowNotVouched, 0)]
    [InlineData("UPDATE session_budgets SET expires_at = '2099-01-01T00:00:00.000Z'", LedgerDefectKind.BudgetChanged, 4)]
    [InlineData("UPDATE session_budgets SET created_at = 'x'", LedgerDefectKind.BudgetChanged, 4)]
    [InlineData("DELETE FROM approvals", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET state = 'pending'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET state = 'nonsense'", LedgerDefectKind.Unreadable, 0)]
    [InlineData("UPDATE approvals SET plan = x'7b7d20'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET owner = 'eve'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET action_version = '2'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET risk_level = 'low'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET policy_version = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET lease_jti = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET grant_id = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET same_key = zeroblob(32)", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET plan_hash = zeroblob(32)", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET request_hash = zeroblob(32)", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET principal = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET session_id = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET action_id = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET trace_id = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET expires_at = '2099-01-01T00:00:00.000Z'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET created_at = '2019-01-01T00:00:00.000Z'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET claimed_by = 'eve'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET claimed_at = NULL", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET claim_token_hash = zeroblob(32)", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET decided_by = 'eve'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET decided_at = NULL", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET receipt_id = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("UPDATE approvals SET reason = 'x'", LedgerDefectKind.ApprovalChanged, 0)]
    [InlineData("INSERT INTO approvals SELECT 'x', state, trace_id, principal, session_id, action_id, request_hash, plan_hash, created_at, expires_at, claimed_by, claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason, owner, action_version, risk_level, policy_version, same_key, plan, lease_jti, grant_id FROM approvals", LedgerDefectKind.RowNotVouched, 0)]
    [InlineData("UPDATE checkpoints SET head = zeroblob(32)", LedgerDefectKind.CheckpointInvalid, 11)]
    [InlineData("UPDATE checkpoints SET count = 12", LedgerDefectKind.CheckpointInvalid, 11)]
    [InlineData("UPDATE checkpoints SET time = '2019-01-01T00:00:00.000Z'", LedgerDefectKind.CheckpointInvalid, 11)]
    [InlineData("UPDATE checkpoints SET kid = 'ffffffffffffffff'", LedgerDefectKind.CheckpointInvalid, 11, "unknown_key_id")]
    [InlineData("UPDATE checkpoints SET signature = zeroblob(64)", LedgerDefectKind.CheckpointInvalid, 11, "invalid")]
    [InlineData("UPDATE checkpoints SET seq = 10", LedgerDefectKind.CheckpointInvalid, 10)]
    [InlineData("UPDATE checkpoints SET seq = 12", LedgerDefectKind.TailMissing, 12)]
    [InlineData("UPDATE ledger_metadata SET value = 'sha1'", LedgerDefectKind.Unreadable, 0)]
    [InlineData("DELETE FROM ledger_metadata", LedgerDefectKind.Unreadable, 0)]
    [InlineData("DROP TABLE events", LedgerDefectKind.Unreadable, 0)]
    [InlineData("PRAGMA user_version = 99", LedgerDefectKind.Unreadable, 0)]
    public async Task A_change_is_found_and_named(string sql, LedgerDefectKind kind, long seq, string detail = "")
    {
        using var temp = await FilledAsync();
        Attack(temp, sql);
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Equal((kind, seq), (report.Defect?.Kind, report.Defect?.Seq ?? -1));
        Assert.Contains(detail, report.Defect!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rewritten_last_event_with_a_fitting_hash_is_caught_by_the_signed_checkpoint()
    {
        using var temp = await FilledAsync();
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            byte[] body;
            using (var row = database.PrepareOnce("SELECT body FROM events WHERE seq = 11"))
            {
                Assert.True(row.Step());
                body = Encoding.UTF8.GetBytes(row.String(0).Replace("\"owner\":\"ops\"", "\"owner\":\"eve\"", StringComparison.Ordinal));
            }

            using var update = database.PrepareOnce("UPDATE events SET body = ?, hash = ? WHERE seq = 11");
            Assert.Equal(1, update.Blob(body).Blob(Sha256Digest.Of(body).Bytes).Run());
        }

        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Equal((LedgerDefectKind.CheckpointInvalid, 11L), (report.Defect!.Kind, report.Defect.Seq));
    }

    [Fact]
    public async Task A_receipt_signed_with_another_key_is_not_valid()
    {
        using var temp = await FilledAsync();
        using var other = new Ed25519Signer(new byte[32]);
        var report = LedgerVerifier.Verify(temp.Path, VerificationKeys.Of(other));
        Assert.Equal(LedgerDefectKind.ReceiptSignature, report.Defect!.Kind);
        Assert.Contains("unknown_key_id", report.Defect.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_come_at_least_every_thousand_events_and_a_missing_one_is_seen()
    {
        using var temp = new TempLedger();
        await Task.WhenAll(Enumerable.Range(0, 2100).Select(i => temp.Ledger.AppendEventAsync(TempLedger.Event($"t{i}")).AsTask()));
        temp.Close();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal((2100, 3, 2100), (report.Events, report.Checkpoints, report.SignedThrough));

        Attack(temp, "DELETE FROM checkpoints WHERE seq = 1000");
        report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Equal((LedgerDefectKind.CheckpointMissing, 1000L), (report.Defect!.Kind, report.Defect.Seq));
    }

    [Fact]
    public async Task A_ledger_can_be_verified_while_the_gate_writes_to_it()
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal(2, report.Events);
        await temp.CallAsync();
    }

    [Fact]
    public void What_is_no_ledger_is_unreadable()
    {
        using var temp = new TempLedger(open: false);
        File.WriteAllText(temp.Path, new string('x', 9000));
        Assert.Equal(LedgerDefectKind.Unreadable, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect!.Kind);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_not_called_broken()
    {
        using var temp = new TempLedger(open: false);
        Directory.CreateDirectory(temp.Path);
        Assert.True(Assert.Throws<DatabaseException>(() => LedgerVerifier.Verify(temp.Path, temp.Keys)).IsAccess);
        var refused = Assert.Throws<CliException>(() => OfflineLedger.Verify(temp.Path, new Dictionary<string, byte[]>()));
        Assert.Equal((ExitCode.Error, "ledger_unreadable"), (refused.Exit, refused.Code));
        Assert.Contains("copy it", refused.Remedy, StringComparison.Ordinal);
    }

    // A link in the place of the -shm file, which SQLite does not follow, stops it from making one, also for root, whom no permission stops.
    [Fact]
    public async Task A_whole_copy_is_verified_where_no_file_can_be_made_beside_it()
    {
        using var temp = await FilledAsync();
        temp.Close();
        var copy = Path.Combine(temp.Folder, "a copy?#%.db");
        File.Copy(temp.Path, copy);
        File.CreateSymbolicLink(copy + "-shm", "nowhere");
        var report = LedgerVerifier.Verify(copy, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal(11, report.Events);
    }

    [Fact]
    public async Task A_copy_whose_log_cannot_be_read_is_not_judged_without_it()
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        var copy = Path.Combine(temp.Folder, "copy.db");
        File.Copy(temp.Path, copy);
        File.Copy(temp.Path + "-wal", copy + "-wal");
        Assert.NotEqual(0, new FileInfo(copy + "-wal").Length);
        File.CreateSymbolicLink(copy + "-shm", "nowhere");
        Assert.True(Assert.Throws<DatabaseException>(() => LedgerVerifier.Verify(copy, temp.Keys)).IsAccess);
    }

    internal static async Task<TempLedger> FilledAsync()
    {
        var temp = new TempLedger();
        await temp.Ledger.InitBudgetAsync("s1", 5, TempLedger.Start.AddHours(1), "agent:demo", "t");
        await temp.CallAsync(debit: true);
        await temp.CallAsync(debit: true);

        var approval = temp.Approval();
        var asked = TempLedger.Event(approval.TraceId, EventTypes.ActionCall) with { ApprovalId = approval.ApprovalId };
        await temp.Ledger.HoldApprovalAsync(approval, asked, TempLedger.Bounds);
        var claim = await temp.Ledger.ClaimApprovalAsync(approval.ApprovalId, "alice", asked with { EventType = EventTypes.ApprovalClaimed });
        var intent = await temp.Ledger.RecordIntentAsync(temp.Intent(approval: approval.ApprovalId), new IntentConditions(false, claim.Token));
        await temp.Ledger.RecordOutcomeAsync(
            temp.Receipt(intent.Proof!),
            [TempLedger.Event()],
            new ApprovalCompletion(approval.ApprovalId, claim.Token!, ApprovalState.Approved, "alice"));
        await temp.Ledger.RecordIntentAsync(temp.Intent());
        await temp.Ledger.AppendEventAsync(TempLedger.Event(type: EventTypes.AdminReceiptKeysRead) with { Owner = "ops" });
        temp.Close();
        return temp;
    }

    internal static void Attack(TempLedger temp, string sql)
    {
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite);
        database.Execute(sql);
    }
}
