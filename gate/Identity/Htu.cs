using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Identity;

/// <summary>
/// The <c>htu</c> claim (RFC 9449 §4.3 rule 9): an absolute URI compared without query and fragment after syntax-based normalisation.
/// </summary>
/// <remarks>
/// <code>
/// scheme "://" authority path        cut at '#', then at '?'
/// </code>
/// Scheme and authority are lower-cased, <c>:80</c> of http and <c>:443</c> of https dropped, a missing path becomes <c>/</c>.
/// The path is kept byte for byte: percent-encoding is neither decoded nor its case changed (reference/wire.md §4.3).
/// </remarks>
public static class Htu
{
    /// <summary>Normalises a URI, or says that it is not absolute.</summary>
    public static bool TryNormalise(string uri, [NotNullWhen(true)] out string? normalised)
    {
        var bytes = Encoding.UTF8.GetBytes(uri);
        var destination = new byte[bytes.Length + 1];
        normalised = TryNormalise(bytes, destination, out var written) ? Encoding.UTF8.GetString(destination, 0, written) : null;
        return normalised is not null;
    }

    /// <summary>Normalises into <paramref name="destination"/>, which has room for one byte more than <paramref name="uri"/>.</summary>
    internal static bool TryNormalise(ReadOnlySpan<byte> uri, Span<byte> destination, out int written)
    {
        written = 0;
        if (uri.IndexOf((byte)'#') is >= 0 and var fragment)
        {
            uri = uri[..fragment];
        }

        if (uri.IndexOf((byte)'?') is >= 0 and var query)
        {
            uri = uri[..query];
        }

        var schemeEnd = uri.IndexOf("://"u8);
        if (schemeEnd <= 0)
        {
            return false;
        }

        var rest = uri[(schemeEnd + 3)..];
        var authorityEnd = rest.IndexOf((byte)'/');
        var authority = authorityEnd < 0 ? rest : rest[..authorityEnd];
        var path = authorityEnd < 0 ? "/"u8 : rest[authorityEnd..];
        if (authority.IsEmpty)
        {
            return false;
        }

        // Lower-cased in place, then compared: the scheme decides which port is the default.
        Ascii.ToLower(uri[..schemeEnd], destination, out written);
        var isHttp = destination[..written].SequenceEqual("http"u8);
        var isHttps = destination[..written].SequenceEqual("https"u8);
        "://"u8.CopyTo(destination[written..]);
        written += 3;
        if (isHttp && authority.EndsWith(":80"u8))
        {
            authority = authority[..^3];
        }
        else if (isHttps && authority.EndsWith(":443"u8))
        {
            authority = authority[..^4];
        }

        if (Ascii.ToLower(authority, destination[written..], out var lowered) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        written += lowered;
        path.CopyTo(destination[written..]);
        written += path.Length;
        return true;
    }
}
