using System.Buffers;
using LatchGate.Crypto;

namespace LatchGate.Pipeline;

/// <summary>A SHA-256 digest as requests and header fields spell it.</summary>
/// <remarks>
/// <code>
/// 64 hexadecimal digits           in either case, "sha256:" before them or not
/// 44 characters of base64         RFC 4648 §4
/// sha-256=:BASE64:                Content-Digest, Repr-Digest (RFC 9530): one member of a list, others are passed over
/// SHA-256=BASE64                  Digest (RFC 3230), likewise
/// </code>
/// </remarks>
internal static class DigestText
{
    private const string Prefix = "sha256:";
    private const string Member = "sha-256=";

    /// <summary>Whether the text names this digest. A list must name it in every member for SHA-256, and have one.</summary>
    internal static bool Says(string text, Sha256Digest digest)
    {
        var whole = text.AsSpan().Trim();
        if (whole.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return IsHex(whole[Prefix.Length..], digest);
        }

        if (IsHex(whole, digest) || IsBase64(whole, digest))
        {
            return true;
        }

        var named = false;
        foreach (var range in whole.Split(','))
        {
            var member = whole[range].Trim();
            if (!member.StartsWith(Member, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var value = member[Member.Length..];
            value = value is [':', .. var inner, ':'] ? inner : value;
            if (!IsBase64(value, digest))
            {
                return false;
            }

            named = true;
        }

        return named;
    }

    private static bool IsHex(ReadOnlySpan<char> text, Sha256Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        return text.Length == 2 * Sha256Digest.Size
            && Convert.FromHexString(text, bytes, out _, out var written) == OperationStatus.Done && written == Sha256Digest.Size && digest.Bytes.SequenceEqual(bytes);
    }

    private static bool IsBase64(ReadOnlySpan<char> text, Sha256Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        return text.Length == 44 && Convert.TryFromBase64Chars(text, bytes, out var written)
            && written == Sha256Digest.Size && digest.Bytes.SequenceEqual(bytes);
    }
}
