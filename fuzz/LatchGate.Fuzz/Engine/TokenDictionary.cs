using System.Globalization;
using System.Text;

namespace LatchGate.Fuzz.Engine;

/// <summary>Reads AFL's dictionary format: lines <c>name="value"</c> or <c>"value"</c> with <c>\xNN</c>, <c>\\</c> and <c>\"</c>; <c>#</c> begins a comment line.</summary>
internal static class TokenDictionary
{
    /// <summary>The tokens of a file; none when there is no such file.</summary>
    /// <exception cref="FormatException">A line is not of that form.</exception>
    internal static byte[][] Read(string path) =>
        File.Exists(path)
            ? [.. File.ReadLines(path).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#').Select(Parse)]
            : [];

    private static byte[] Parse(string line)
    {
        var open = line.IndexOf('"', StringComparison.Ordinal);
        if (open < 0 || line.Length < open + 3 || line[^1] != '"')
        {
            throw new FormatException($"Not a dictionary line: {line}");
        }

        Span<byte> utf8 = stackalloc byte[4];
        var token = new List<byte>();
        var text = line.AsSpan((open + 1)..^1);
        while (!text.IsEmpty)
        {
            if (text[0] != '\\')
            {
                _ = Rune.DecodeFromUtf16(text, out var rune, out var used);
                token.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                text = text[used..];
            }
            else if (text is ['\\', 'x', _, _, ..])
            {
                token.Add(byte.Parse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                text = text[4..];
            }
            else if (text is ['\\', '\\' or '"', ..])
            {
                token.Add((byte)text[1]);
                text = text[2..];
            }
            else
            {
                throw new FormatException($"Unknown escape in dictionary line: {line}");
            }
        }

        return [.. token];
    }
}
