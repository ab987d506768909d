using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Age;

/// <summary>
/// age files (C2SP age, version 1): a header with the file key, wrapped for each recipient, and an encrypted payload. X25519 and scrypt;
/// the hybrid and plugin recipients need what neither the base library nor the linked ones have, and are passed over.
/// </summary>
internal static class AgeFile
{
    /// <summary>Opens a binary file (for an armored one, <see cref="AgeArmor"/> comes first).</summary>
    /// <param name="file">The file.</param>
    /// <param name="identities">Tried in order on each stanza.</param>
    /// <param name="plaintext">The content, which the caller disposes, in memory of at least one byte; null on a fault.</param>
    /// <param name="length">Bytes of the content.</param>
    internal static AgeFault TryDecrypt(ReadOnlySpan<byte> file, IReadOnlyList<AgeIdentity> identities, out SecureMemory? plaintext, out int length)
    {
        (plaintext, length) = (null, 0);
        if (!AgeHeader.TryRead(file, out var header))
        {
            return AgeFault.Header;
        }

        using var fileKey = new SecureMemory(AgeStanza.FileKeySize);
        var fault = Unwrap(header, identities, fileKey.Span);
        if (fault != AgeFault.None)
        {
            return fault;
        }

        if (!header.IsAuthentic(fileKey.Span))
        {
            return AgeFault.Mac;
        }

        var payload = file[header.Length..];
        if (payload.Length < AgePayload.NonceSize)
        {
            return AgeFault.Header;
        }

        length = (int)AgePayload.PlaintextLength(payload.Length - AgePayload.NonceSize);
        if (length < 0)
        {
            length = 0;
            return AgeFault.Payload;
        }

        var memory = new SecureMemory(Math.Max(length, 1));
        if (!AgePayload.TryDecrypt(fileKey.Span, payload, memory.Span[..length]))
        {
            memory.Dispose();
            length = 0;
            return AgeFault.Payload;
        }

        plaintext = memory;
        return AgeFault.None;
    }

    /// <summary>Makes a binary file.</summary>
    internal static byte[] Encrypt(ReadOnlySpan<byte> plaintext, IReadOnlyList<AgeRecipient> recipients)
    {
        ArgumentOutOfRangeException.ThrowIfZero(recipients.Count);
        using var fileKey = new SecureMemory(AgeStanza.FileKeySize);
        RandomNumberGenerator.Fill(fileKey.Span);
        var file = new ArrayBufferWriter<byte>(512 + plaintext.Length);
        file.Write(AgeHeader.Version);
        Span<byte> digits = stackalloc byte[AgeStanza.WrappedKeySize * 2];
        foreach (var recipient in recipients)
        {
            // A wrapped key fits the last, short line of a body.
            var stanza = recipient.Wrap(fileKey.Span);
            file.Write(Encoding.ASCII.GetBytes($"-> {stanza.Type} {stanza.Arguments}\n"));
            file.Write(digits[..AgeBase64.Encode(stanza.Body, digits)]);
            file.Write("\n"u8);
        }

        file.Write("---"u8);
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        AgeHeader.Mac(fileKey.Span, file.WrittenSpan, mac);
        file.Write(" "u8);
        file.Write(digits[..AgeBase64.Encode(mac, digits)]);
        file.Write("\n"u8);
        var length = AgePayload.NonceSize + AgePayload.EncryptedLength(plaintext.Length);
        AgePayload.Encrypt(fileKey.Span, plaintext, file.GetSpan(length)[..length]);
        file.Advance(length);
        return file.WrittenSpan.ToArray();
    }

    private static AgeFault Unwrap(AgeHeader header, IReadOnlyList<AgeIdentity> identities, Span<byte> fileKey)
    {
        // A passphrase opens one stanza alone: whoever knows it must not pass for another recipient.
        foreach (var stanza in header.Stanzas)
        {
            if (stanza.Type == "scrypt" && header.Stanzas.Count > 1)
            {
                return AgeFault.Header;
            }
        }

        foreach (var identity in identities)
        {
            foreach (var stanza in header.Stanzas)
            {
                var fault = identity.TryUnwrap(stanza, fileKey);
                if (fault != AgeFault.NoMatch)
                {
                    return fault;
                }
            }
        }

        return AgeFault.NoMatch;
    }
}
