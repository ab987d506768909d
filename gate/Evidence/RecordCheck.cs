using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Checks the records that events vouch for: intents and receipts.</summary>
internal sealed class RecordCheck(Database database, VerificationKeys keys)
{
    private static readonly string[] _intentMembers = ["grant_id", "trace_id", "started_at"];
    private static readonly string[] _receiptMembers = ["receipt_id", "grant_id", "principal", "session_id", "finished_at"];

    private readonly Statement _intent = database.Prepare("SELECT grant_id, trace_id, started_at, body FROM intents WHERE seq = ? AND grant_id = ?");

    private readonly Statement _receipt = database.Prepare(
        """
        SELECT r.receipt_id, r.grant_id, r.principal, r.session_id, r.created_at, r.result_hash, r.signature, r.kid, r.body, i.body
        FROM receipts r LEFT JOIN intents i ON i.seq = r.intent_seq AND i.grant_id = r.grant_id WHERE r.receipt_id = ?
        """);

    internal long Intents { get; private set; }

    internal long Receipts { get; private set; }

    /// <summary>Checks what the event vouches for; null when it holds.</summary>
    internal (LedgerDefectKind Kind, string Detail)? Check(in EventText e)
    {
        if (e.IntentDigest is { } intent && CheckIntent(e, intent) is { } wrongIntent)
        {
            return wrongIntent;
        }

        return e.ReceiptDigest is { } receipt ? CheckReceipt(e, receipt) : null;
    }

    private (LedgerDefectKind, string)? CheckIntent(in EventText e, Sha256Digest digest)
    {
        Intents++;
        try
        {
            if (!_intent.Integer(e.Seq).Text(e.GrantId).Step())
            {
                return (LedgerDefectKind.IntentMissing, $"the intent of grant {e.GrantId}");
            }

            if (Sha256Digest.Of(_intent.Bytes(3)) != digest)
            {
                return (LedgerDefectKind.IntentChanged, $"the intent of grant {e.GrantId}");
            }

            var columns = new ColumnCheck(_intent, _intentMembers);
            return columns.Holds(_intent.Bytes(3))
                ? null
                : (LedgerDefectKind.ColumnChanged, $"intents.{columns.Different} of grant {e.GrantId}");
        }
        finally
        {
            _intent.Reset();
        }
    }

    private (LedgerDefectKind, string)? CheckReceipt(in EventText e, Sha256Digest digest)
    {
        Receipts++;
        try
        {
            if (!_receipt.Text(e.ReceiptId).Step())
            {
                return (LedgerDefectKind.ReceiptMissing, $"receipt {e.ReceiptId}");
            }

            if (Sha256Digest.Of(_receipt.Bytes(8)) != digest)
            {
                return (LedgerDefectKind.ReceiptChanged, $"receipt {e.ReceiptId}");
            }

            var signature = HashSignature.Check(digest, _receipt.String(7), _receipt.Bytes(6), keys);
            if (signature != SignatureStatus.Valid)
            {
                return (LedgerDefectKind.ReceiptSignature, $"receipt {e.ReceiptId}: {signature.ToWire()}");
            }

            var columns = new ColumnCheck(_receipt, _receiptMembers);
            if (!columns.Holds(_receipt.Bytes(8)) || _receipt.Digest(5) != digest)
            {
                return (LedgerDefectKind.ColumnChanged, $"receipts.{columns.Different ?? "result_hash"} of receipt {e.ReceiptId}");
            }

            return NamesItsIntent() ? null : (LedgerDefectKind.ReceiptWithoutIntent, $"receipt {e.ReceiptId}");
        }
        finally
        {
            _receipt.Reset();
        }
    }

    /// <summary>The receipt has its intent's place, and its text holds the intent's digest.</summary>
    private bool NamesItsIntent()
    {
        if (_receipt.IsNull(9))
        {
            return false;
        }

        var columns = default(ColumnCheck);
        return EventText.TryRead(_receipt.Bytes(8), ref columns, out var receipt)
            && receipt.IntentDigest == Sha256Digest.Of(_receipt.Bytes(9));
    }
}
