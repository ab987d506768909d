using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Checks the records that events vouch for: intents, receipts, and operators' notes on intents without receipt.</summary>
/// <param name="database">The ledger.</param>
/// <param name="keys">Public keys of receipts.</param>
/// <param name="signatures">Takes the signatures; what they are worth is known when it is finished.</param>
internal sealed class RecordCheck(Database database, VerificationKeys keys, SignatureChecks signatures)
{
    private static readonly string[] _intentMembers = ["grant_id", "trace_id", "started_at"];
    private static readonly string[] _receiptMembers = ["receipt_id", "grant_id", "principal", "session_id", "finished_at"];

    private readonly Statement _intent = database.Prepare("SELECT grant_id, trace_id, started_at, body FROM intents WHERE seq = ? AND grant_id = ?");

    private readonly Statement _receipt = database.Prepare(
        """
        SELECT r.receipt_id, r.grant_id, r.principal, r.session_id, r.created_at, r.result_hash, r.signature, r.kid, r.body, i.body
        FROM receipts r LEFT JOIN intents i ON i.seq = r.intent_seq AND i.grant_id = r.grant_id WHERE r.receipt_id = ?
        """);

    private readonly Statement _resolution = database.Prepare(
        """
        SELECT seq, EXISTS(SELECT 1 FROM open_intents o WHERE o.seq = i.seq), EXISTS(SELECT 1 FROM receipts r WHERE r.intent_seq = i.seq)
        FROM intents i WHERE grant_id = ?
        """);

    private readonly HashSet<string> _resolved = new(StringComparer.Ordinal);

    internal long Intents { get; private set; }

    internal long Receipts { get; private set; }

    /// <summary>Intents that an operator resolved with a note.</summary>
    internal long Resolved => _resolved.Count;

    /// <summary>Checks what the event vouches for; null when it holds.</summary>
    internal (LedgerDefectKind Kind, string Detail)? Check(in EventText e)
    {
        if (e.IntentDigest is { } intent && CheckIntent(e.Seq, e.GrantId, intent) is { } wrongIntent)
        {
            return wrongIntent;
        }

        return e.ReceiptDigest is { } receipt ? CheckReceipt(e, receipt)
            : e.IsResolution ? CheckResolution(e)
            : null;
    }

    /// <summary>Takes over the intents that had no outcome at a base, and checks that they are still there.</summary>
    internal LedgerDefect? TakeOver(ChainState state)
    {
        foreach (var (grant, intent) in state.OpenIntents)
        {
            if (CheckIntent(intent.Seq, grant, intent.Digest) is { } wrong)
            {
                return new LedgerDefect(wrong.Kind, intent.Seq, "", wrong.Detail);
            }
        }

        return null;
    }

    private (LedgerDefectKind Kind, string Detail)? CheckIntent(long seq, string? grant, Sha256Digest digest)
    {
        Intents++;
        try
        {
            if (!_intent.Integer(seq).Text(grant).Step())
            {
                return (LedgerDefectKind.IntentMissing, $"the intent of grant {grant}");
            }

            if (Sha256Digest.Of(_intent.Bytes(3)) != digest)
            {
                return (LedgerDefectKind.IntentChanged, $"the intent of grant {grant}");
            }

            var columns = new ColumnCheck(_intent, _intentMembers);
            return columns.Holds(_intent.Bytes(3))
                ? null
                : (LedgerDefectKind.ColumnChanged, $"intents.{columns.Different} of grant {grant}");
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

            var signature = HashSignature.Find(_receipt.String(7), _receipt.Bytes(6), keys, out var publicKey);
            if (signature != SignatureStatus.Valid)
            {
                return (LedgerDefectKind.ReceiptSignature, $"receipt {e.ReceiptId}: {HashSignature.Describe(signature, _receipt.String(7))}");
            }

            signatures.Add(new SignatureEntry(e.Seq, Receipts, e.ReceiptId ?? ""), digest, publicKey, _receipt.Bytes(6));

            // One pass over the text for the columns and for the intent's digest.
            var columns = new ColumnCheck(_receipt, _receiptMembers);
            var isReceipt = EventText.TryRead(_receipt.Bytes(8), ref columns, out var receipt);
            if (!columns.IsComplete || columns.Different is not null || _receipt.Digest(5) != digest)
            {
                return (LedgerDefectKind.ColumnChanged, $"receipts.{columns.Different ?? "result_hash"} of receipt {e.ReceiptId}");
            }

            // The receipt has its intent's place, and its text holds the intent's digest.
            return isReceipt && !_receipt.IsNull(9) && receipt.IntentDigest == Sha256Digest.Of(_receipt.Bytes(9))
                ? null
                : (LedgerDefectKind.ReceiptWithoutIntent, $"receipt {e.ReceiptId}");
        }
        finally
        {
            _receipt.Reset();
        }
    }

    private (LedgerDefectKind, string)? CheckResolution(in EventText e)
    {
        try
        {
            if (e.GrantId is not { } grant || !_resolved.Add(grant) || !_resolution.Text(grant).Step() || _resolution.Int64(0) >= e.Seq)
            {
                return (LedgerDefectKind.ResolutionInvalid, $"the note on grant {e.GrantId} is about no intent, or is the second one");
            }

            return _resolution.Int64(1) != 0 || _resolution.Int64(2) != 0
                ? (LedgerDefectKind.ResolutionInvalid, $"the intent of grant {e.GrantId} is {(_resolution.Int64(1) != 0 ? "still open" : "resolved by a receipt")}")
                : null;
        }
        finally
        {
            _resolution.Reset();
        }
    }
}
