using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What every start checks: the metadata, the last event's hash, and the last signed checkpoint.</summary>
internal static class LedgerHeadCheck
{
    /// <exception cref="Pipeline.StartupException">Something does not hold.</exception>
    internal static void Run(string path, Database database, Ed25519Signer signer, VerificationKeys? earlierKeys)
    {
        if (database.Scalar($"SELECT count(*) FROM ledger_metadata WHERE key = 'chain_hash_format' AND value = '{LedgerSchema.ChainHashFormat}'") != 1)
        {
            throw LedgerOpening.Damaged(path, "Its metadata does not name the chain's hash.");
        }

        CheckLastEvent(path, database);
        CheckLastCheckpoint(path, database, signer, earlierKeys);
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
        var own = HashSignature.Check(digest, last.String(4), last.Bytes(5), VerificationKeys.Of(signer));
        var status = own == SignatureStatus.UnknownKeyId && earlierKeys is not null
            ? HashSignature.Check(digest, last.String(4), last.Bytes(5), earlierKeys)
            : own;

        // A key that is not known proves nothing either way; the verifier reports it.
        if (status is not (SignatureStatus.Valid or SignatureStatus.UnknownKeyId))
        {
            throw LedgerOpening.Damaged(path, "The last checkpoint's signature is not valid.");
        }
    }
}
