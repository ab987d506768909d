namespace LatchGate.Crypto;

/// <summary>X25519 (RFC 7748 §5), by libsodium.</summary>
internal static unsafe class X25519
{
    /// <summary>Bytes of a scalar, a public key and a shared secret.</summary>
    internal const int Size = 32;

    /// <summary>The public key of <paramref name="scalar"/>.</summary>
    internal static void PublicKey(ReadOnlySpan<byte> scalar, Span<byte> publicKey)
    {
        Require(scalar.Length, publicKey.Length, Size);
        fixed (byte* point = publicKey, secret = scalar)
        {
            if (Sodium.ScalarMultBase(point, secret) != 0)
            {
                throw new InvalidOperationException("libsodium derived no public key.");
            }
        }
    }

    /// <summary>The secret that both sides share.</summary>
    /// <returns>False where the other side's point has a small order: the result would be zero for every scalar (RFC 7748 §6.1).</returns>
    internal static bool TryAgree(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        Require(scalar.Length, publicKey.Length, shared.Length);
        fixed (byte* result = shared, secret = scalar, point = publicKey)
        {
            return Sodium.ScalarMult(result, secret, point) == 0;
        }
    }

    private static void Require(int first, int second, int third)
    {
        if (first != Size || second != Size || third != Size)
        {
            throw new ArgumentException("X25519 works on 32 bytes.");
        }
    }
}
