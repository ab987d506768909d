using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LatchGate.Secrets.Age;

/// <summary>
/// The payload of an age file: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár) over ChaCha20-Poly1305.
/// <code>
/// payload = nonce (16) 1*chunk
/// chunk   = ciphertext (65536, the last 1 to 65536; none only where the whole plaintext is empty) tag (16)
/// </code>
/// A chunk's nonce is its number (11 bytes, big-endian) and 1 for the last chunk, else 0.
/// </summary>
internal static class AgePayload
{
    /// <summary>Bytes of the payload's own nonce.</summary>
    internal const int NonceSize = 16;

    private const int ChunkSize = 64 * 1024;
    private const int TagSize = 16;
    private const int WholeChunk = ChunkSize + TagSize;

    /// <summary>The length of the plaintext in chunks of <paramref name="length"/> bytes; -1 when there is no such plaintext.</summary>
    internal static long PlaintextLength(long length)
    {
        var chunks = (length + WholeChunk - 1) / WholeChunk;
        var last = length - ((chunks - 1) * WholeChunk);
        return length < TagSize || last < TagSize || (last == TagSize && chunks > 1) ? -1 : length - (chunks * TagSize);
    }

    /// <summary>The length of the chunks of a plaintext of <paramref name="length"/> bytes.</summary>
    internal static int EncryptedLength(int length) => length + (Math.Max(1, (length + ChunkSize - 1) / ChunkSize) * TagSize);

    /// <summary>Decrypts all chunks.</summary>
    /// <param name="fileKey">The file key.</param>
    /// <param name="payload">Nonce and chunks.</param>
    /// <param name="plaintext">As long as <see cref="PlaintextLength"/> says; cleared where a chunk is wrong.</param>
    /// <returns>False when a chunk was changed, moved or left out.</returns>
    internal static bool TryDecrypt(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> payload, Span<byte> plaintext)
    {
        using var cipher = CipherOf(fileKey, payload[..NonceSize]);
        Span<byte> nonce = stackalloc byte[12];
        var chunks = payload[NonceSize..];
        var rest = plaintext;
        try
        {
            for (var number = 0u; !chunks.IsEmpty; number++)
            {
                var chunk = chunks[..Math.Min(WholeChunk, chunks.Length)];
                chunks = chunks[chunk.Length..];
                SetNonce(nonce, number, chunks.IsEmpty);
                cipher.Decrypt(nonce, chunk[..^TagSize], chunk[^TagSize..], rest[..(chunk.Length - TagSize)]);
                rest = rest[(chunk.Length - TagSize)..];
            }

            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
    }

    /// <summary>Encrypts.</summary>
    /// <param name="fileKey">The file key.</param>
    /// <param name="plaintext">What to encrypt.</param>
    /// <param name="payload">Takes a fresh nonce and the chunks.</param>
    internal static void Encrypt(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> plaintext, Span<byte> payload)
    {
        RandomNumberGenerator.Fill(payload[..NonceSize]);
        using var cipher = CipherOf(fileKey, payload[..NonceSize]);
        Span<byte> nonce = stackalloc byte[12];
        var chunks = payload[NonceSize..];
        var number = 0u;
        do
        {
            var part = plaintext[..Math.Min(ChunkSize, plaintext.Length)];
            plaintext = plaintext[part.Length..];
            SetNonce(nonce, number++, plaintext.IsEmpty);
            cipher.Encrypt(nonce, part, chunks[..part.Length], chunks.Slice(part.Length, TagSize));
            chunks = chunks[(part.Length + TagSize)..];
        }
        while (!plaintext.IsEmpty);
    }

    // A file has fewer than 2^32 chunks.
    private static void SetNonce(Span<byte> nonce, uint number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[7..], number);
        nonce[11] = isLast ? (byte)1 : (byte)0;
    }

    private static ChaCha20Poly1305 CipherOf(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> nonce)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, key, nonce, "payload"u8);
        var cipher = new ChaCha20Poly1305(key);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }
}
