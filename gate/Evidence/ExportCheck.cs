using System.Buffers;
using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>Checks the lines of an export (<see cref="LedgerExport"/>), one after the other.</summary>
/// <remarks>
/// Checkpoints and records may be missing as a whole: a file of events alone has a chain and no signatures. Where some are there, all
/// must be.
/// </remarks>
internal sealed class ExportCheck
{
    internal const string CheckpointType = "latchgate-checkpoint-v1";

    // More than the largest receipt, whose output may have 64 MiB.
    private const int LargestLine = 80 * 1024 * 1024;

    private readonly VerificationKeys _keys;
    private readonly ExportRecords _records;
    private readonly SignatureChecks _signatures;
    private readonly bool _goesOn;
    private long _seq;
    private long _line;
    private long _checkpoints;
    private long _signedThrough;
    private long _sealedThrough;
    private Sha256Digest? _head;
    private bool _begun;

    /// <param name="keys">Public keys that have signed receipts.</param>
    /// <param name="signatures">Checks those of receipts.</param>
    /// <param name="after">Hash of the event before the first line; null when that is the first event.</param>
    /// <param name="complete">Whether every intent and receipt must be there.</param>
    internal ExportCheck(VerificationKeys keys, SignatureChecks signatures, Sha256Digest? after, bool complete = false)
    {
        (_keys, _signatures, _head, _goesOn) = (keys, signatures, after, after is not null);
        _records = new ExportRecords(keys, signatures, complete) { FromFirst = after is null };
    }

    /// <summary>The last event taken.</summary>
    internal long Seq => _seq;

    /// <summary>Its hash.</summary>
    internal Sha256Digest? Head => _head;

    /// <summary>Approvals taken.</summary>
    internal long Approvals => _records.Approvals;

    internal LedgerDefect? Defect { get; private set; }

    /// <summary>Whether nothing that follows can matter: there is a defect, or a signature before is not valid.</summary>
    internal bool IsDecided => Defect is not null || _signatures.FirstSeq <= _seq;

    /// <summary>What follows are the lines of another file, which goes on from the one before.</summary>
    internal void BeginFile() => _line = 0;

    internal void RefuseLine(string what) => Refuse(LedgerDefectKind.EventChanged, $"line {_line + 1} {what}");

