using LatchGate.Crypto;

namespace LatchGate.Evidence.Segments;

/// <summary>
/// Checks what a ledger keeps of its segments: each record's signature and its link to the one before, the state after the last one,
/// and that the event of the last one is in the chain.
/// </summary>
internal sealed class SegmentCheck
{
    private readonly List<StoredSegment> _segments;
    private bool _vouched;

    /// <summary>Checks the records among themselves; <see cref="Defect"/> says what is wrong.</summary>
    internal SegmentCheck(List<StoredSegment> segments, VerificationKeys keys)
    {
        _segments = segments;
        StoredSegment? previous = null;
        foreach (var segment in segments)
        {
            if (Wrong(segment, previous, keys) is { } wrong)
            {
                Defect = new LedgerDefect(LedgerDefectKind.SegmentChanged, 0, "", $"segment {(previous?.Number ?? 0) + 1}: {wrong}");
                return;
            }

            previous = segment;
        }

        Base = previous?.Record;
        if (previous is null)
        {
            return;
        }

        if (previous.State is null || Sha256Digest.Of(previous.State) != Base!.StateDigest
            || ChainState.TryRead(previous.State) is not { } state)
        {
            Defect = new LedgerDefect(LedgerDefectKind.SegmentChanged, 0, "",
                $"segment {previous.Number}: the state after it is not the one that was signed");
            return;
        }

        State = state;
    }

    /// <summary>What is wrong with the records; null when nothing is.</summary>
    internal LedgerDefect? Defect { get; }

    /// <summary>The last segment, after which the ledger's events begin; null when nothing was sealed.</summary>
    internal SegmentRecord? Base { get; }

    /// <summary>What the chain said about the tables there.</summary>
    internal ChainState State { get; } = new();

    internal int Count => _segments.Count;

    /// <summary>Compares a record that an event holds with the row; null when it holds.</summary>
    internal (LedgerDefectKind Kind, string Detail)? Vouch(ReadOnlySpan<byte> text)
    {
        foreach (var segment in _segments)
        {
            if (text.SequenceEqual(segment.Text))
            {
                _vouched |= segment.Number == _segments.Count;
                return null;
            }
        }

        return (LedgerDefectKind.SegmentChanged, "no segment has the record that this event holds");
    }

    /// <summary>After the last event: the one that says what was sealed last must have been among them.</summary>
    internal LedgerDefect? CheckEnd() => Base is null || _vouched
        ? null
        : new LedgerDefect(LedgerDefectKind.SegmentChanged, 0, "", $"segment {Base.Number}: no event says that it was sealed");

    private static string? Wrong(StoredSegment segment, StoredSegment? previous, VerificationKeys keys)
    {
        if (segment.Record is not { } record)
        {
            return "its record cannot be read";
        }

        if (segment.Number != (previous?.Number ?? 0) + 1 || record.Number != segment.Number)
        {
            return $"the next record is of segment {segment.Number}";
        }

        var status = HashSignature.Check(segment.Digest, record.KeyId, segment.Signature, keys);
        if (status != SignatureStatus.Valid)
        {
            return $"its signature is {HashSignature.Describe(status, record.KeyId)}";
        }

        return record.Previous == previous?.Digest && record.FirstSeq == (previous?.Record!.LastSeq ?? 0) + 1
            && record.PrevHead == previous?.Record!.Head
            ? null
            : "it does not follow the one before it";
    }
}
