using System.Buffers;
using System.Buffers.Text;

namespace LatchGate.Secrets.Age;

/// <summary>The base64 of age headers: RFC 4648 §4 without padding, and canonical, so that no two spellings mean the same bytes.</summary>
internal static class AgeBase64
{
    /// <summary>The number of bytes that <paramref name="length"/> digits hold.</summary>
    internal static int DecodedLength(int length) => length * 3 / 4;

    /// <summary>Decodes into the start of <paramref name="bytes"/>.</summary>
    /// <param name="text">Digits without padding.</param>
    /// <param name="bytes">Takes <see cref="DecodedLength"/> bytes.</param>
    /// <returns>False when it is not canonical base64.</returns>
    internal static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        if (text.Length % 4 == 1 || text.ContainsAny("= \t\r\n"u8))
        {
            return false;
        }

        var whole = text.Length & ~3;
        if (whole > 0 && (Base64.DecodeFromUtf8(text[..whole], bytes, out var consumed, out _) != OperationStatus.Done || consumed != whole))
        {
            return false;
        }

        if (whole == text.Length)
        {
            return true;
        }

        Span<byte> last = stackalloc byte[4];
        last.Fill((byte)'=');
        text[whole..].CopyTo(last);
        Span<byte> decoded = stackalloc byte[3];
        Span<byte> again = stackalloc byte[4];
        if (Base64.DecodeFromUtf8(last, decoded, out _, out var count) != OperationStatus.Done
            || Base64.EncodeToUtf8(decoded[..count], again, out _, out _) != OperationStatus.Done || !again.SequenceEqual(last))
        {
            return false;
        }

        decoded[..count].CopyTo(bytes[DecodedLength(whole)..]);
        return true;
    }

    /// <summary>Decodes a text that must hold exactly <paramref name="bytes"/>.</summary>
    internal static bool TryDecodeExactly(ReadOnlySpan<byte> text, Span<byte> bytes) => DecodedLength(text.Length) == bytes.Length && TryDecode(text, bytes);

    /// <summary>Encodes, without padding.</summary>
    internal static int Encode(ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        _ = Base64.EncodeToUtf8(bytes, text, out _, out var written);
        return text[..written].TrimEnd((byte)'=').Length;
    }
}
