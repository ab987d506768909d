using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>Takes what a file holds out of the ledger, inside the caller's transaction.</summary>
internal static class SegmentCut
{
    /// <exception cref="InvalidOperationException">The ledger is not what the file was written from; nothing is changed.</exception>
    internal static SegmentRecord Apply(LedgerTables tables, Database database, SealedFile file, AuditEvent announcement, Action<SealStep>? reached)
    {
        var last = tables.Segments.Last();
        Require((last?.Record?.LastSeq ?? 0) + 1 == file.FirstSeq && last?.Record?.Head == file.PrevHead && (last?.Number ?? 0) + 1 == file.Number);
        Require(HashOf(database, file.LastSeq) == file.Head);
        var record = new SegmentRecord
        {
            Number = file.Number,
            File = file.Name,
            Bytes = file.Bytes,
            FileDigest = file.FileDigest,
            FirstSeq = file.FirstSeq,
            LastSeq = file.LastSeq,
            PrevHead = file.PrevHead,
            Head = file.Head,
            LastTime = file.LastTime,
            Receipts = file.Receipts,
            StateDigest = file.State.Digest,
            Previous = last?.Digest,
            SealedAt = WireTime.Format(tables.Now),
            KeyId = tables.KeyId,
        };
        var text = record.ToCanonical(tables.Writer);
        tables.Append(announcement with { EventType = EventTypes.LedgerSealed, Detail = text }, default);
        tables.Segments.Insert(record, text.Span, tables.Sign(text.Digest), file.State.Span);
        tables.WriteCheckpoint();
        Delete(database, file);
        reached?.Invoke(SealStep.Deleted);
        return record;
    }

    private static void Delete(Database database, SealedFile file)
    {
        database.Execute("CREATE TEMP TABLE IF NOT EXISTS staying(seq INTEGER PRIMARY KEY); DELETE FROM temp.staying");
        using (var stays = database.PrepareOnce("INSERT INTO temp.staying(seq) VALUES(?)"))
        {
            foreach (var seq in file.OpenIntents)
            {
                stays.Integer(seq).Run();
            }
        }

        Require(Run(database, "DELETE FROM events WHERE seq <= ?", file.LastSeq) == file.LastSeq - file.FirstSeq + 1);
        Require(Run(database, "DELETE FROM receipts WHERE intent_seq <= ? AND intent_seq NOT IN temp.staying", file.LastSeq) == file.Receipts);
        Require(Run(database, "DELETE FROM intents WHERE seq <= ? AND seq NOT IN temp.staying", file.LastSeq) == file.Intents);
        Run(database, "DELETE FROM checkpoints WHERE seq <= ?", file.LastSeq);
        using var approval = database.PrepareOnce($"DELETE FROM approvals WHERE approval_id = ? AND NOT ({ApprovalTable.NotEnded})");
        foreach (var id in file.Approvals)
        {
            Require(approval.Text(id).Run() == 1);
        }
    }

    private static int Run(Database database, string sql, long seq)
    {
        using var statement = database.PrepareOnce(sql);
        return statement.Integer(seq).Run();
    }

    private static Sha256Digest? HashOf(Database database, long seq)
    {
        using var row = database.PrepareOnce("SELECT hash FROM events WHERE seq = ?");
        return row.Integer(seq).Step() ? row.Digest(0) : null;
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The ledger does not hold what the segment file was written from.");
        }
    }
}
