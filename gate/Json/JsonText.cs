using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace LatchGate.Json;

/// <summary>Strings of canonical JSON (RFC 8785 §3.2.2.2) and the order of names (§3.2.3).</summary>
internal static class JsonText
{
    private const byte FirstSupplementaryLead = 0xF0;
    private const byte FirstPrivateUseLead = 0xEE;
    private const int ShortText = 256;

    // What must be escaped: U+0000 to U+001F, quote and backslash. Nothing else may be.
    private static readonly SearchValues<byte> _escaped = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F"u8
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\"\\"u8);

    private static readonly SearchValues<char> _escapedCharacters = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\"\\");

    /// <summary>Writes UTF-8 text between quotes with the fewest escapes.</summary>
    internal static void WriteString(PooledBuffer output, ReadOnlySpan<byte> utf8)
    {
        output.Write((byte)'"');
        for (int next; (next = utf8.IndexOfAny(_escaped)) >= 0; utf8 = utf8[(next + 1)..])
        {
            output.Write(utf8[..next]);
            WriteEscape(output, utf8[next]);
        }

        output.Write(utf8);
        output.Write((byte)'"');
    }

    /// <summary>Writes text between quotes; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.</summary>
    internal static void WriteString(PooledBuffer output, ReadOnlySpan<char> text)
    {
        if (text.Length <= ShortText && !text.ContainsAny(_escapedCharacters))
        {
            // Ids, times, names: most of what is written, and nothing in it is escaped.
            output.Write((byte)'"');
            output.Advance(Encoding.UTF8.GetBytes(text, output.Reserve(3 * text.Length)));
            output.Write((byte)'"');
            return;
        }

        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        var scratch = ArrayPool<byte>.Shared.Rent(size);
        WriteString(output, scratch.AsSpan(0, Encoding.UTF8.GetBytes(text, scratch)));
        ArrayPool<byte>.Shared.Return(scratch);
    }

    /// <summary>Resolves the escapes of a string token whose grammar a reader has checked.</summary>
    /// <returns>False when an escape names a lone surrogate.</returns>
    internal static bool TryUnescape(ReadOnlySpan<byte> token, PooledBuffer output)
    {
        for (int next; (next = token.IndexOf((byte)'\\')) >= 0;)
        {
            output.Write(token[..next]);
            var kind = token[next + 1];
            token = token[(next + 2)..];
            if (kind != 'u')
            {
                output.Write(Unescaped(kind));
                continue;
            }

            var unit = TakeHex(ref token);
            if (!char.IsSurrogate(unit))
            {
                WriteRune(output, new Rune(unit));
                continue;
            }

            if (char.IsLowSurrogate(unit) || !token.StartsWith("\\u"u8))
            {
                return false;
            }

            token = token[2..];
            if (!Rune.TryCreate(unit, TakeHex(ref token), out var rune))
            {
                return false;
            }

            WriteRune(output, rune);
        }

        output.Write(token);
        return true;
    }

    /// <summary>
    /// Orders two UTF-8 names by their UTF-16 code units. UTF-8 bytes order by code point, which differs in one way:
    /// supplementary characters are surrogates in UTF-16 and so come before U+E000 to U+FFFF.
    /// </summary>
    internal static int CompareNames(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length - right.Length;
        }

        var (a, b) = (left[common], right[common]);
        return a >= FirstPrivateUseLead && b >= FirstPrivateUseLead && (a >= FirstSupplementaryLead) != (b >= FirstSupplementaryLead)
            ? b - a
            : a - b;
    }

    private static char TakeHex(ref ReadOnlySpan<byte> token)
    {
        _ = Utf8Parser.TryParse(token[..4], out ushort unit, out _, 'x');
        token = token[4..];
        return (char)unit;
    }

    private static void WriteRune(PooledBuffer output, Rune rune) => output.Advance(rune.EncodeToUtf8(output.Reserve(4)));

    private static byte Unescaped(byte kind) => kind switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => kind,
    };

    private static void WriteEscape(PooledBuffer output, byte value)
    {
        switch (value)
        {
            case (byte)'"':
                output.Write("\\\""u8);
                break;
            case (byte)'\\':
                output.Write("\\\\"u8);
                break;
            case (byte)'\b':
                output.Write("\\b"u8);
                break;
            case (byte)'\t':
                output.Write("\\t"u8);
                break;
            case (byte)'\n':
                output.Write("\\n"u8);
                break;
            case (byte)'\f':
                output.Write("\\f"u8);
                break;
            case (byte)'\r':
                output.Write("\\r"u8);
                break;
            default:
                output.Write("\\u00"u8);
                output.Write("0123456789abcdef"u8[value >> 4]);
                output.Write("0123456789abcdef"u8[value & 0xF]);
                break;
        }
    }
}
