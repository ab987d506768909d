using System.Globalization;
using System.Text;

namespace LatchGate.Egress;

/// <summary>The pieces of a URL's text, for <see cref="Target.Parse"/> (RFC 3986 §3).</summary>
internal static class UrlText
{
    // Blanks, controls and the backslash are read differently by different parsers; a lone surrogate is no character.
    internal static bool HasForbidden(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is <= ' ' or '\x7F' or '\\')
            {
                return true;
            }

            if (char.IsSurrogate(c))
            {
                if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                {
                    return true;
                }

                i++;
            }
        }

        return false;
    }

    // RFC 3986 §3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":"; -1 when the text does not begin so.
    internal static int SchemeLength(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == ':')
            {
                return i == 0 ? -1 : i;
            }

            if (!char.IsAsciiLetter(c) && (i == 0 || !(char.IsAsciiDigit(c) || c is '+' or '-' or '.')))
            {
                return -1;
            }
        }

        return -1;
    }

    internal static bool TrySplit(
        ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out ReadOnlySpan<char> port, out bool hasPort, out EgressReason reason)
    {
        host = authority;
        port = [];
        hasPort = false;
        reason = EgressReason.Allowed;
        var hostEnd = authority.IndexOf(':');
        if (authority.StartsWith('['))
        {
            var close = authority.IndexOf(']');
            if (close < 0)
            {
                reason = EgressReason.InvalidHost;
                return false;
            }

            hostEnd = close + 1;
            if (hostEnd == authority.Length)
            {
                return true;
            }

            if (authority[hostEnd] != ':')
            {
                reason = EgressReason.InvalidUrl;
                return false;
            }
        }
        else if (hostEnd >= 0 && authority[(hostEnd + 1)..].Contains(':'))
        {
            // An IPv6 address without its brackets.
            reason = EgressReason.InvalidHost;
            return false;
        }

        if (hostEnd >= 0)
        {
            host = authority[..hostEnd];
            port = authority[(hostEnd + 1)..];
            hasPort = true;
        }

        return true;
    }

    internal static bool TryParsePort(ReadOnlySpan<char> text, out ushort port)
    {
        port = 0;
        return text.Length is >= 1 and <= 5 && text[0] != '0' && !text.ContainsAnyExceptInRange('0', '9')
            && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
    }

    internal static string PathOf(ReadOnlySpan<char> rest)
    {
        var fragment = rest.IndexOf('#');
        rest = fragment < 0 ? rest : rest[..fragment];
        if (Ascii.IsValid(rest))
        {
            return rest.StartsWith('/') ? rest.ToString() : $"/{rest}";
        }

        var path = new StringBuilder(rest.Length + 16);
        if (!rest.StartsWith('/'))
        {
            path.Append('/');
        }

        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in rest.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                path.Append((char)rune.Value);
                continue;
            }

            foreach (var b in utf8[..rune.EncodeToUtf8(utf8)])
            {
                path.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return path.ToString();
    }
}
