using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>The signature convention of receipts and checkpoints: Ed25519 over the 64 ASCII hexadecimal digits of a SHA-256 (reference/kernel.md §5.2).</summary>
internal static class HashSignature
{
    internal static byte[] Sign(Sha256Digest digest, Ed25519Signer signer)
    {
        Span<byte> digits = stackalloc byte[2 * Sha256Digest.Size];
        Encoding.ASCII.GetBytes(digest.ToHex(), digits);
        var signature = new byte[Ed25519.SignatureSize];
        signer.Sign(digits, signature);
        return signature;
    }

    internal static SignatureStatus Check(Sha256Digest digest, string? keyId, ReadOnlySpan<byte> signature, VerificationKeys keys)
    {
        var status = Find(keyId, signature, keys, out var publicKey);
        return status != SignatureStatus.Valid || IsValid(digest, publicKey.Span, signature) ? status : SignatureStatus.Invalid;
    }

    /// <summary>Everything that can be said before the arithmetic: <see cref="SignatureStatus.Valid"/> means only that there is a key to check with.</summary>
    internal static SignatureStatus Find(string? keyId, ReadOnlySpan<byte> signature, VerificationKeys keys, out ReadOnlyMemory<byte> publicKey)
    {
        publicKey = default;
        if (signature.IsEmpty)
        {
            return SignatureStatus.MissingSignature;
        }

        if (string.IsNullOrEmpty(keyId))
        {
            return SignatureStatus.MissingKeyId;
        }

        if (signature.Length != Ed25519.SignatureSize)
        {
            return SignatureStatus.MalformedSignature;
        }

        return keys.TryGet(keyId, out publicKey) ? SignatureStatus.Valid : SignatureStatus.UnknownKeyId;
    }

    /// <summary>The arithmetic.</summary>
    internal static bool IsValid(Sha256Digest digest, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> signature)
    {
        Span<byte> digits = stackalloc byte[2 * Sha256Digest.Size];
        Encoding.ASCII.GetBytes(digest.ToHex(), digits);
        return Ed25519.Verify(publicKey, digits, signature);
    }

    /// <summary>How a report names a signature that is not valid: with the key that would be needed, when that is what is missing.</summary>
    internal static string Describe(SignatureStatus status, string? keyId) =>
        status == SignatureStatus.UnknownKeyId ? $"{status.ToWire()} {keyId}" : status.ToWire();
}

/// <summary>What a check of a signature found (reference/wire.md §5.6).</summary>
public enum SignatureStatus
{
    /// <summary>The signature is the key's, over this very content.</summary>
    Valid,

    /// <summary>The signature is not over this content, or not by this key.</summary>
    Invalid,

    /// <summary>There is no signature.</summary>
    MissingSignature,

    /// <summary>There is no key id.</summary>
    MissingKeyId,

    /// <summary>The key id is none of the known keys.</summary>
    UnknownKeyId,

    /// <summary>The signature does not have 64 bytes.</summary>
    MalformedSignature,
}

/// <summary>Wire forms of <see cref="SignatureStatus"/>.</summary>
public static class SignatureStatusExtensions
{
    /// <summary>The snake_case name.</summary>
    public static string ToWire(this SignatureStatus status) => status switch
    {
        SignatureStatus.Valid => "valid",
        SignatureStatus.Invalid => "invalid",
        SignatureStatus.MissingSignature => "missing_signature",
        SignatureStatus.MissingKeyId => "missing_key_id",
        SignatureStatus.UnknownKeyId => "unknown_key_id",
        SignatureStatus.MalformedSignature => "malformed_signature",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}

/// <summary>Public keys by key id, current and past. Safe for concurrent use.</summary>
public sealed class VerificationKeys
{
    // Replaced whole when a key is added.
    private volatile Dictionary<string, ReadOnlyMemory<byte>> _keys = new(StringComparer.Ordinal);

    /// <summary>Takes 32-byte Ed25519 public keys; the ids are derived from them.</summary>
    /// <exception cref="ArgumentException">A key does not have 32 bytes.</exception>
    public VerificationKeys(IEnumerable<ReadOnlyMemory<byte>> publicKeys)
    {
        foreach (var key in publicKeys)
        {
            if (key.Length != Ed25519.PublicKeySize)
            {
                throw new ArgumentException("An Ed25519 public key has 32 bytes.", nameof(publicKeys));
            }

            _keys[Ed25519Signer.KeyIdOf(key.Span)] = key;
        }
    }

    /// <summary>The key of <paramref name="signer"/> alone.</summary>
    public static VerificationKeys Of(Ed25519Signer signer) => new([signer.PublicKey.ToArray()]);

    /// <summary>Adds the key that receipts are signed with from now on.</summary>
    internal void Add(ReadOnlyMemory<byte> publicKey) =>
        _keys = new Dictionary<string, ReadOnlyMemory<byte>>(_keys, StringComparer.Ordinal) { [Ed25519Signer.KeyIdOf(publicKey.Span)] = publicKey };

    /// <summary>Finds a key.</summary>
    public bool TryGet(string keyId, out ReadOnlyMemory<byte> publicKey) => _keys.TryGetValue(keyId, out publicKey);
}
