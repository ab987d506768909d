namespace LatchGate.Evidence;

/// <summary>What is wrong with a ledger.</summary>
public enum LedgerDefectKind
{
    /// <summary>The file is not a readable ledger of a known version.</summary>
    Unreadable,

    /// <summary>A place in the chain is empty: events were deleted or reordered.</summary>
    EventMissing,

    /// <summary>An event does not have its stored hash, or is not canonical: it was edited.</summary>
    EventChanged,

    /// <summary>An event does not name the hash of the one before it.</summary>
    LinkBroken,

    /// <summary>A column disagrees with the record's signed or chained text.</summary>
    ColumnChanged,

    /// <summary>An intent that the chain vouches for is missing.</summary>
    IntentMissing,

    /// <summary>An intent is not the one that the chain vouches for.</summary>
    IntentChanged,

    /// <summary>A receipt that the chain vouches for is missing.</summary>
    ReceiptMissing,

    /// <summary>A receipt is not the one that the chain vouches for.</summary>
    ReceiptChanged,

    /// <summary>A receipt's signature is not valid, or its key is not known.</summary>
    ReceiptSignature,

    /// <summary>A receipt has no intent, or another intent than it says.</summary>
    ReceiptWithoutIntent,

    /// <summary>An operator's note resolves an intent that is not there, has a receipt, was resolved before, or still counts as open.</summary>
    ResolutionInvalid,

    /// <summary>An approval is missing or not in the state that the chain vouches for.</summary>
    ApprovalChanged,

    /// <summary>A budget is missing or not what the chain says was set and debited.</summary>
    BudgetChanged,

    /// <summary>Learned destinations are not those that the chain says operators added.</summary>
    LearnedChanged,

    /// <summary>The revocations are not those that the chain says operators made.</summary>
    RevocationsChanged,

    /// <summary>A table holds a row that no event vouches for.</summary>
    RowNotVouched,

    /// <summary>A checkpoint does not fit the chain, or its signature is not valid, or its key is not known.</summary>
    CheckpointInvalid,

    /// <summary>A stretch of the chain has no checkpoint where the gate always writes one.</summary>
    CheckpointMissing,

    /// <summary>A signed checkpoint is beyond the last event: the end of the chain was cut off.</summary>
    TailMissing,

    /// <summary>What the ledger keeps of a segment is not what the gate signed, or a segment file does not hold what was sealed.</summary>
    SegmentChanged,

    /// <summary>A segment file is not there.</summary>
    SegmentMissing,
}

/// <summary>The first thing that is wrong.</summary>
/// <param name="Kind">What kind of defect.</param>
/// <param name="Seq">The event it was found at; 0 when it belongs to no event.</param>
/// <param name="TraceId">The event's request; empty when it belongs to no event.</param>
/// <param name="Detail">Which record or column.</param>
public sealed record LedgerDefect(LedgerDefectKind Kind, long Seq, string TraceId, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => Seq > 0 ? $"event {Seq}: {Kind}: {Detail}" : $"{Kind}: {Detail}";
}

/// <summary>What a verification found.</summary>
public sealed record VerificationReport
{
    /// <summary>The first defect; null when everything holds.</summary>
    public required LedgerDefect? Defect { get; init; }

    /// <summary>True when everything holds.</summary>
    public bool Intact => Defect is null;

    /// <summary>Events checked.</summary>
    public required long Events { get; init; }

    /// <summary>Links between events checked.</summary>
    public long VerifiedLinks => Math.Max(0, Events - (SealedThrough > 0 ? 0 : 1));

    /// <summary>Events up to this one are in segment files, and were not checked here; 0 where the chain was checked from its first
    /// event.</summary>
    public long SealedThrough { get; init; }

    /// <summary>Segments that the ledger knows of; their records were checked.</summary>
    public int Segments { get; init; }

    /// <summary>Receipts checked, signatures included.</summary>
    public required long Receipts { get; init; }

    /// <summary>Checkpoints checked, signatures included.</summary>
    public required long Checkpoints { get; init; }

    /// <summary>The last event that a checkpoint signs: what comes after it could be cut off unseen.</summary>
    public required long SignedThrough { get; init; }

    /// <summary>Hash of the last event checked; empty without events. Note it elsewhere to detect that the whole file is exchanged later.</summary>
    public required string Head { get; init; }

    /// <summary>Intents without an outcome; not a defect, but each is an effect that may have happened.</summary>
    public required IReadOnlyList<UnresolvedIntent> Unresolved { get; init; }
}
