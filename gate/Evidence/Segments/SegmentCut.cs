using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>Takes what a file holds out of the ledger, inside the caller's transaction.</summary>
internal static class SegmentCut
{
    /// <returns>The record; null when the ledger is not what the file was written from, and nothing is changed.</returns>
    internal static SegmentRecord? Apply(LedgerTables tables, Database database, SealedFile file, AuditEvent announcement,
        Action<SealStep>? reached)
    {
        var last = tables.Segments.Last();
        if (file.FirstSeq != (last?.Record?.LastSeq ?? 0) + 1 || file.PrevHead != last?.Record?.Head
            || file.Number != (last?.Number ?? 0) + 1
            || !Holds(database, file))
        {
            return null;
        }

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

    /// <summary>Whether the rows up to the cut are those that the file stands for, and no others.</summary>
    private static bool Holds(Database database, SealedFile file)
    {
        database.Execute("CREATE TEMP TABLE IF NOT EXISTS staying(seq INTEGER PRIMARY KEY); DELETE FROM temp.staying");
        using var stays = database.PrepareOnce("INSERT INTO temp.staying(seq) VALUES(?)");
        foreach (var seq in file.OpenIntents)
        {
            stays.Integer(seq).Run();
        }

        using var head = database.PrepareOnce("SELECT hash FROM events WHERE seq = ?");
        return head.Integer(file.LastSeq).Step() && head.Digest(0) == file.Head
            && database.Scalar($"SELECT count(*) FROM events WHERE seq <= {file.LastSeq}") == file.LastSeq - file.FirstSeq + 1
            && database.Scalar($"SELECT count(*) FROM receipts WHERE intent_seq <= {file.LastSeq} AND {NotStaying("intent_seq")}") == file.Receipts
            && database.Scalar($"SELECT count(*) FROM intents WHERE seq <= {file.LastSeq} AND {NotStaying("seq")}") == file.Intents;
    }

    private static string NotStaying(string column) => $"{column} NOT IN temp.staying";

    private static void Delete(Database database, SealedFile file)
    {
        database.Execute(
            $"""
            DELETE FROM events WHERE seq <= {file.LastSeq};
            DELETE FROM receipts WHERE intent_seq <= {file.LastSeq} AND {NotStaying("intent_seq")};
            DELETE FROM intents WHERE seq <= {file.LastSeq} AND {NotStaying("seq")};
            DELETE FROM checkpoints WHERE seq <= {file.LastSeq};
            """);
        using var approval = database.PrepareOnce($"DELETE FROM approvals WHERE approval_id = ? AND NOT ({ApprovalTable.NotEnded})");
        foreach (var id in file.Approvals)
        {
            approval.Text(id).Run();
        }
    }
}
