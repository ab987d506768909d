namespace LatchGate.Crypto;

/// <summary>
/// An Ed25519 signing key (RFC 8032). The secret lives in locked memory and is wiped by <see cref="Dispose"/>.
/// </summary>
public sealed unsafe class Ed25519Signer : IDisposable
{
    private const int ExpandedKeySize = 64;

    private readonly SecureMemory _secretKey = new(ExpandedKeySize);
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeySize];

    /// <summary>Derives the key pair of <paramref name="seed"/>, which the caller wipes.</summary>
    /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SeedSize)
        {
            throw new ArgumentException("An Ed25519 seed has 32 bytes.", nameof(seed));
        }

        fixed (byte* publicKey = _publicKey, secretKey = _secretKey.Span, seedBytes = seed)
        {
            if (Sodium.SignSeedKeypair(publicKey, secretKey, seedBytes) != 0)
            {
                throw new InvalidOperationException("libsodium derived no key pair.");
            }
        }

        KeyId = KeyIdOf(_publicKey);
    }

    /// <summary>The 32-byte public key.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>The <c>kid</c>: the first 16 hexadecimal digits of the public key (reference/kernel.md §5.2).</summary>
    public string KeyId { get; }

    /// <summary>The <c>kid</c> of a public key.</summary>
    public static string KeyIdOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(publicKey[..8]);

    /// <summary>Signs <paramref name="message"/> into the first 64 bytes of <paramref name="signature"/>.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signature.Length, Ed25519.SignatureSize);
        fixed (byte* sig = signature, text = message, key = _secretKey.Span)
        {
            if (Sodium.SignDetached(sig, null, text, (ulong)message.Length, key) != 0)
            {
                throw new InvalidOperationException("libsodium made no signature.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _secretKey.Dispose();
}
