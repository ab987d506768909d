using System.Security.Cryptography;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A block of PEM (RFC 7468 §3).</summary>
/// <param name="Label">What it holds, such as <c>CERTIFICATE</c>.</param>
/// <param name="Bytes">Its contents.</param>
internal sealed record PemBlock(string Label, byte[] Bytes);

/// <summary>Finds PEM blocks in text of at most 64 Ki characters; longer text has none.</summary>
internal static class Pem
{
    // Beginnings without an end make the search quadratic.
    private const int MaxLength = 1 << 16;

    /// <summary>The first block, and the text after its last line.</summary>
    internal static bool Find(ReadOnlySpan<char> text, out PemBlock block, out ReadOnlySpan<char> rest)
    {
        block = null!;
        rest = text;
        if (text.Length > MaxLength || !PemEncoding.TryFind(text, out var fields))
        {
            return false;
        }

        var bytes = new byte[fields.DecodedDataLength];
        if (!Convert.TryFromBase64Chars(text[fields.Base64Data], bytes, out var written) || written != bytes.Length)
        {
            return false;
        }

        block = new PemBlock(text[fields.Label].ToString(), bytes);
        rest = text[fields.Location.End..];
        rest = rest.StartsWith("\r\n") ? rest[2..] : rest.StartsWith('\n') ? rest[1..] : rest;
        return true;
    }

    /// <summary>All blocks in order.</summary>
    internal static List<PemBlock> All(ReadOnlySpan<char> text)
    {
        var blocks = new List<PemBlock>();
        while (Find(text, out var block, out text))
        {
            blocks.Add(block);
        }

        return blocks;
    }
}
