using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Secrets.Age;

/// <summary>
/// The header of an age file (C2SP age, version 1).
/// <code>
/// header = "age-encryption.org/v1" LF 1*stanza "---" SP 43base64 LF
/// stanza = "->" 1*( SP 1*VCHAR ) LF *(64base64 LF) *63base64 LF
/// </code>
/// </summary>
internal sealed class AgeHeader
{
    private const int Columns = 64;
    private const int MostStanzas = 64;
    private const int LargestBody = 64 * 1024;

    private readonly byte[] _signed;
    private readonly byte[] _mac;

    private AgeHeader(List<AgeStanza> stanzas, byte[] signed, byte[] mac, int length) => (Stanzas, _signed, _mac, Length) = (stanzas, signed, mac, length);

    /// <summary>The first line.</summary>
    internal static ReadOnlySpan<byte> Version => "age-encryption.org/v1\n"u8;

    /// <summary>The stanzas, in order.</summary>
    internal List<AgeStanza> Stanzas { get; }

    /// <summary>Bytes of the header; the payload follows.</summary>
    internal int Length { get; }

    /// <summary>Reads a header.</summary>
    /// <returns>False when it is not one, to the letter.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out AgeHeader? header)
    {
        header = null;
        if (!file.StartsWith(Version))
        {
            return false;
        }

        var rest = file[Version.Length..];
        var stanzas = new List<AgeStanza>();
        while (TryLine(ref rest, out var line))
        {
            if (line.StartsWith("---"u8))
            {
                var mac = new byte[SHA256.HashSizeInBytes];
                if (stanzas.Count == 0 || line.Length < 4 || line[3] != ' ' || !AgeBase64.TryDecodeExactly(line[4..], mac))
                {
                    return false;
                }

                var length = file.Length - rest.Length;
                var signed = file[..(length - line.Length - 1 + 3)].ToArray();
                header = new AgeHeader(stanzas, signed, mac, length);
                return true;
            }

            if (stanzas.Count == MostStanzas || !TryStanza(line, ref rest, out var stanza))
            {
                return false;
            }

            stanzas.Add(stanza);
        }

        return false;
    }

    /// <summary>Whether the MAC is the one that the file key makes.</summary>
    internal bool IsAuthentic(ReadOnlySpan<byte> fileKey)
    {
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        Mac(fileKey, _signed, mac);
        return CryptographicOperations.FixedTimeEquals(mac, _mac);
    }

    /// <summary>The MAC of a header, whose bytes end with the three dashes.</summary>
    internal static void Mac(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> signed, Span<byte> mac)
    {
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, key, [], "header"u8);
        HMACSHA256.HashData(key, signed, mac);
        CryptographicOperations.ZeroMemory(key);
    }

    private static bool TryStanza(scoped ReadOnlySpan<byte> first, scoped ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out AgeStanza? stanza)
    {
        stanza = null;
        if (!first.StartsWith("-> "u8) || !AreArguments(first[3..]))
        {
            return false;
        }

        var arguments = Encoding.ASCII.GetString(first[3..]);
        var body = new byte[AgeBase64.DecodedLength(Math.Min(rest.Length, LargestBody))];
        for (var used = 0; TryLine(ref rest, out var line) && line.Length <= Columns && used + AgeBase64.DecodedLength(line.Length) <= body.Length;)
        {
            if (!AgeBase64.TryDecode(line, body.AsSpan(used)))
            {
                return false;
            }

            used += AgeBase64.DecodedLength(line.Length);
            if (line.Length < Columns)
            {
                var blank = arguments.IndexOf(' ', StringComparison.Ordinal);
                stanza = new AgeStanza(blank < 0 ? arguments : arguments[..blank], blank < 0 ? "" : arguments[(blank + 1)..], body[..used]);
                return true;
            }
        }

        return false;
    }

    private static bool AreArguments(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] != ' ' && text[^1] != ' ' && text.IndexOf("  "u8) < 0 && !text.ContainsAnyExceptInRange((byte)' ', (byte)'~');

    private static bool TryLine(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? default : text[..end];
        text = end < 0 ? text : text[(end + 1)..];
        return end >= 0;
    }
}
