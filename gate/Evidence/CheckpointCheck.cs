using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Walks the checkpoints beside the events.</summary>
internal sealed class CheckpointCheck : IDisposable
{
    private readonly Statement _rows;
    private readonly VerificationKeys _keys;
    private bool _more;

    /// <param name="database">The ledger.</param>
    /// <param name="keys">Public keys of receipts.</param>
    /// <param name="from">The event before the first, which is signed; 0 where the chain begins.</param>
    internal CheckpointCheck(Database database, VerificationKeys keys, long from)
    {
        (_keys, SignedThrough) = (keys, from);
        _rows = database.PrepareOnce("SELECT seq, count, head, time, kid, signature FROM checkpoints ORDER BY seq");
        _more = _rows.Step();
    }

    internal long Count { get; private set; }

    /// <summary>The last event that a checked checkpoint signs.</summary>
    internal long SignedThrough { get; private set; }

    /// <summary>Checks the checkpoint of this event, if there is one; null when all is well.</summary>
    internal (LedgerDefectKind Kind, string Detail)? Check(long seq, Sha256Digest hash)
    {
        if (_more && _rows.Int64(0) == seq)
        {
            var digest = CheckpointTable.DigestOf(seq, _rows.Int64(1), hash, _rows.String(3), _rows.String(4));
            var status = HashSignature.Check(digest, _rows.String(4), _rows.Bytes(5), _keys);
            if (_rows.Digest(2) != hash || _rows.Int64(1) != seq || status != SignatureStatus.Valid)
            {
                return (LedgerDefectKind.CheckpointInvalid, $"the checkpoint's signature is {HashSignature.Describe(status, _rows.String(4))} for this event");
            }

            Count++;
            SignedThrough = seq;
            _more = _rows.Step();
        }

        return seq - SignedThrough >= CheckpointTable.Interval
            ? (LedgerDefectKind.CheckpointMissing, $"no checkpoint since event {SignedThrough}")
            : null;
    }

    /// <summary>After the last event: a checkpoint that is left signs events that are gone.</summary>
    internal LedgerDefect? CheckEnd(long lastSeq) => !_more
        ? null
        : new LedgerDefect(LedgerDefectKind.TailMissing, _rows.Int64(0), "", $"signed on {_rows.String(3)}, but the last event is {lastSeq}");

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();
}
