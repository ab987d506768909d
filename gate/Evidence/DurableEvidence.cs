using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>Proof that an outcome is durable: receipt, event and the intent's resolution. Only then may success be answered.</summary>
public sealed class DurableEvidence
{
    private DurableEvidence(SignedReceipt receipt, long seq) => (Receipt, Seq) = (receipt, seq);

    /// <summary>The receipt that was stored.</summary>
    public SignedReceipt Receipt { get; }

    /// <summary>Place of the outcome's event in the chain.</summary>
    public long Seq { get; }

    /// <summary>Stores receipt and events, resolves the intent and ends the approval: all, or none of it.</summary>
    /// <exception cref="InvalidOperationException">The intent has an outcome already, or the approval is not held: a mistake of the caller.</exception>
    internal static DurableEvidence Write(LedgerTables tables, SignedReceipt receipt, IReadOnlyList<AuditEvent> events, ApprovalCompletion? approval)
    {
        var content = receipt.Content;
        var intent = content.Intent.Intent;
        if (!tables.Intents.TryResolve(content.Intent.Seq))
        {
            throw new InvalidOperationException("The intent has an outcome already.");
        }

        Sha256Digest? approvalDigest = null;
        if (approval is not null)
        {
            var outcome = ApprovalTransitions.TryComplete(tables, approval, content.ReceiptId, out var digest);
            approvalDigest = outcome == CompletionOutcome.Completed
                ? digest
                : throw new InvalidOperationException($"The approval cannot end: {outcome}.");
        }

        tables.Receipts.Insert(receipt);
        var first = events[0] with { ReceiptId = content.ReceiptId, GrantId = intent.GrantId, ApprovalId = intent.ApprovalId };
        var seq = tables.Append(first, new RecordDigests(Receipt: receipt.Canonical.Digest, Approval: approvalDigest));
        for (var i = 1; i < events.Count; i++)
        {
            tables.Append(events[i], default);
        }

        return new DurableEvidence(receipt, seq);
    }
}
