using System;

namespace LatchGate.Actions.Formats;

/// <summary>URIs and references to them (RFC 3986), and their international forms (RFC 3987).</summary>
/// <remarks>
/// <code>
/// URI           = scheme ":" hier-part ["?" query] ["#" fragment]
/// hier-part     = "//" authority path-abempty / path
/// authority     = [userinfo "@"] host [":" port]
/// URI-reference = URI / relative-part ["?" query] ["#" fragment]   ; no colon in the first segment
/// </code>
/// </remarks>
internal static class UriFormats
{
    private static ReadOnlySpan<byte> PathMarks => "-._~!$&'()*+,;=:@/"u8;

    private static ReadOnlySpan<byte> QueryMarks => "-._~!$&'()*+,;=:@/?"u8;

    private static ReadOnlySpan<byte> UserMarks => "-._~!$&'()*+,;=:"u8;

    private static ReadOnlySpan<byte> NameMarks => "-._~!$&'()*+,;="u8;

    public static bool IsUri(ReadOnlySpan<byte> text, bool needsScheme, bool international)
    {
        var colon = text.IndexOf((byte)':');
        var slash = text.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        if (colon >= 0 && (slash < 0 || colon < slash))
        {
            if (!IsScheme(text.Slice(0, colon)))
            {
                return false;
            }

            text = text.Slice(colon + 1);
        }
        else if (needsScheme)
        {
            return false;
        }

        return Cut(ref text, (byte)'#', international) && Cut(ref text, (byte)'?', international) && IsHierarchy(text, international);
    }

    // Takes the query or the fragment off, after a look at it.
    private static bool Cut(ref ReadOnlySpan<byte> text, byte mark, bool international)
    {
        var at = text.IndexOf(mark);
        if (at < 0)
        {
            return true;
        }

        var part = text.Slice(at + 1);
        text = text.Slice(0, at);
        return IsMadeOf(part, QueryMarks, international);
    }

    private static bool IsHierarchy(ReadOnlySpan<byte> text, bool international)
    {
        if (!text.StartsWith("//"u8))
        {
            return IsMadeOf(text, PathMarks, international);
        }

        text = text.Slice(2);
        var slash = text.IndexOf((byte)'/');
        return IsAuthority(slash < 0 ? text : text.Slice(0, slash), international)
            && (slash < 0 || IsMadeOf(text.Slice(slash), PathMarks, international));
    }

    private static bool IsAuthority(ReadOnlySpan<byte> text, bool international)
    {
        var at = text.LastIndexOf((byte)'@');
        if (at >= 0)
        {
            if (!IsMadeOf(text.Slice(0, at), UserMarks, international))
            {
                return false;
            }

            text = text.Slice(at + 1);
        }

        if (!text.IsEmpty && text[0] == '[')
        {
            var close = text.IndexOf((byte)']');
            return close > 0 && IsLiteral(text.Slice(1, close - 1)) && IsPort(text.Slice(close + 1));
        }

        var colon = text.IndexOf((byte)':');
        return colon < 0
            ? IsMadeOf(text, NameMarks, international)
            : IsMadeOf(text.Slice(0, colon), NameMarks, international) && IsPort(text.Slice(colon));
    }

    private static bool IsPort(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] == ':' && (text.Length == 1 || Ascii.AreDigits(text.Slice(1))));

    // IP-literal: IPv6address, or "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).
    private static bool IsLiteral(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || (text[0] | 0x20) != 'v')
        {
            return HostFormats.IsIpv6(text);
        }

        var dot = text.IndexOf((byte)'.');
        if (dot < 2 || dot == text.Length - 1)
        {
            return false;
        }

        foreach (var octet in text.Slice(1, dot - 1))
        {
            if (!Ascii.IsHex(octet))
            {
                return false;
            }
        }

        return text.IndexOf((byte)'%') < 0 && IsMadeOf(text.Slice(dot + 1), UserMarks, international: false);
    }

    private static bool IsScheme(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || !Ascii.IsLetter(text[0]))
        {
            return false;
        }

        foreach (var octet in text)
        {
            if (!Ascii.IsLetterOrDigit(octet) && !Ascii.Has("+-."u8, octet))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsMadeOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> marks, bool international)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == '%')
            {
                if (i + 2 >= text.Length || !Ascii.IsHex(text[i + 1]) || !Ascii.IsHex(text[i + 2]))
                {
                    return false;
                }

                i += 2;
            }
            else if (!(Ascii.IsLetterOrDigit(octet) || Ascii.Has(marks, octet) || (international && octet >= 0x80)))
            {
                return false;
            }
        }

        return true;
    }
}
