using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Http;

/// <summary>
/// Strict percent-decoding (RFC 3986 §2.1): <c>pct-encoded = "%" HEXDIG HEXDIG</c>, the result being UTF-8 without control characters.
/// What decodes is shown, signed and compared as text, so nothing invisible gets through.
/// </summary>
public static class PercentDecoding
{
    /// <summary>
    /// Decodes one path segment. A plus sign is itself; a slash, encoded or not, is refused, since most ids never hold one and a
    /// path must not grow segments by being decoded (reference/wire.md §12).
    /// </summary>
    /// <param name="segment">The segment as it was sent.</param>
    /// <param name="value">The text.</param>
    /// <param name="allowsSlash">Whether the text may hold a slash: the route has no segment after it.</param>
    /// <returns>False for a malformed escape, ill-formed UTF-8, a control character or a slash.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> segment, [NotNullWhen(true)] out string? value, bool allowsSlash = false)
    {
        if (!TryDecode(segment, plusIsSpace: false, out value) || (!allowsSlash && value.Contains('/', StringComparison.Ordinal)))
        {
            value = null;
            return false;
        }

        return true;
    }

    /// <summary>Decodes a name or value of a query (<c>application/x-www-form-urlencoded</c>): a plus sign is a space, a slash is allowed.</summary>
    /// <returns>False for a malformed escape, ill-formed UTF-8 or a control character.</returns>
    public static bool TryDecodeForm(ReadOnlySpan<byte> text, [NotNullWhen(true)] out string? value) => TryDecode(text, plusIsSpace: true, out value);

    private static bool TryDecode(ReadOnlySpan<byte> text, bool plusIsSpace, [NotNullWhen(true)] out string? value)
    {
        const int OnStack = 256;
        value = null;
        var rented = text.Length > OnStack ? ArrayPool<byte>.Shared.Rent(text.Length) : null;
        Span<byte> decoded = rented ?? stackalloc byte[OnStack];
        try
        {
            var length = 0;
            for (var i = 0; i < text.Length; i++)
            {
                var next = text[i];
                if (next == '%')
                {
                    if (text.Length - i < 3 || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2]))
                    {
                        return false;
                    }

                    next = (byte)(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2]));
                    i += 2;
                }
                else if (next == '+' && plusIsSpace)
                {
                    next = (byte)' ';
                }

                decoded[length++] = next;
            }

            return TryText(decoded[..length], out value);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented, clearArray: true);
            }
        }
    }

    private static bool TryText(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(utf8);
        foreach (var unit in text)
        {
            if (char.IsControl(unit))
            {
                return false;
            }
        }

        value = text;
        return true;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
