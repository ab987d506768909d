namespace LatchGate.Crypto;

/// <summary>scrypt (RFC 7914), by libsodium.</summary>
internal static unsafe class Scrypt
{
    /// <summary>Derives a key.</summary>
    /// <param name="password">The passphrase.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="logCost">The binary logarithm of the cost N, 1 to 30; 128·N·r bytes of memory are needed.</param>
    /// <param name="blockSize">The parameter r.</param>
    /// <param name="derived">Takes the key.</param>
    /// <exception cref="InsufficientMemoryException">There is not enough memory.</exception>
    internal static void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int logCost, int blockSize, Span<byte> derived)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logCost, Math.Clamp(logCost, 1, 30));
        fixed (byte* secret = password, grains = salt, key = derived)
        {
            if (Sodium.Scrypt(secret, (nuint)password.Length, grains, (nuint)salt.Length, 1ul << logCost, (uint)blockSize, 1, key, (nuint)derived.Length) != 0)
            {
                throw new InsufficientMemoryException("There is no memory for scrypt.");
            }
        }
    }
}
