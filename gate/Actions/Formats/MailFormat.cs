using System;

namespace LatchGate.Actions.Formats;

/// <summary>Addresses of mail.</summary>
/// <remarks>
/// RFC 5321 §4.1.2; where RFC 6531 is meant, bytes above ASCII are letters too.
/// <code>
/// Mailbox    = (Dot-string / Quoted-string) "@" (Domain / "[" address "]")
/// Dot-string = atom *("." atom)
/// address    = dotted-quad / "IPv6:" ipv6
/// </code>
/// </remarks>
internal static class MailFormat
{
    private const int MostBytes = 254;
    private const int MostLocalBytes = 64;

    public static bool IsMailbox(ReadOnlySpan<byte> text, bool international)
    {
        var at = text.LastIndexOf((byte)'@');
        return at is > 0 and <= MostLocalBytes && text.Length <= MostBytes
            && IsLocalPart(text.Slice(0, at), international) && IsDomain(text.Slice(at + 1), international);
    }

    private static bool IsLocalPart(ReadOnlySpan<byte> local, bool international)
    {
        if (local[0] == '"')
        {
            return IsQuoted(local, international);
        }

        var atom = 0;
        foreach (var octet in local)
        {
            if (octet == '.' && atom > 0)
            {
                atom = 0;
                continue;
            }

            if (!(Ascii.IsLetterOrDigit(octet) || Ascii.Has("!#$%&'*+-/=?^_`{|}~"u8, octet) || (international && octet >= 0x80)))
            {
                return false;
            }

            atom++;
        }

        return atom > 0;
    }

    private static bool IsQuoted(ReadOnlySpan<byte> local, bool international)
    {
        if (local.Length < 2 || local[local.Length - 1] != '"')
        {
            return false;
        }

        for (var i = 1; i < local.Length - 1; i++)
        {
            if (local[i] == '"')
            {
                return false;
            }

            // A backslash quotes the next, which is not the closing quote.
            if (local[i] == '\\' && ++i == local.Length - 1)
            {
                return false;
            }

            if (!(local[i] is >= 32 and <= 126 || (international && local[i] >= 0x80)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDomain(ReadOnlySpan<byte> domain, bool international)
    {
        if (domain.Length > 2 && domain[0] == '[' && domain[domain.Length - 1] == ']')
        {
            var literal = domain.Slice(1, domain.Length - 2);
            return literal.StartsWith("IPv6:"u8) ? HostFormats.IsIpv6(literal.Slice(5)) : HostFormats.IsIpv4(literal);
        }

        return international ? HostFormats.AreLabels(domain, international: true) : HostFormats.IsHostname(domain);
    }
}
