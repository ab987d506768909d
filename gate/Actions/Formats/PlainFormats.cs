using System;

namespace LatchGate.Actions.Formats;

/// <summary>UUIDs and JSON pointers.</summary>
internal static class PlainFormats
{
    /// <summary>RFC 4122, §3: 8, 4, 4, 4 and 12 hexadecimal digits.</summary>
    public static bool IsUuid(ReadOnlySpan<byte> text)
    {
        if (text.Length != 36)
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !Ascii.IsHex(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>RFC 6901: <c>*( "/" *( unescaped / "~0" / "~1" ) )</c>.</summary>
    public static bool IsJsonPointer(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty && text[0] != '/')
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '~' && (i + 1 == text.Length || text[i + 1] is not ((byte)'0' or (byte)'1')))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A number without leading zeros, then a JSON pointer or <c>#</c>.</summary>
    public static bool IsRelativeJsonPointer(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Ascii.IsDigit(text[at]))
        {
            at++;
        }

        if (at == 0 || (at > 1 && text[0] == '0'))
        {
            return false;
        }

        var rest = text.Slice(at);
        return (rest.Length == 1 && rest[0] == '#') || IsJsonPointer(rest);
    }
}
