namespace LatchGate.Crypto;

/// <summary>Ed25519 verification (RFC 8032), strict: libsodium refuses small-order keys and non-canonical encodings.</summary>
public static unsafe class Ed25519
{
    /// <summary>Length of a private seed in bytes.</summary>
    public const int SeedSize = 32;

    /// <summary>Length of a public key in bytes.</summary>
    public const int PublicKeySize = 32;

    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>True when <paramref name="signature"/> is a valid signature of <paramref name="message"/>; wrong lengths are false.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize)
        {
            return false;
        }

        fixed (byte* key = publicKey, text = message, sig = signature)
        {
            return Sodium.SignVerifyDetached(sig, text, (ulong)message.Length, key) == 0;
        }
    }
}
