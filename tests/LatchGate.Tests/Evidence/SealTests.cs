using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>Old events leave the ledger for files; what stays is as checkable as before.</summary>
public sealed class SealTests
{
    [Fact]
    public async Task Old_events_move_to_a_file_and_the_ledger_verifies_from_its_signed_record()
    {
        using var rig = await SealRig.FilledAsync();
        var before = rig.Verify();
        var result = await rig.SealAsync();
        Assert.Equal(SealOutcome.Sealed, result.Outcome);
        Assert.Equal((1, 1, 11, 3), (result.Record!.Number, result.Record.FirstSeq, result.Record.LastSeq, result.Record.Receipts));
        Assert.Equal(before.Head, result.Record.Head.ToString());

        var after = rig.Verify();
        Assert.Null(after.Defect);
        Assert.Equal((1, 1, 11, 12, 0), (after.Events, after.VerifiedLinks, after.SealedThrough, after.SignedThrough, after.Receipts));
        Assert.Single(after.Unresolved);

        // The file alone verifies too, and holds all there was, the ended approval among it.
        Assert.Equal(["segment-000001-1-11.jsonl"], rig.Files());
        var file = Path.Combine(rig.Archive, "segment-000001-1-11.jsonl");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await using var lines = File.OpenRead(file);
        var archived = await LedgerExport.VerifyAsync(lines, rig.Temp.Keys, after: null, TestContext.Current.CancellationToken);
        Assert.Null(archived.Defect);
        Assert.Equal((11, 3, before.Head), (archived.Events, archived.Receipts, archived.Head));
        Assert.Single(File.ReadLines(file), l => l.StartsWith("{\"approval\":", StringComparison.Ordinal));
        Assert.Equal((1, 0, 1, 0, 1), Counts(rig));
    }

    // SQLITE_IOERR, SQLITE_BUSY, SQLITE_CORRUPT.
    [Theory]
    [InlineData(10, "NotRecorded")]
    [InlineData(5, "NotRecorded")]
    [InlineData(11, "LedgerBroken")]
    public async Task A_ledger_that_cannot_be_read_is_not_called_broken(int code, string outcome)
    {
        using var rig = await SealRig.FilledAsync();
        var result = await rig.SealAsync(reached: step =>
        {
            if (step == SealStep.Chosen)
            {
                throw new DatabaseException(code, "of the test");
            }
        });
        Assert.Equal(outcome, result.Outcome.ToString());
        Assert.Null(rig.Verify().Defect);
    }

    [Fact]
    public async Task What_was_open_at_the_cut_goes_on_and_ends_in_the_next_segment()
    {
        using var rig = new SealRig();
        var temp = rig.Temp;
        await temp.Ledger.InitBudgetAsync("s1", 5, TempLedger.Start.AddHours(9), "agent:demo", "t");
        var intent = await temp.Ledger.RecordIntentAsync(temp.Intent(), new IntentConditions(true));
        var approval = temp.Approval("a1") with { ExpiresAt = temp.Time.GetUtcNow().AddHours(9) };
        await temp.Ledger.HoldApprovalAsync(approval, TempLedger.Event(), TempLedger.Bounds);
        temp.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(3, (await rig.SealAsync()).Record!.LastSeq);
        Assert.Null(rig.Verify().Defect);
        Assert.Single(rig.Verify().Unresolved);

        // The call ends, the budget is debited further, the approval is decided: all of it about rows from before the cut.
        Assert.True((await temp.Ledger.RecordOutcomeAsync(temp.Receipt(intent.Proof!), [TempLedger.Event()])).IsDurable);
        await temp.CallAsync(debit: true);
        var claim = await temp.Ledger.ClaimApprovalAsync("a1", "alice", TempLedger.Event());
        Assert.Equal(CompletionOutcome.Completed, await temp.Ledger.CompleteApprovalAsync(new ApprovalCompletion("a1", claim.Token!,
            ApprovalState.Denied, "alice"), TempLedger.Event()));
        Assert.Equal(3, temp.Ledger.CallsRemaining("s1"));
        var report = rig.Verify();
        Assert.Null(report.Defect);
        Assert.Equal((6, 2, 0), (report.Events, report.Receipts, report.Unresolved.Count));

        temp.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal((2, 4, 9), (await rig.SealAsync()).Record is { } second ? (second.Number, second.FirstSeq, second.LastSeq) : default);
        Assert.Null(rig.Verify().Defect);
        Assert.Equal((1, 0, 0, 0, 1), Counts(rig));
        Assert.Equal(3, temp.Ledger.CallsRemaining("s1"));

        // And after a restart.
        temp.Reopen();
        await temp.CallAsync(debit: true);
        Assert.Null(rig.Verify().Defect);
    }

