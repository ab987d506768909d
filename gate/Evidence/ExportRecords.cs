using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>The intents, receipts and approvals among the lines of an export: each follows the event that vouches for it.</summary>
/// <param name="keys">Public keys that have signed receipts.</param>
/// <param name="signatures">Takes the signatures; what they are worth is known when it is finished.</param>
/// <param name="complete">Whether all intents and receipts must be there, and not only all or none.</param>
internal sealed class ExportRecords(VerificationKeys keys, SignatureChecks signatures, bool complete)
{
    private const string ReceiptType = "latchgate-receipt-v1";
    private const string ApprovalType = "latchgate-approval-v1";

    // Grants whose intent has no outcome yet, with the trace and the time of the intent.
    private readonly Dictionary<string, string[]> _open = new(StringComparer.Ordinal);

    // Intents that are open or have just been closed: a receipt names its intent's digest.
    private readonly Dictionary<string, string> _intents = new(StringComparer.Ordinal);

    private Sha256Digest? _owed;
    private Sha256Digest? _approval;
    private string? _approvalId;
    private string _owedName = "";
    private string? _grant;
    private string? _receiptId;
    private string? _ended;
    private bool _owesReceipt;
    private long _owedSeq;
    private long _firstOwed;
    private string _firstOwedName = "";
    private bool _seen;

    /// <summary>Whether the lines begin with the first event, so that every intent is among them.</summary>
    internal required bool FromFirst { get; set; }

    /// <summary>Approvals checked, each in its last state.</summary>
    internal long Approvals { get; private set; }

    /// <summary>Receipts checked, signatures included; 0 where the file holds none.</summary>
    internal long Receipts { get; private set; }

    /// <summary>Takes an event; what is wrong is that the record of the one before is missing.</summary>
    internal (LedgerDefectKind Kind, string Detail, long Seq)? TakeEvent(in EventText e, ReadOnlySpan<byte> line)
    {
        if (Missing() is { } missing)
        {
            return missing;
        }

        // The receipt of the event before is checked, or is not in the file.
        _intents.Remove(_ended ?? "");
        _ended = null;
        (_approval, _approvalId) = (e.ApprovalDigest, e.ApprovalId);
        if (e.IntentDigest is { } intent)
        {
            Owe(intent, isReceipt: false, e);
            if (e.GrantId is { } grant)
            {
                _open[grant] = [EventText.TextOf(line, "trace_id"u8), EventText.TextOf(line, "timestamp"u8)];
                _intents[grant] = intent.ToString();
            }
        }
        else if (e.ReceiptDigest is { } receipt)
        {
            Owe(receipt, isReceipt: true, e);
            _open.Remove(e.GrantId ?? "");
            _ended = e.GrantId;
        }
        else if (e.IsResolution && !_open.Remove(e.GrantId ?? "") && FromFirst)
        {
            return (LedgerDefectKind.ResolutionInvalid, $"the note on grant {e.GrantId} is about no intent, or is the second one", e.Seq);
        }

        return null;
    }

    /// <summary>Takes a record; what is wrong now belongs to the event before it.</summary>
    internal (LedgerDefectKind Kind, string Detail)? Take(ExportLine record, ReadOnlySpan<byte> line, ExportProgress progress)
    {
        var text = line[record.Record];
        if (record.Type == ApprovalType)
        {
            return TakeApproval(text);
        }

        var isReceipt = record.Type == ReceiptType;
        if (_owed is not { } digest || isReceipt != _owesReceipt)
        {
            return (LedgerDefectKind.RowNotVouched, "a record follows that the event does not vouch for");
        }

        if (Sha256Digest.Of(text) != digest)
        {
            return (isReceipt ? LedgerDefectKind.ReceiptChanged : LedgerDefectKind.IntentChanged, _owedName);
        }

        (_owed, _seen) = (null, true);
        if (!isReceipt)
        {
            return null;
        }

        var status = HashSignature.Find(record.KeyId, record.Signature, keys, out var publicKey);
        if (status != SignatureStatus.Valid)
        {
            return (LedgerDefectKind.ReceiptSignature, $"receipt {_receiptId}: {HashSignature.Describe(status, record.KeyId)}");
        }

        signatures.Add(new SignatureEntry(_owedSeq, Receipts, _receiptId ?? "", progress), digest, publicKey, record.Signature);
        Receipts++;

        // An intent from before the first line is not here to compare with.
        return _intents.TryGetValue(_grant ?? "", out var intent) && EventText.TextOf(text, "intent_digest"u8) != intent
            ? (LedgerDefectKind.ReceiptWithoutIntent, $"receipt {_receiptId}")
            : null;
    }

    /// <summary>A record that is missing although others are there.</summary>
    internal (LedgerDefectKind Kind, string Detail, long Seq)? Missing()
    {
        if (_owed is not null && _firstOwed == 0)
        {
            (_firstOwed, _firstOwedName) = (_owedSeq, _owedName);
        }

        _owed = null;
        return (_seen || complete) && _firstOwed > 0
            ? (_firstOwedName.StartsWith("receipt", StringComparison.Ordinal) ? LedgerDefectKind.ReceiptMissing : LedgerDefectKind.IntentMissing, _firstOwedName, _firstOwed)
            : null;
    }

    /// <summary>Intents that have no outcome at the end of the file.</summary>
    internal List<UnresolvedIntent> Unresolved()
    {
        var unresolved = new List<UnresolvedIntent>(_open.Count);
        foreach (var (grant, of) in _open)
        {
            unresolved.Add(new UnresolvedIntent(grant, of[0], of[1], default));
        }

        return unresolved;
    }

    private (LedgerDefectKind Kind, string Detail)? TakeApproval(ReadOnlySpan<byte> text)
    {
        if (_approval is not { } digest)
        {
            return (LedgerDefectKind.RowNotVouched, "an approval follows that the event does not vouch for");
        }

        Approvals++;
        _approval = null;
        return Sha256Digest.Of(text) == digest ? null : (LedgerDefectKind.ApprovalChanged, $"approval {_approvalId}");
    }

    private void Owe(Sha256Digest digest, bool isReceipt, in EventText e)
    {
        (_owed, _owesReceipt, _owedSeq, _grant, _receiptId) = (digest, isReceipt, e.Seq, e.GrantId, e.ReceiptId);
        _owedName = isReceipt ? $"receipt {e.ReceiptId}" : $"the intent of grant {e.GrantId}";
    }
}
