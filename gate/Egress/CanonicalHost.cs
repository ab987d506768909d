using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LatchGate.Egress;

/// <summary>A host in the one spelling that is matched, resolved, connected and recorded.</summary>
/// <param name="Text">Lower-case A-labels without a dot at the end, or the address's canonical text without brackets.</param>
/// <param name="Address">The address, when the host is a literal; an IPv4-mapped one as IPv4.</param>
/// <remarks>
/// <code>
/// host  = name / IPv4 / "[" IPv6 "]"
/// name  = label *("." label) ["."]       at most 253 characters without the last dot
/// label = 1*63(LDH), no hyphen at an edge; a last label of digits, or beginning 0x, is never a name's
/// IPv4  = four decimal bytes without leading zeros
/// </code>
/// Source: reference/egress.md C3 steps 3 to 5.
/// </remarks>
internal readonly record struct CanonicalHost(string Text, IPAddress? Address)
{
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    /// <summary>Reads a host as it stands in a URL.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CanonicalHost host, out EgressReason reason)
    {
        host = default;
        if (text.StartsWith('['))
        {
            reason = EgressReason.InvalidHost;
            if (!text.EndsWith(']') || !TryParseIPv6(text[1..^1], out var address))
            {
                return false;
            }

            host = new CanonicalHost(address.ToString(), address);
            reason = EgressReason.Allowed;
            return true;
        }

        var dotted = text.EndsWith('.');
        var name = dotted ? text[..^1] : text;
        if (name.IsEmpty)
        {
            reason = EgressReason.MissingHost;
            return false;
        }

        if (!TryCanonicalName(name, out var canonical))
        {
            reason = EgressReason.InvalidHost;
            return false;
        }

        var last = canonical.AsSpan(canonical.LastIndexOf('.') + 1);
        if (last.ContainsAnyExceptInRange('0', '9') && !last.StartsWith("0x", StringComparison.Ordinal))
        {
            host = new CanonicalHost(canonical, null);
            reason = EgressReason.Allowed;
            return true;
        }

        // Resolvers and URL parsers read such a host as a number in many ways; only one spelling is unambiguous.
        reason = EgressReason.NoncanonicalIp;
        if (dotted || !TryParseQuad(canonical, out var quad))
        {
            return false;
        }

        host = new CanonicalHost(canonical, quad);
        reason = EgressReason.Allowed;
        return true;
    }

    private static bool TryCanonicalName(ReadOnlySpan<char> name, out string canonical)
    {
        canonical = "";
        if (name.Length > MaxName)
        {
            return false;
        }

        var output = new StringBuilder(name.Length);
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (output.Length > 0)
            {
                output.Append('.');
            }

            if (!Ascii.IsValid(label))
            {
                if (!Idna.TryAppendALabel(label, output))
                {
                    return false;
                }

                continue;
            }

            if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }

                output.Append(char.ToLowerInvariant(c));
            }
        }

        canonical = output.ToString();
        return canonical.Length <= MaxName;
    }

    private static bool TryParseQuad(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> bytes = stackalloc byte[4];
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (count == 4 || part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[count]))
            {
                return false;
            }

            count++;
        }

        address = new IPAddress(bytes);
        return count == 4;
    }

    // RFC 4291 §2.2 text. The characters are checked first: the platform also takes zones, ports and octal parts.
    private static bool TryParseIPv6(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.ContainsAnyExcept("0123456789abcdefABCDEF:.") || !text.Contains(':'))
        {
            return false;
        }

        if (text.Contains('.') && !TryParseQuad(text[(text.LastIndexOf(':') + 1)..], out _))
        {
            return false;
        }

        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }
}
