using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Verifies a ledger offline, from the file and the public keys alone (D-77): the chain, every signature, every record against the
/// event that vouches for it, and every column against its record. Streams; stops at the first defect.
/// </summary>
/// <remarks>
/// What it cannot see: that events after the last checkpoint were cut off together with their records, and that the whole file
/// was replaced by an earlier copy of itself. Noting <see cref="VerificationReport.Head"/> elsewhere closes both.
/// </remarks>
public static class LedgerVerifier
{
    private const int HashColumn = 9;
    private const int BodyColumn = 10;
    private const int SessionColumn = 5;
    private const int TimestampColumn = 2;

    private static readonly string[] _eventMembers =
        ["event_id", "trace_id", "timestamp", "event_type", "principal", "session_id", "action_id", "decision"];

    /// <summary>Verifies the ledger at <paramref name="path"/>; a gate may be running on it.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="keys">Public keys that have signed receipts, current and past.</param>
    /// <param name="cancellation">Ends the verification between two events.</param>
    /// <exception cref="DatabaseException">The file cannot be read (<see cref="DatabaseException.IsAccess"/>); that is no verdict.</exception>
    public static VerificationReport Verify(string path, VerificationKeys keys, CancellationToken cancellation = default) =>
        Verify(path, keys, Environment.ProcessorCount - 1, cancellation);

    /// <summary>As the other, with <paramref name="helpers"/> more threads for signatures: 0 leaves the other processors to a gate.</summary>
    public static VerificationReport Verify(string path, VerificationKeys keys, int helpers, CancellationToken cancellation = default)
    {
        Database? database = null;
        try
        {
            database = Database.OpenForReading(path);
            return Verify(database, keys, helpers, cancellation);
        }
        catch (DatabaseException failure) when (!failure.IsAccess)
        {
            return Unreadable(failure.Message);
        }
        finally
        {
            database?.Dispose();
        }
    }

    private static VerificationReport Verify(Database database, VerificationKeys keys, int helpers, CancellationToken cancellation)
    {
        // One snapshot, also beside a running gate.
        database.Execute("PRAGMA trusted_schema=OFF; PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; BEGIN");
        if (!LedgerSchema.TryRead(database, out var version))
        {
            return Unreadable($"schema version {version}; this build knows 1 to {LedgerSchema.Version}");
        }

        if (database.Scalar($"SELECT count(*) FROM ledger_metadata WHERE key = 'chain_hash_format' AND value = '{LedgerSchema.ChainHashFormat}'") != 1)
        {
            return Unreadable($"its metadata does not say that the chain is {LedgerSchema.ChainHashFormat}");
        }

        using var signatures = new SignatureChecks(helpers);
        var records = new RecordCheck(database, keys, signatures);
        var state = new StateCheck(database);
        using var checkpoints = new CheckpointCheck(database, keys);
        using var rows = database.PrepareOnce(
            """
            SELECT event_id, trace_id, timestamp, event_type, principal, session_id, action_id, decision, seq, hash, body, prev_hash
            FROM events ORDER BY seq
            """);
        var seq = 0L;
        Sha256Digest? head = null;
        LedgerDefect? defect = null;
        while (signatures.FirstSeq > seq && rows.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            var hash = Sha256Digest.Of(rows.Bytes(BodyColumn));
            var wrong = CheckEvent(rows, seq + 1, head, hash, out var text)
                ?? records.Check(text)
                ?? checkpoints.Check(seq + 1, hash);
            if (wrong is { } found)
            {
                defect = new LedgerDefect(found.Kind, seq + 1, rows.String(1), found.Detail);
                break;
            }

            state.Remember(text, rows, SessionColumn, TimestampColumn);
            (seq, head) = (seq + 1, hash);
        }

        // What the walk found may lie behind a signature that was checked meanwhile.
        if (signatures.Finish() is { } invalid && !(defect is { } earlier && earlier.Seq < invalid.Entry.Seq))
        {
            return AtSignature(database, invalid.Entry);
        }

        defect ??= checkpoints.CheckEnd(seq) ?? state.Check(records);
        return new VerificationReport
        {
            Defect = defect,
            Events = seq,
            Receipts = records.Receipts,
            Checkpoints = checkpoints.Count,
            SignedThrough = checkpoints.SignedThrough,
            Head = head?.ToString() ?? "",
            Unresolved = LedgerReader.UnresolvedIntents(database),
        };
    }

    /// <summary>The report as of the event whose receipt has an invalid signature: everything before it was found good.</summary>
    private static VerificationReport AtSignature(Database database, SignatureEntry entry)
    {
        using var row = database.PrepareOnce(
            """
            SELECT e.trace_id, b.hash, (SELECT count(*) FROM checkpoints WHERE seq < e.seq), (SELECT ifnull(max(seq), 0) FROM checkpoints WHERE seq < e.seq)
            FROM events e LEFT JOIN events b ON b.seq = e.seq - 1 WHERE e.seq = ?
            """);
        row.Integer(entry.Seq).Step();
        return new VerificationReport
        {
            Defect = new LedgerDefect(
                LedgerDefectKind.ReceiptSignature, entry.Seq, row.String(0), $"receipt {entry.ReceiptId}: {SignatureStatus.Invalid.ToWire()}"),
            Events = entry.Seq - 1,
            Receipts = entry.Ordinal,
            Checkpoints = row.Int64(2),
            SignedThrough = row.Int64(3),
            Head = row.Digest(1)?.ToString() ?? "",
            Unresolved = LedgerReader.UnresolvedIntents(database),
        };
    }

    private static (LedgerDefectKind Kind, string Detail)? CheckEvent(
        Statement row, long expectedSeq, Sha256Digest? previous, Sha256Digest hash, out EventText text)
    {
        text = default;
        if (row.Int64(8) != expectedSeq)
        {
            return (LedgerDefectKind.EventMissing, $"the next event is {row.Int64(8)}");
        }

        var body = row.Bytes(BodyColumn);
        if (row.Digest(HashColumn) != hash)
        {
            return (LedgerDefectKind.EventChanged, "its text does not have its hash");
        }

        if (!Jcs.IsCanonical(body, JsonLimits.Evidence))
        {
            return (LedgerDefectKind.EventChanged, "its text is not canonical JSON");
        }

        var columns = new ColumnCheck(row, _eventMembers);
        if (!EventText.TryRead(body, ref columns, out text) || !columns.IsComplete)
        {
            return (LedgerDefectKind.EventChanged, "its text is not an event");
        }

        if (text.PrevHash != previous)
        {
            return (LedgerDefectKind.LinkBroken, previous is null ? "it names an event before the first" : "it does not name the hash of the event before it");
        }

        if (columns.Different is { } column)
        {
            return (LedgerDefectKind.ColumnChanged, $"events.{column}");
        }

        return text.Seq != expectedSeq || row.Digest(11) != previous || (previous is null && !row.IsNull(11))
            ? (LedgerDefectKind.ColumnChanged, text.Seq != expectedSeq ? "events.seq" : "events.prev_hash")
            : null;
    }

    private static VerificationReport Unreadable(string reason) => new()
    {
        Defect = new LedgerDefect(LedgerDefectKind.Unreadable, 0, "", reason),
        Events = 0,
        Receipts = 0,
        Checkpoints = 0,
        SignedThrough = 0,
        Head = "",
        Unresolved = [],
    };
}
