using System.Buffers;
using System.Buffers.Text;

namespace LatchGate.Crypto;

/// <summary>
/// Unpadded base64url (RFC 4648 §5, RFC 7515 §2) with exactly one spelling per value: no <c>=</c>, no <c>+</c> or <c>/</c>,
/// no white space, and the unused bits of the last character are zero.
/// </summary>
/// <remarks>
/// The base library's decoder tolerates padding and white space. A signature or a thumbprint with several spellings invites
/// caches and replay stores to disagree about what they have seen, so the gate accepts one.
/// </remarks>
public static class StrictBase64Url
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>The number of bytes that <paramref name="encodedLength"/> characters carry.</summary>
    public static int DecodedLength(int encodedLength) => (int)((long)encodedLength * 3 / 4);

    /// <summary>Decodes <paramref name="text"/>; false when it is not strict base64url or <paramref name="destination"/> is too small.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        return IsCanonical(text)
            && Base64Url.DecodeFromUtf8(text, destination, out _, out written) == OperationStatus.Done;
    }

    /// <summary>Decodes <paramref name="text"/> of exactly <paramref name="destination"/>'s length; any other length is false.</summary>
    public static bool TryDecodeExactly(ReadOnlySpan<byte> text, Span<byte> destination) =>
        DecodedLength(text.Length) == destination.Length && TryDecode(text, destination, out var written) && written == destination.Length;

    private static bool IsCanonical(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        // One dangling character carries 6 bits, less than a byte; two carry 8 of 12, three carry 16 of 18.
        return (text.Length % 4) switch
        {
            0 => true,
            2 => (ValueOf(text[^1]) & 0b1111) == 0,
            3 => (ValueOf(text[^1]) & 0b11) == 0,
            _ => false,
        };
    }

    private static int ValueOf(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'-' => 62,
        _ => 63,
    };
}
