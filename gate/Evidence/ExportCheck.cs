using System.Buffers;
using LatchGate.Crypto;
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
    private readonly long _first;
    private long _seq;
    private long _line;
    private long _checkpoints;
    private long _signedThrough;
    private Sha256Digest? _head;
    private bool _begun;

    /// <param name="keys">Public keys that have signed receipts.</param>
    /// <param name="after">Hash of the event before the first line; null when that is the first event.</param>
    internal ExportCheck(VerificationKeys keys, Sha256Digest? after)
    {
        (_keys, _head, _first) = (keys, after, after is null ? 1 : 0);
        _records = new ExportRecords(keys, after is null);
    }

    internal LedgerDefect? Defect { get; private set; }

    internal void RefuseLine(string what) => Refuse(LedgerDefectKind.EventChanged, $"line {_line + 1} {what}");

    /// <summary>Takes whole lines and returns what is left.</summary>
    internal ReadOnlySequence<byte> TakeLines(ReadOnlySequence<byte> buffer)
    {
        while (Defect is null && buffer.PositionOf((byte)'\n') is { } end)
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

        return new VerificationReport
        {
            Defect = Defect,
            Events = _begun ? _seq - FirstSeq + 1 : 0,
            Receipts = _records.Receipts,
            Checkpoints = _checkpoints,
            SignedThrough = _signedThrough,
            Head = _head?.ToString() ?? "",
            Unresolved = _records.Unresolved(),
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
        else if (line.StartsWith("{\"action_digest\""u8))
        {
            // Every event's first member, and no other line's.
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
        else if (_records.Take(other, line) is { } wrong)
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

        if (!_begun && _first == 0 && text.Seq > 1)
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
