namespace LatchGate.HostIo;

/// <summary>Percent-encoding of all but the unreserved characters of RFC 3986 §2.3, with upper-case digits.</summary>
internal static class PercentEncoding
{
    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEF"u8;

    /// <summary>Encodes <paramref name="source"/>; <paramref name="destination"/> holds three times as much.</summary>
    /// <returns>Bytes written.</returns>
    internal static int Write(ReadOnlySpan<byte> source, Span<byte> destination, bool keepSlash)
    {
        var written = 0;
        foreach (var octet in source)
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' || (keepSlash && octet == (byte)'/'))
            {
                destination[written++] = octet;
                continue;
            }

            destination[written++] = (byte)'%';
            destination[written++] = Digits[octet >> 4];
            destination[written++] = Digits[octet & 15];
        }

        return written;
    }

    /// <summary>Decodes the valid triplets of an ASCII text and leaves everything else as it is.</summary>
    internal static byte[] Decode(ReadOnlySpan<char> text, bool plusIsSpace)
    {
        var octets = new byte[text.Length];
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                octets[written++] = (byte)((HexOf(text[i + 1]) << 4) | HexOf(text[i + 2]));
                i += 2;
            }
            else
            {
                octets[written++] = text[i] == '+' && plusIsSpace ? (byte)' ' : (byte)text[i];
            }
        }

        return octets[..written];
    }

    private static int HexOf(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
