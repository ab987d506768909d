using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Signed heads of the chain: a chain alone cannot show that its end was cut off or that all of it was rewritten (D-77).</summary>
internal sealed class CheckpointTable(Database database, Ed25519Signer signer)
{
    /// <summary>At most this many events pass between two checkpoints.</summary>
    internal const int Interval = 1000;

    private Ed25519Signer _signer = signer;

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO checkpoints(seq, count, head, time, kid, signature) VALUES(?, ?, ?, ?, ?, ?)");

    internal void Insert(long seq, Sha256Digest head, string time)
    {
        var signature = HashSignature.Sign(DigestOf(seq, seq, head, time, _signer.KeyId), _signer);
        _insert.Integer(seq).Integer(seq).Blob(head.Bytes).Text(time).Text(_signer.KeyId).Blob(signature).Run();
    }

    internal void UseSigner(Ed25519Signer next) => _signer = next;

    /// <summary>The key that signs.</summary>
    internal string KeyId => _signer.KeyId;

    /// <summary>Signs something else with the same key; its text says what it is.</summary>
    internal byte[] Sign(Sha256Digest digest) => HashSignature.Sign(digest, _signer);

    /// <summary>The digest that is signed. The type keeps it apart from a receipt.</summary>
    internal static Sha256Digest DigestOf(long seq, long count, Sha256Digest head, string time, string keyId)
    {
        using var writer = new CanonicalWriter();
        return writer.BeginObject()
            .Member("count"u8, count)
            .Member("head"u8, head)
            .Member("kid"u8, keyId)
            .Member("seq"u8, seq)
            .Member("time"u8, time)
            .Member("type"u8, "latchgate-checkpoint-v1")
            .End().Finish().Digest;
    }
}
