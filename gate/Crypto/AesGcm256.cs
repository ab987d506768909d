using System.Security.Cryptography;

namespace LatchGate.Crypto;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) with nonces of any length from 1 to 128 bytes, by OpenSSL: the base library takes 12 bytes only, and
/// SOPS uses 32.
/// </summary>
internal static unsafe class AesGcm256
{
    /// <summary>Bytes of a key.</summary>
    internal const int KeySize = 32;

    /// <summary>Bytes of a tag.</summary>
    internal const int TagSize = 16;

    private const int LongestNonce = 128;

    /// <summary>Encrypts.</summary>
    /// <exception cref="CryptographicException">OpenSSL refused.</exception>
    internal static void Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        RequireSizes(key, nonce, tag, plaintext, ciphertext);
        var context = Begin(key, nonce, associatedData, encrypt: true);
        try
        {
            fixed (byte* tagBytes = tag)
            {
                byte none;
                int written;
                Check(Update(context, ciphertext, plaintext) && LibCrypto.Finish(context, &none, &written) == 1
                    && LibCrypto.Control(context, LibCrypto.GetTag, TagSize, tagBytes) == 1);
            }
        }
        finally
        {
            LibCrypto.FreeContext(context);
        }
    }

    /// <summary>Decrypts; nothing of the plaintext is left where the tag is wrong.</summary>
    /// <returns>False when key, nonce, associated data, ciphertext and tag do not belong together.</returns>
    /// <exception cref="CryptographicException">OpenSSL refused.</exception>
    internal static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        RequireSizes(key, nonce, tag, plaintext, ciphertext);
        var context = Begin(key, nonce, associatedData, encrypt: false);
        try
        {
            fixed (byte* tagBytes = tag)
            {
                byte none;
                int written;
                Check(Update(context, plaintext, ciphertext) && LibCrypto.Control(context, LibCrypto.SetTag, TagSize, tagBytes) == 1);
                if (LibCrypto.Finish(context, &none, &written) == 1)
                {
                    return true;
                }
            }

            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
        finally
        {
            LibCrypto.FreeContext(context);
        }
    }

    private static void* Begin(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, bool encrypt)
    {
        var context = LibCrypto.NewContext();
        if (context is null)
        {
            throw new InsufficientMemoryException("No memory is left for a cipher.");
        }

        try
        {
            var direction = encrypt ? 1 : 0;
            fixed (byte* keyBytes = key, nonceBytes = nonce, data = associatedData)
            {
                int written;
                Check(LibCrypto.Begin(context, LibCrypto.Aes256Gcm(), null, null, null, direction) == 1
                    && LibCrypto.Control(context, LibCrypto.SetNonceLength, nonce.Length, null) == 1
                    && LibCrypto.Begin(context, null, null, keyBytes, nonceBytes, direction) == 1
                    && (associatedData.IsEmpty || LibCrypto.Update(context, null, &written, data, associatedData.Length) == 1));
            }

            return context;
        }
        catch
        {
            LibCrypto.FreeContext(context);
            throw;
        }
    }

    private static bool Update(void* context, Span<byte> output, ReadOnlySpan<byte> input)
    {
        int written;
        fixed (byte* to = output, from = input)
        {
            return input.IsEmpty || (LibCrypto.Update(context, to, &written, from, input.Length) == 1 && written == input.Length);
        }
    }

    private static void Check(bool isDone)
    {
        if (!isDone)
        {
            throw new CryptographicException("OpenSSL refused AES-256-GCM.");
        }
    }

    private static void RequireSizes(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> ciphertext)
    {
        if (key.Length != KeySize || nonce.Length is 0 or > LongestNonce || tag.Length != TagSize || plaintext.Length != ciphertext.Length)
        {
            throw new ArgumentException("A size of AES-256-GCM is wrong.");
        }
    }
}
