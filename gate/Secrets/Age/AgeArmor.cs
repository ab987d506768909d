using System.Buffers;
using System.Buffers.Text;

namespace LatchGate.Secrets.Age;

/// <summary>
/// The armor of age files: strict PEM (RFC 7468 §3).
/// <code>
/// armor = "-----BEGIN AGE ENCRYPTED FILE-----" EOL *(64base64 EOL) 1*64base64 EOL "-----END AGE ENCRYPTED FILE-----" [EOL]
/// EOL   = LF / CRLF          ; whitespace may surround the whole
/// </code>
/// </summary>
internal static class AgeArmor
{
    private const int Columns = 64;

    private static ReadOnlySpan<byte> Begin => "-----BEGIN AGE ENCRYPTED FILE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END AGE ENCRYPTED FILE-----"u8;

    /// <summary>Takes the armor off.</summary>
    /// <returns>The file; null when it is not armor, to the letter.</returns>
    internal static byte[]? TryDecode(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (!TryLine(ref text, out var line) || !line.SequenceEqual(Begin))
        {
            return null;
        }

        var file = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        var (used, isLast) = (0, false);
        while (TryLine(ref text, out line))
        {
            if (line.SequenceEqual(End))
            {
                return text.IsEmpty && used > 0 ? file[..used] : null;
            }

            if (isLast || line.Length is 0 or > Columns || line.ContainsAny(" \t\r"u8)
                || Base64.DecodeFromUtf8(line, file.AsSpan(used), out _, out var count) != OperationStatus.Done || !IsCanonical(line, file.AsSpan(used, count)))
            {
                return null;
            }

            used += count;
            isLast = line.Length < Columns || line[^1] == '=';
        }

        return null;
    }

    /// <summary>Puts armor around a file; ends with a line feed.</summary>
    internal static byte[] Encode(ReadOnlySpan<byte> file)
    {
        var text = new ArrayBufferWriter<byte>((file.Length * 3 / 2) + 128);
        text.Write(Begin);
        text.Write("\n"u8);
        Span<byte> line = stackalloc byte[Columns];
        for (; !file.IsEmpty; file = file[Math.Min(file.Length, Columns * 3 / 4)..])
        {
            _ = Base64.EncodeToUtf8(file[..Math.Min(file.Length, Columns * 3 / 4)], line, out _, out var written);
            text.Write(line[..written]);
            text.Write("\n"u8);
        }

        text.Write(End);
        text.Write("\n"u8);
        return text.WrittenSpan.ToArray();
    }

    private static bool IsCanonical(ReadOnlySpan<byte> line, ReadOnlySpan<byte> bytes)
    {
        Span<byte> again = stackalloc byte[Columns];
        return Base64.EncodeToUtf8(bytes, again, out _, out var written) == OperationStatus.Done && again[..written].SequenceEqual(line);
    }

    private static bool TryLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        if (text.IsEmpty)
        {
            line = default;
            return false;
        }

        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        line = line is [.. var rest, (byte)'\r'] ? rest : line;
        return true;
    }
}