    /// <summary>Takes whole lines and returns what is left.</summary>
    internal ReadOnlySequence<byte> TakeLines(ReadOnlySequence<byte> buffer)
    {
        while (!IsDecided && buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            Take(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
            _line++;
            buffer = buffer.Slice(buffer.GetPosition(1, end));
        }

        if (Defect is null && buffer.Length > LargestLine)
        {
            RefuseLine($"is longer than {LargestLine} bytes");
        }

        return buffer;
    }

    internal VerificationReport Finish()
    {
        if (Defect is null && _records.Missing() is { } missing)
        {
            Refuse(missing.Kind, missing.Detail, missing.Seq);
        }

        // What was found in the lines may lie behind a signature that was checked meanwhile.
        if (_signatures.Finish() is { Entry: { As: { } progress } entry } && !(Defect is { Seq: > 0 } earlier && earlier.Seq < entry.Seq))
        {
            return progress.ReportOf(entry, FirstSeq, _sealedThrough, _records.Unresolved());
        }

        return new VerificationReport
        {
            Defect = Defect,
            Events = _begun ? _seq - FirstSeq + 1 : 0,
            Receipts = _records.Receipts,
            Checkpoints = _checkpoints,
            SignedThrough = _signedThrough,
            Head = _head?.ToString() ?? "",
            Unresolved = _records.Unresolved(),
            SealedThrough = _sealedThrough,
        };
    }

    /// <summary>The event that the file begins with.</summary>
    internal long FirstSeq { get; private set; } = 1;

    private void Refuse(LedgerDefectKind kind, string detail, long? seq = null) =>
        Defect = new LedgerDefect(kind, seq ?? _seq + 1, "", detail);

    private void Take(ReadOnlySpan<byte> line)
    {
        if (!Jcs.IsCanonical(line, JsonLimits.Evidence))
        {
            RefuseLine("is not the canonical text of an event");
        }
        else if (line.StartsWith(EventText.Start))
        {
            TakeEvent(line);
        }
        else if (!ExportLine.TryRead(line, out var other))
        {
            RefuseLine("is not the canonical text of an event");
        }
        else if (other.Type == CheckpointType)
        {
            TakeCheckpoint(other);
        }
        else if (other.Type == SegmentRecord.Type)
        {
            TakeBase(other, line[other.Record]);
        }
        else if (_records.Take(other, line, new ExportProgress(_checkpoints, _signedThrough, _head)) is { } wrong)
        {
            Refuse(wrong.Kind, wrong.Detail, _seq);
        }
    }

    private void TakeEvent(ReadOnlySpan<byte> line)
    {
        var columns = default(ColumnCheck);
        if (!EventText.TryRead(line, ref columns, out var text))
        {
            RefuseLine("is not the canonical text of an event");
            return;
        }

        if (!_begun && _goesOn && _sealedThrough == 0 && text.Seq > 1)
        {
            (FirstSeq, _seq) = (text.Seq, text.Seq - 1);
        }

        if (text.Seq != _seq + 1)
        {
            Refuse(LedgerDefectKind.EventMissing, _begun
                ? $"the next event is {text.Seq}"
                : $"the first event is {text.Seq}; to check a file that goes on from an earlier one, give the hash of event {text.Seq - 1}");
        }
        else if (text.PrevHash != _head)
        {
            Refuse(LedgerDefectKind.LinkBroken, "it does not name the hash of the event before it");
        }
        else if (_checkpoints > 0 && text.Seq - _signedThrough > CheckpointTable.Interval)
        {
            Refuse(LedgerDefectKind.CheckpointMissing, $"no checkpoint since event {_signedThrough}");
        }
        else if (_records.TakeEvent(text, line) is { } wrong)
        {
            Refuse(wrong.Kind, wrong.Detail, wrong.Seq);
        }
        else
        {
            (_seq, _head, _begun) = (text.Seq, Sha256Digest.Of(line), true);
        }
    }

    /// <summary>Takes the record of what was sealed before the first line, from which the chain goes on.</summary>
    private void TakeBase(ExportLine line, ReadOnlySpan<byte> text)
    {
        var status = HashSignature.Check(Sha256Digest.Of(text), line.KeyId, line.Signature, _keys);
        if (_line > 0 || status != SignatureStatus.Valid || SegmentRecord.TryRead(text.ToArray()) is not { } sealedBefore
            || sealedBefore.KeyId != line.KeyId || (_goesOn && _head != sealedBefore.Head))
        {
            Refuse(LedgerDefectKind.SegmentChanged, status != SignatureStatus.Valid
                ? $"line {_line + 1}: the segment's signature is {HashSignature.Describe(status, line.KeyId)}"
                : $"line {_line + 1}: the record of a segment is out of place", 0);
            return;
        }

        (_seq, _head, FirstSeq) = (sealedBefore.LastSeq, sealedBefore.Head, sealedBefore.LastSeq + 1);
        (_sealedThrough, _signedThrough, _records.FromFirst) = (_seq, _seq, false);
    }

    private void TakeCheckpoint(ExportLine line)
    {
        var status = _head is { } head && line.Seq == _seq && line.Count == _seq && line.Head == head
            ? HashSignature.Check(
                CheckpointTable.DigestOf(line.Seq, line.Count, head, line.Time ?? "", line.KeyId ?? ""), line.KeyId, line.Signature, _keys)
            : SignatureStatus.Invalid;
        if (status != SignatureStatus.Valid)
        {
            Refuse(LedgerDefectKind.CheckpointInvalid, $"the checkpoint's signature is {HashSignature.Describe(status, line.KeyId)} for this event", _seq);
            return;
        }

        _checkpoints++;
        _signedThrough = _seq;
    }
}

/// <summary>What an export had shown when a receipt's signature was handed over to be checked.</summary>
/// <param name="checkpoints">Checkpoints so far.</param>
/// <param name="signedThrough">The last event that one of them signs.</param>
/// <param name="head">Hash of the receipt's event.</param>
internal sealed class ExportProgress(long checkpoints, long signedThrough, Sha256Digest? head)
{
    /// <summary>The report when that signature is not valid.</summary>
    internal VerificationReport ReportOf(in SignatureEntry entry, long firstSeq, long sealedThrough, List<UnresolvedIntent> unresolved) =>
        new()
    {
        Defect = new LedgerDefect(LedgerDefectKind.ReceiptSignature, entry.Seq, "",
            $"receipt {entry.ReceiptId}: {SignatureStatus.Invalid.ToWire()}"),
        Events = entry.Seq - firstSeq + 1,
        Receipts = entry.Ordinal,
        Checkpoints = checkpoints,
        SignedThrough = signedThrough,
        Head = head?.ToString() ?? "",
        Unresolved = unresolved,
        SealedThrough = sealedThrough,
    };
}
