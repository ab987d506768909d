using System.Globalization;
using System.Text;

namespace LatchGate.Fuzz.Oracles;

/// <summary>A chunked body read line by line (RFC 9112 §7.1.3), trusting that it is well formed.</summary>
internal static class NaiveChunks
{
    /// <summary>Decodes a body that was accepted; the result is the length of its content.</summary>
    /// <param name="body">The body, and what follows it.</param>
    /// <param name="content">Receives the content.</param>
    /// <param name="end">Where the body ends.</param>
    internal static int Decode(ReadOnlySpan<byte> body, Span<byte> content, out int end)
    {
        var (at, length) = (0, 0);
        while (true)
        {
            var line = Line(body, ref at);
            var size = int.Parse(line.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                while (Line(body, ref at).Length > 0)
                {
                }

                end = at;
                return length;
            }

            body.Slice(at, size).CopyTo(content[length..]);
            (at, length) = (at + size + 2, length + size);
        }
    }

    private static string Line(ReadOnlySpan<byte> body, ref int at)
    {
        var start = at;
        at += body[at..].IndexOf("\r\n"u8) + 2;
        return Encoding.Latin1.GetString(body[start..(at - 2)]);
    }
}
