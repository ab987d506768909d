using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Signed receipts, each in its intent's place: there is no second one for an intent.</summary>
internal sealed class ReceiptTable(Database database)
{
    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO receipts(intent_seq, receipt_id, grant_id, principal, session_id, created_at, result_hash, signature, kid, body)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    internal void Insert(SignedReceipt receipt)
    {
        var (content, intent) = (receipt.Content, receipt.Content.Intent.Intent);
        _insert.Integer(content.Intent.Seq).Text(content.ReceiptId).Text(intent.GrantId).Text(intent.Principal).Text(intent.SessionId)
            .Text(WireTime.Format(content.FinishedAt)).Blob(receipt.Canonical.Digest.Bytes).Blob(receipt.Signature.Span)
            .Text(receipt.KeyId).Blob(receipt.Canonical.Span).Run();
    }
}
