using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Walks the chain of a ledger, from its first event or from its base, and checks each event with all that it vouches for. Stops at the
/// first defect.
/// </summary>
internal sealed class LedgerWalk : IDisposable
{
    private const int HashColumn = 9;
    private const int BodyColumn = 10;

    private static readonly string[] _eventMembers =
        ["event_id", "trace_id", "timestamp", "event_type", "principal", "session_id", "action_id", "decision"];

    private readonly Database _database;
    private readonly SignatureChecks _signatures;
    private readonly SegmentCheck _segments;
    private readonly CheckpointCheck _checkpoints;
    private readonly Statement _rows;
    private readonly long _from;
    private LedgerDefect? _defect;

    /// <param name="database">The ledger, in a read transaction.</param>
    /// <param name="keys">Public keys of receipts.</param>
    /// <param name="signatures">Checks those of receipts.</param>
    internal LedgerWalk(Database database, VerificationKeys keys, SignatureChecks signatures)
    {
        (_database, _signatures) = (database, signatures);
        _segments = new SegmentCheck(SegmentTable.All(database), keys);
        (_from, Head) = (_segments.Base?.LastSeq ?? 0, _segments.Base?.Head);
        Seq = _from;
        Records = new RecordCheck(database, keys, _signatures);
        _checkpoints = new CheckpointCheck(database, keys, _from);
        _rows = database.PrepareOnce(
            """
            SELECT event_id, trace_id, timestamp, event_type, principal, session_id, action_id, decision, seq, hash, body, prev_hash
            FROM events ORDER BY seq
            """);
        _defect = _segments.Defect ?? Records.TakeOver(_segments.State);
    }

    /// <summary>The last event that was found good; at first the base.</summary>
    internal long Seq { get; private set; }

    /// <summary>Its hash.</summary>
    internal Sha256Digest? Head { get; private set; }

    /// <summary>What the events up to it say about the tables.</summary>
    internal ChainState State => _segments.State;

    internal RecordCheck Records { get; }

    /// <summary>The base that the walk began at; null where it began with the first event.</summary>
    internal SegmentRecord? Base => _segments.Base;

    /// <summary>The last event that a checked checkpoint signs.</summary>
    internal long SignedThrough => _checkpoints.SignedThrough;

    /// <summary>The present event's text, until the next step.</summary>
    internal ReadOnlySpan<byte> Body => _rows.Bytes(BodyColumn);

    /// <summary>When the present event was written.</summary>
    internal string Timestamp => _rows.String(2);

    /// <summary>Goes to the next event and checks it; false at the end, and at a defect.</summary>
    internal bool Next(out EventText text)
    {
        text = default;
        if (_defect is not null || _signatures.FirstSeq <= Seq || !_rows.Step())
        {
            return false;
        }

        var hash = Sha256Digest.Of(Body);
        var wrong = CheckEvent(_rows, Seq + 1, Head, hash, out text)
            ?? Records.Check(text)
            ?? (text.IsSeal ? _segments.Vouch(Body[text.Detail]) : null)
            ?? _checkpoints.Check(Seq + 1, hash);
        if (wrong is { } found)
        {
            _defect = new LedgerDefect(found.Kind, Seq + 1, _rows.String(1), found.Detail);
            return false;
        }

        State.Remember(text, _rows, Body);
        (Seq, Head) = (Seq + 1, hash);
        return true;
    }

    /// <summary>Waits for the signatures; null when everything that was walked is good.</summary>
    internal LedgerDefect? EndEarly()
    {
        var invalid = _signatures.Finish();
        return invalid is not null && !(_defect is { Seq: > 0 } earlier && earlier.Seq < invalid.Entry.Seq)
            ? DefectOf(invalid.Entry, "")
            : _defect;
    }

    /// <summary>Waits for the signatures, and compares the tables with what the events said.</summary>
    internal VerificationReport End()
    {
        // What the walk found may lie behind a signature that was checked meanwhile.
        if (_signatures.Finish() is { } invalid && !(_defect is { } earlier && earlier.Seq < invalid.Entry.Seq))
        {
            return AtSignature(invalid.Entry);
        }

        return new VerificationReport
        {
            Defect = _defect ?? _checkpoints.CheckEnd(Seq) ?? _segments.CheckEnd() ?? new StateCheck(_database, State).Check(Records),
            Events = Seq - _from,
            Receipts = Records.Receipts,
            Checkpoints = _checkpoints.Count,
            SignedThrough = _checkpoints.SignedThrough,
            Head = Head?.ToString() ?? "",
            Unresolved = LedgerReader.UnresolvedIntents(_database),
            SealedThrough = _from,
            Segments = _segments.Count,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _checkpoints.Dispose();
    }

    /// <summary>The report as of the event whose receipt has an invalid signature: everything before it was found good.</summary>
    private VerificationReport AtSignature(SignatureEntry entry)
    {
        using var row = _database.PrepareOnce(
            """
            SELECT e.trace_id, b.hash, (SELECT count(*) FROM checkpoints WHERE seq < e.seq),
                (SELECT ifnull(max(seq), 0) FROM checkpoints WHERE seq < e.seq)
            FROM events e LEFT JOIN events b ON b.seq = e.seq - 1 WHERE e.seq = ?
            """);
        row.Integer(entry.Seq).Step();
        return new VerificationReport
        {
            Defect = DefectOf(entry, row.String(0)),
            Events = entry.Seq - 1 - _from,
            Receipts = entry.Ordinal,
            Checkpoints = row.Int64(2),
            SignedThrough = Math.Max(_from, row.Int64(3)),
            Head = (row.Digest(1) ?? Base?.Head)?.ToString() ?? "",
            Unresolved = LedgerReader.UnresolvedIntents(_database),
            SealedThrough = _from,
            Segments = _segments.Count,
        };
    }

    private static LedgerDefect DefectOf(SignatureEntry entry, string traceId) =>
        new(LedgerDefectKind.ReceiptSignature, entry.Seq, traceId, $"receipt {entry.ReceiptId}: {SignatureStatus.Invalid.ToWire()}");

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
            return (LedgerDefectKind.LinkBroken, previous is null
                ? "it names an event before the first"
                : "it does not name the hash of the event before it");
        }

        if (columns.Different is { } column)
        {
            return (LedgerDefectKind.ColumnChanged, $"events.{column}");
        }

        return text.Seq != expectedSeq || row.Digest(11) != previous || (previous is null && !row.IsNull(11))
            ? (LedgerDefectKind.ColumnChanged, text.Seq != expectedSeq ? "events.seq" : "events.prev_hash")
            : null;
    }
}
