using System.Net;
using LatchGate.Egress;

namespace LatchGate.Config;

/// <summary>Reads host patterns as an operator writes them (reference/egress.md C2).</summary>
/// <remarks>
/// <c>name</c> / <c>.name</c> / <c>*.name</c> / address, where a name has at least two labels of letters, digits and inner hyphens
/// (A-labels for other scripts), each of 1 to 63 characters, together at most 253; an address is in canonical form, IPv6 without brackets.
/// </remarks>
internal static class HostPatternText
{
    internal static bool TryParse(string text, out HostPattern pattern)
    {
        pattern = default;
        if (IPAddress.TryParse(text, out var address))
        {
            pattern = new HostPattern(HostPatternKind.Exact, text);

            // A zone names an interface of one machine; no URL has one.
            return address.ToString() == text && !address.IsIPv4MappedToIPv6 && !text.Contains('%', StringComparison.Ordinal);
        }

        var (kind, name) = text switch
        {
            ['*', '.', ..] => (HostPatternKind.OneLabel, text[2..]),
            ['.', ..] => (HostPatternKind.Suffix, text[1..]),
            _ => (HostPatternKind.Exact, text),
        };

        // Checked before it is folded: the Kelvin sign is no k.
        name = name.EndsWith('.') ? name[..^1] : name;
        pattern = new HostPattern(kind, name.ToLowerInvariant());
        return IsName(name);
    }

    private static bool IsName(string name)
    {
        var labels = name.Split('.');
        // A last label of digits or 0x… would be read as an IPv4 address by some resolvers.
        return name.Length <= 253 && labels.Length >= 2 && labels.All(IsLabel)
            && !labels[^1].All(char.IsAsciiDigit) && !labels[^1].StartsWith("0x", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
