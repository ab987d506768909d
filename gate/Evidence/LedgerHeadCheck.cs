using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What every start checks: the metadata, where the chain begins, the last event's hash, and the last signed checkpoint.</summary>
internal static class LedgerHeadCheck
{
    /// <exception cref="Pipeline.StartupException">Something does not hold.</exception>
    internal static void Run(string path, Database database, Ed25519Signer signer, VerificationKeys? earlierKeys)
    {
        if (database.Scalar($"SELECT count(*) FROM ledger_metadata WHERE key = 'chain_hash_format' AND value = '{LedgerSchema.ChainHashFormat}'") != 1)
        {
            throw LedgerOpening.Damaged(path, "Its metadata does not name the chain's hash.");
        }

        CheckBeginning(path, database, signer, earlierKeys);
        CheckLastEvent(path, database);
        CheckLastCheckpoint(path, database, signer, earlierKeys);
    }

    /// <summary>The first event is the one after the last segment, whose record is signed; without segments it is event 1.</summary>
    private static void CheckBeginning(string path, Database database, Ed25519Signer signer, VerificationKeys? earlierKeys)
    {
        var last = SegmentTable.Last(database);
        if (last is not null && (last.Record is not { } record
            || StatusOf(last.Digest, record.KeyId, last.Signature, signer, earlierKeys)
                is not (SignatureStatus.Valid or SignatureStatus.UnknownKeyId)))
        {
            throw LedgerOpening.Damaged(path, "The record of the last segment is not what was signed.");
        }

        using var first = database.PrepareOnce("SELECT seq, prev_hash FROM events ORDER BY seq LIMIT 1");
        if (!first.Step())
        {
            return;
        }

        var (seq, previous) = ((last?.Record?.LastSeq ?? 0) + 1, last?.Record?.Head);
        if (first.Int64(0) != seq || first.Digest(1) != previous)
        {
            throw LedgerOpening.Damaged(path, $"Its first event is not event {seq}, which follows what was sealed.");
        }
    }

    private static SignatureStatus StatusOf(
        Sha256Digest digest, string keyId, ReadOnlySpan<byte> signature, Ed25519Signer signer, VerificationKeys? earlierKeys)
    {
        var own = HashSignature.Check(digest, keyId, signature, VerificationKeys.Of(signer));
        return own == SignatureStatus.UnknownKeyId && earlierKeys is not null
            ? HashSignature.Check(digest, keyId, signature, earlierKeys)
            : own;
    }

    private static void CheckLastEvent(string path, Database database)
    {
        using var last = database.PrepareOnce("SELECT hash, body FROM events ORDER BY seq DESC LIMIT 1");
        if (last.Step() && last.Digest(0) != Sha256Digest.Of(last.Bytes(1)))
        {
            throw LedgerOpening.Damaged(path, "The last event does not have its hash.");
        }
    }

    private static void CheckLastCheckpoint(string path, Database database, Ed25519Signer signer, VerificationKeys? earlierKeys)
    {
        using var last = database.PrepareOnce(
            """
            SELECT c.seq, c.count, c.head, c.time, c.kid, c.signature, e.hash FROM checkpoints c LEFT JOIN events e ON e.seq = c.seq
            ORDER BY c.seq DESC LIMIT 1
            """);
        if (!last.Step())
        {
            return;
        }

        if (last.Digest(2) is not { } head || last.Digest(6) != head)
        {
            throw LedgerOpening.Damaged(path, $"The last signed checkpoint names event {last.Int64(0)}, which is missing or changed.");
        }

        var digest = CheckpointTable.DigestOf(last.Int64(0), last.Int64(1), head, last.String(3), last.String(4));
        var status = StatusOf(digest, last.String(4), last.Bytes(5), signer, earlierKeys);

        // A key that is not known proves nothing either way; the verifier reports it.
        if (status is not (SignatureStatus.Valid or SignatureStatus.UnknownKeyId))
        {
            throw LedgerOpening.Damaged(path, "The last checkpoint's signature is not valid.");
        }
    }
}