    [Fact]
    public async Task A_grant_that_is_still_open_cannot_be_used_again_after_its_event_was_sealed()
    {
        using var rig = await SealRig.FilledAsync();
        var open = Assert.Single(rig.Temp.Ledger.Read(r => r.UnresolvedIntents())).GrantId;
        await rig.SealAsync();
        Assert.Equal(IntentOutcome.GrantAlreadyConsumed, (await rig.Temp.Ledger.RecordIntentAsync(rig.Temp.Intent(open))).Outcome);
        Assert.Equal(
            ResolutionOutcome.Resolved,
            (await rig.Temp.Ledger.ResolveIntentAsync(open, ResolvedAs.Happened, "seen", TimeSpan.Zero, TempLedger.Event())).Value);
        Assert.Null(rig.Verify().Defect);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(6, 5)]
    [InlineData(7, 0)]
    public async Task What_is_asked_to_stay_stays(long keep, long lastSealed)
    {
        using var rig = new SealRig();
        for (var i = 0; i < 5; i++)
        {
            await rig.Temp.Ledger.AppendEventAsync(TempLedger.Event());
        }

        rig.Temp.Reopen();
        rig.Temp.Time.Advance(TimeSpan.FromHours(1));
        var limit = rig.Temp.Time.GetUtcNow();
        rig.Temp.Time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 6; i++)
        {
            await rig.Temp.Ledger.AppendEventAsync(TempLedger.Event());
        }

