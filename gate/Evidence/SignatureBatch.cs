using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>Signatures that one thread checks together, in the order of the chain. Its memory is used again.</summary>
internal sealed class SignatureBatch
{
    // About 10 ms of work: a change of threads costs nothing beside it.
    private const int Size = 256;

    private readonly SignatureEntry[] _entries = new SignatureEntry[Size];
    private readonly Sha256Digest[] _digests = new Sha256Digest[Size];
    private readonly ReadOnlyMemory<byte>[] _publicKeys = new ReadOnlyMemory<byte>[Size];
    private readonly byte[] _signatures = new byte[Size * Ed25519.SignatureSize];
    private int _count;

    internal bool IsFull => _count == Size;

    internal void Clear() => _count = 0;

    internal void Add(in SignatureEntry entry, Sha256Digest digest, ReadOnlyMemory<byte> publicKey, ReadOnlySpan<byte> signature)
    {
        (_entries[_count], _digests[_count], _publicKeys[_count]) = (entry, digest, publicKey);
        signature.CopyTo(_signatures.AsSpan(_count * Ed25519.SignatureSize, Ed25519.SignatureSize));
        _count++;
    }

    /// <summary>The first signature that is not valid, of events before <paramref name="before"/>.</summary>
    internal SignatureFailure? FindInvalid(long before)
    {
        for (var i = 0; i < _count && _entries[i].Seq < before; i++)
        {
            if (!HashSignature.IsValid(_digests[i], _publicKeys[i].Span, _signatures.AsSpan(i * Ed25519.SignatureSize, Ed25519.SignatureSize)))
            {
                return new SignatureFailure(_entries[i]);
            }
        }

        return null;
    }
}
