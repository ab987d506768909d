using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence.Segments;

/// <summary>
/// Proof that a durable file holds a stretch of the chain: written from events that were each checked, read back, and checked again.
/// Only <see cref="SegmentArchive"/> makes one; the ledger removes nothing without it.
/// </summary>
internal sealed class SealedFile
{
    internal required long Number { get; init; }

    internal required string Name { get; init; }

    internal required long Bytes { get; init; }

    internal required Sha256Digest FileDigest { get; init; }

    internal required long FirstSeq { get; init; }

    internal required long LastSeq { get; init; }

    internal required Sha256Digest? PrevHead { get; init; }

    internal required Sha256Digest Head { get; init; }

    internal required string LastTime { get; init; }

    /// <summary>Receipts in the file.</summary>
    internal required long Receipts { get; init; }

    /// <summary>Intents that have their outcome in the file.</summary>
    internal required long Intents { get; init; }

    /// <summary>Intents up to the last event that have no outcome there; they stay in the ledger.</summary>
    internal required IReadOnlyList<long> OpenIntents { get; init; }

    /// <summary>Approvals whose last state is in the file.</summary>
    internal required IReadOnlyList<string> Approvals { get; init; }

    /// <summary>What the chain says about the tables after the last event.</summary>
    internal required CanonicalBytes State { get; init; }
}

/// <summary>What is done of a sealing. A crash after any of them loses nothing.</summary>
internal enum SealStep
{
    /// <summary>The head of the chain is signed, and the events to seal are chosen.</summary>
    Chosen,

    /// <summary>They are in a file, under a name that says that it is not finished.</summary>
    Written,

    /// <summary>The file is durable, and has its name.</summary>
    Named,

    /// <summary>The file was read back and checked.</summary>
    Checked,

    /// <summary>In the transaction: the event and the record are written, and the rows are deleted.</summary>
    Deleted,

    /// <summary>The transaction is committed.</summary>
    Committed,
}
