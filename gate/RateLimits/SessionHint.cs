using System.Buffers;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.RateLimits;

/// <summary>
/// The session that an <c>Authorization</c> header claims, before anything is verified (reference/wire.md §1.4). Used only to choose
/// among the buckets of the connection's own user: whoever lies takes from a bucket of its own.
/// </summary>
internal static class SessionHint
{
    /// <summary>The longest session id.</summary>
    internal const int MaxChars = 256;

    // As the issuer writes it. In a string of the payload the quotes would be escaped, so this is a name and its value.
    private static ReadOnlySpan<byte> Member => "\"session_id\":\""u8;

    /// <summary>Writes the session id to <paramref name="destination"/>.</summary>
    /// <param name="authorization">The header's value.</param>
    /// <param name="destination">At least <see cref="MaxChars"/>.</param>
    /// <returns>Its length; 0 when the header names none.</returns>
    internal static int Read(ReadOnlySpan<byte> authorization, Span<char> destination)
    {
        if (!DpopScheme.TryGetToken(authorization, out var token) || token.Length > LeaseVerifier.MaxTokenBytes || !JwsSegments.TrySplit(token, out var jws))
        {
            return 0;
        }

        var rented = ArrayPool<byte>.Shared.Rent(StrictBase64Url.DecodedLength(jws.Payload.Length));
        try
        {
            return StrictBase64Url.TryDecode(jws.Payload, rented, out var length) ? Find(rented.AsSpan(0, length), destination) : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int Find(ReadOnlySpan<byte> payload, Span<char> destination)
    {
        var at = payload.IndexOf(Member);
        if (at < 0)
        {
            return 0;
        }

        var id = payload[(at + Member.Length)..];
        var end = id.IndexOfAny((byte)'"', (byte)'\\');
        return end is > 0 and <= MaxChars && id[end] == (byte)'"' && Ascii.ToUtf16(id[..end], destination, out var written) == OperationStatus.Done
            ? written
            : 0;
    }
}
