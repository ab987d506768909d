using System.Text;

namespace LatchGate.Secrets.Age;

/// <summary>
/// Bech32 (BIP 173) without its limit of 90 characters, as age writes keys.
/// <code>
/// text = hrp "1" 1*digit        ; the last six digits are a checksum
/// digit = one of "qpzry9x8gf2tvdw0s3jn54khce6mua7l", five bits each
/// </code>
/// </summary>
internal static class Bech32
{
    private const int ChecksumLength = 6;

    private static ReadOnlySpan<byte> Digits => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"u8;

    /// <summary>Decodes a text that is wholly in upper case or wholly in lower case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefix">The expected human-readable part, in lower case.</param>
    /// <param name="value">Takes exactly as many bytes as the text must hold.</param>
    /// <returns>False when the text is anything else.</returns>
    internal static bool TryDecode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, Span<byte> value)
    {
        var digits = ((value.Length * 8) + 4) / 5;
        if (text.Length != prefix.Length + 1 + digits + ChecksumLength || text[prefix.Length] != '1' || (HasUpper(text) && HasLower(text)))
        {
            return false;
        }

        var check = Begin(prefix);
        for (var i = 0; i < prefix.Length; i++)
        {
            if (Lower(text[i]) != prefix[i])
            {
                return false;
            }
        }

        var (pending, bits, used) = (0, 0, 0);
        for (var i = 0; i < digits + ChecksumLength; i++)
        {
            var digit = Digits.IndexOf(Lower(text[prefix.Length + 1 + i]));
            if (digit < 0)
            {
                value.Clear();
                return false;
            }

            check = Step(check, digit);
            if (i >= digits)
            {
                continue;
            }

            pending = (pending << 5) | digit;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                value[used++] = (byte)(pending >> bits);
                pending &= (1 << bits) - 1;
            }
        }

        // What is left over must be zero, so that one key has one spelling.
        if (check == 1 && pending == 0)
        {
            return true;
        }

        value.Clear();
        return false;
    }

    /// <summary>Encodes, in lower case.</summary>
    internal static int Encode(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value, Span<byte> text)
    {
        prefix.CopyTo(text);
        text[prefix.Length] = (byte)'1';
        var at = prefix.Length + 1;
        var check = Begin(prefix);
        var (pending, bits) = (0, 0);
        for (var i = 0; i <= value.Length; i++)
        {
            if (i < value.Length)
            {
                pending = (pending << 8) | value[i];
                bits += 8;
            }
            else if (bits > 0)
            {
                pending <<= 5 - bits;
                bits = 5;
            }

            while (bits >= 5)
            {
                bits -= 5;
                var digit = pending >> bits;
                pending &= (1 << bits) - 1;
                check = Step(check, digit);
                text[at++] = Digits[digit];
            }
        }

        for (var i = 0; i < ChecksumLength; i++)
        {
            check = Step(check, 0);
        }

        check ^= 1;
        for (var i = 0; i < ChecksumLength; i++)
        {
            text[at++] = Digits[(int)(check >> (5 * (ChecksumLength - 1 - i))) & 31];
        }

        return at;
    }

    /// <summary>Encodes, in lower case.</summary>
    internal static string Encode(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value)
    {
        Span<byte> text = stackalloc byte[128];
        return Encoding.ASCII.GetString(text[..Encode(prefix, value, text)]);
    }

    private static uint Begin(ReadOnlySpan<byte> prefix)
    {
        var check = 1u;
        foreach (var c in prefix)
        {
            check = Step(check, c >> 5);
        }

        check = Step(check, 0);
        foreach (var c in prefix)
        {
            check = Step(check, c & 31);
        }

        return check;
    }

    private static uint Step(uint check, int digit)
    {
        var top = check >> 25;
        check = ((check & 0x1ffffff) << 5) ^ (uint)digit;
        check ^= (top & 1) != 0 ? 0x3b6a57b2u : 0;
        check ^= (top & 2) != 0 ? 0x26508e6du : 0;
        check ^= (top & 4) != 0 ? 0x1ea119fau : 0;
        check ^= (top & 8) != 0 ? 0x3d4233ddu : 0;
        return check ^ ((top & 16) != 0 ? 0x2a1462b3u : 0);
    }

    private static byte Lower(byte c) => c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c | 0x20) : c;

    private static bool HasUpper(ReadOnlySpan<byte> text) => text.ContainsAnyInRange((byte)'A', (byte)'Z');

    private static bool HasLower(ReadOnlySpan<byte> text) => text.ContainsAnyInRange((byte)'a', (byte)'z');
}