        var result = await rig.SealAsync(keep, limit);
        Assert.Equal(lastSealed == 0 ? SealOutcome.NothingToSeal : SealOutcome.Sealed, result.Outcome);
        Assert.Equal(lastSealed, result.Record?.LastSeq ?? 0);
        Assert.Null(rig.Verify().Defect);
    }

    [Fact]
    public async Task Events_of_the_last_minutes_and_those_that_the_mirror_lacks_stay()
    {
        using var rig = await SealRig.FilledAsync();
        await rig.Temp.CallAsync();
        Assert.Equal(SealOutcome.NothingToSeal, (await rig.SealAsync(mirrored: () => 10)).Outcome);
        Assert.Equal(11, (await rig.SealAsync(mirrored: () => 11)).Record!.LastSeq);
        Assert.Equal(SealOutcome.NothingToSeal, (await rig.SealAsync()).Outcome);
    }

    [Theory]
    [InlineData("UPDATE events SET hash = zeroblob(32) WHERE seq = 4", "event 4: EventChanged")]
    [InlineData("UPDATE receipts SET signature = zeroblob(64) WHERE intent_seq = 2", "event 3: ReceiptSignature")]
    [InlineData("DELETE FROM receipts WHERE intent_seq = 4", "event 5: ReceiptMissing")]
    [InlineData("UPDATE checkpoints SET signature = zeroblob(64)", "event 11: CheckpointInvalid")]
    public async Task Nothing_leaves_a_ledger_that_was_changed(string attack, string reason)
    {
        using var rig = await SealRig.FilledAsync();
        TamperTests.Attack(rig.Temp, attack);
        var result = await rig.SealAsync();
        Assert.Equal(SealOutcome.LedgerBroken, result.Outcome);
        Assert.StartsWith(reason, result.Reason, StringComparison.Ordinal);
        Assert.Empty(rig.Files());
        Assert.Equal(11, rig.Temp.Ledger.Read(r => r.CountEvents()));
        Assert.StartsWith(reason, rig.Verify().Defect!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INSERT INTO receipts VALUES(1, 'x', 'x', 'x', 'x', 'x', x'', x'', 'x', x'')")]
    [InlineData("INSERT INTO intents(grant_id, trace_id, started_at, seq, body) VALUES('x', 'x', 'x', 1, x'')")]
    public async Task A_row_that_somebody_added_is_not_deleted_with_the_others(string attack)
    {
        using var rig = await SealRig.FilledAsync();
        TamperTests.Attack(rig.Temp, attack);
        Assert.Equal(SealOutcome.LedgerBroken, (await rig.SealAsync()).Outcome);
        Assert.Equal((11, LedgerDefectKind.RowNotVouched), (rig.Verify().Events, rig.Verify().Defect!.Kind));
    }

    [Fact]
    public async Task Ledger_and_files_together_are_the_whole_chain_through_backup_and_export()
    {
        using var rig = await SealRig.SealedAsync();
        var files = await rig.VerifyFilesAsync();
        Assert.Null(files.Defect);
        Assert.Equal((14, 13, 4, 14, 2), (files.Events, files.VerifiedLinks, files.Receipts, files.SignedThrough, files.Segments));
        var ledger = rig.Verify();
        Assert.Null(ledger.Defect);
        Assert.Equal((3, 3, 14, 2), (ledger.Events, ledger.VerifiedLinks, ledger.SealedThrough, ledger.Segments));

        var copy = Path.Combine(rig.Temp.Folder, "copy.db");
        PrivateFile.Ensure(copy);
        DatabaseBackup.Copy(rig.Temp.Path, copy, TestContext.Current.CancellationToken);
        Assert.Equal((ledger.Head, 14),
            (LedgerVerifier.Verify(copy, rig.Temp.Keys).Head, LedgerVerifier.Verify(copy, rig.Temp.Keys).SealedThrough));

        // An export begins with the signed record of what was sealed; it needs no --after.
        using var export = new MemoryStream();
        Assert.Equal(3, LedgerExport.Write(rig.Temp.Path, export, records: true, TestContext.Current.CancellationToken));
        export.Position = 0;
        var lines = await LedgerExport.VerifyAsync(export, rig.Temp.Keys, after: null, TestContext.Current.CancellationToken);
        Assert.Null(lines.Defect);
        Assert.Equal((3, 1, 14, ledger.Head), (lines.Events, lines.Receipts, lines.SealedThrough, lines.Head));
        var changed = System.Text.Encoding.UTF8.GetString(export.ToArray()).Replace("\"last_seq\":14", "\"last_seq\":13",
            StringComparison.Ordinal);
        using var broken = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(changed));
        Assert.Equal(
            LedgerDefectKind.SegmentChanged,
                (await LedgerExport.VerifyAsync(broken, rig.Temp.Keys, after: null, TestContext.Current.CancellationToken)).Defect!.Kind);
    }

    [Fact]
    public async Task A_receipt_that_was_sealed_is_not_denied_but_placed()
    {
        using var rig = await SealRig.FilledAsync();
        await rig.SealAsync();
        var early = Guid.CreateVersion7(TempLedger.Start).ToString();
        var late = Guid.CreateVersion7(TempLedger.Start.AddDays(1)).ToString();
        Assert.Equal("segment-000001-1-11.jsonl", rig.Temp.Ledger.Read(r => r.SegmentOf(early))!.File);
        Assert.Null(rig.Temp.Ledger.Read(r => r.SegmentOf(late)));
        Assert.Null(rig.Temp.Ledger.Read(r => r.SegmentOf("nonsense")));
    }

    [Fact]
    public async Task A_mirror_goes_on_and_a_new_one_begins_after_what_was_sealed()
    {
        using var rig = await SealRig.FilledAsync();
        var path = Path.Combine(rig.Temp.Folder, "mirror.jsonl");
        await using (var mirror = new LedgerMirror(path, rig.Temp.Ledger, (_, _) => { }, TimeProvider.System))
        {
        }

        Assert.Equal(11, File.ReadLines(path).Count());
        Assert.Equal(11, (await rig.SealAsync(mirrored: () => LedgerMirror.ReadMark(path))).Record!.LastSeq);
        await using (var mirror = new LedgerMirror(path, rig.Temp.Ledger, (_, _) => { }, TimeProvider.System))
        {
        }

        Assert.Equal(12, File.ReadLines(path).Count());

        // Moved away with its mark, a new file begins after the base; one that ends before it is left alone, with the reason.
        PrivateFile.Ensure(path + ".old");
        File.WriteAllLines(path + ".old", File.ReadLines(path).Take(5));
        File.Delete(path);
        File.Delete(path + ".seq");
        await using (var mirror = new LedgerMirror(path, rig.Temp.Ledger, (_, _) => { }, TimeProvider.System))
        {
        }

        Assert.Contains("\"seq\":12", Assert.Single(File.ReadLines(path)), StringComparison.Ordinal);
        var said = new List<string>();
        await using (var mirror = new LedgerMirror(path + ".old", rig.Temp.Ledger, (_, message) => said.Add(message), TimeProvider.System))
        {
        }

        Assert.Contains(said, m => m.Contains("ends with event 5, but events up to 11 have moved to segment files",
            StringComparison.Ordinal));
        Assert.Equal(5, File.ReadLines(path + ".old").Count());
    }

    [Fact]
    public async Task A_changed_approval_is_not_sealed_away()
    {
        using var rig = await SealRig.FilledAsync();
        TamperTests.Attack(rig.Temp, "UPDATE approvals SET decided_by = 'eve'");
        Assert.Equal(SealOutcome.Sealed, (await rig.SealAsync()).Outcome);
        Assert.Equal(LedgerDefectKind.ApprovalChanged, rig.Verify().Defect!.Kind);
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_written_seals_nothing()
    {
        using var rig = await SealRig.FilledAsync();
        var result = await rig.SealAsync(reached: step =>
        {
            if (step == SealStep.Named)
            {
                var file = Path.Combine(rig.Archive, "segment-000001-1-11.jsonl");
                File.WriteAllText(file, File.ReadAllText(file).Replace("agent:demo", "agent:evil", StringComparison.Ordinal));
            }
        });
        Assert.Equal(SealOutcome.LedgerBroken, result.Outcome);
        Assert.Equal((11, 0), (rig.Verify().Events, rig.Verify().SealedThrough));

        // It stays where it is, and is not overwritten.
        result = await rig.SealAsync();
        Assert.Equal(SealOutcome.NotArchived, result.Outcome);
        Assert.Contains("an archive belongs to one ledger", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_cannot_be_written_seals_nothing()
    {
        using var rig = await SealRig.FilledAsync();
        File.WriteAllText(rig.Archive, "a file");
        Assert.Equal(SealOutcome.NotArchived, (await rig.SealAsync()).Outcome);
        Assert.Equal(11, rig.Verify().Events);
    }

    [Fact]
    public async Task A_key_rotation_between_segments_keeps_both_checkable()
    {
        using var rig = await SealRig.FilledAsync();
        await rig.SealAsync();
        using var next = new LatchGate.Crypto.Ed25519Signer(Enumerable.Repeat((byte)7, 32).ToArray());
        await rig.Temp.Ledger.UseSignerAsync(next);
        await rig.Temp.Ledger.AppendEventAsync(TempLedger.Event());
        rig.Temp.Time.Advance(TimeSpan.FromHours(1));
        var both = new VerificationKeys([rig.Temp.Signer.PublicKey.ToArray(), next.PublicKey.ToArray()]);
        using var sealer = new LedgerSealer(rig.Temp.Ledger, both, rig.Archive, rig.Temp.Time);
        Assert.Equal(next.KeyId, (await sealer.SealAsync(new SealRequest(null, 0), SealRig.Announcement,
            TestContext.Current.CancellationToken)).Record!.KeyId);
        Assert.Null(LedgerVerifier.Verify(rig.Temp.Path, both).Defect);
        Assert.Contains($"unknown_key_id {next.KeyId}", rig.Verify().Defect!.Detail, StringComparison.Ordinal);
    }

    /// <summary>Rows of events, receipts, intents, approvals, checkpoints.</summary>
    private static (long Events, long Receipts, long Intents, long Approvals, long Checkpoints) Counts(SealRig rig)
    {
        using var database = Database.Open(rig.Temp.Path, DatabaseAccess.ReadOnly);
        long Count(string table) => database.Scalar($"SELECT count(*) FROM {table}");
        return (Count("events"), Count("receipts"), Count("intents"), Count("approvals"), Count("checkpoints"));
    }
}
