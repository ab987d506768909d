using System.Runtime.InteropServices;

namespace LatchGate.Crypto;

/// <summary>The few functions of libsodium 1.0.18 that the gate uses. Statically linked in the published binary.</summary>
internal static unsafe partial class Sodium
{
    private const string Library = "sodium";

    /// <summary>Sets libsodium up once; every caller of this class may rely on it having run.</summary>
    static Sodium()
    {
        if (sodium_init() < 0)
        {
            throw new InvalidOperationException("libsodium did not initialise.");
        }
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    /// <summary>Allocates guarded, locked memory that is never swapped; null when the lock limit is reached.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_malloc")]
    internal static partial void* Malloc(nuint size);

    /// <summary>Wipes and frees memory of <see cref="Malloc"/>.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_free")]
    internal static partial void Free(void* memory);

    [LibraryImport(Library, EntryPoint = "crypto_sign_seed_keypair")]
    internal static partial int SignSeedKeypair(byte* publicKey, byte* secretKey, byte* seed);

    [LibraryImport(Library, EntryPoint = "crypto_sign_detached")]
    internal static partial int SignDetached(byte* signature, ulong* signatureLength, byte* message, ulong messageLength, byte* secretKey);

    [LibraryImport(Library, EntryPoint = "crypto_sign_verify_detached")]
    internal static partial int SignVerifyDetached(byte* signature, byte* message, ulong messageLength, byte* publicKey);

    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_curve25519_base")]
    internal static partial int ScalarMultBase(byte* point, byte* scalar);

    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_curve25519")]
    internal static partial int ScalarMult(byte* shared, byte* scalar, byte* point);

    [LibraryImport(Library, EntryPoint = "crypto_pwhash_scryptsalsa208sha256_ll")]
    internal static partial int Scrypt(byte* password, nuint passwordLength, byte* salt, nuint saltLength, ulong cost, uint blockSize, uint parallelism, byte* derived, nuint derivedLength);
}
