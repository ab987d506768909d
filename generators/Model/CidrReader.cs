using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>address/prefix</c> strictly: the library's parser takes short, masked and mapped forms that mean something else.</summary>
internal static class CidrReader
{
    /// <summary>The network; null after a diagnostic. <paramref name="privately"/> is the rule's opt-in, null where none is needed.</summary>
    public static CidrModel? Read(TextNode text, bool? privately, DiagnosticBag diagnostics)
    {
        var shown = ManifestReader.Shown(text.Value);
        var parts = text.Value.Split('/');
        if (parts.Length != 2 || Canonical(parts[0]) is not { } address || address.IsIPv4MappedToIPv6 || Prefix(parts[1], address) is not { } prefix)
        {
            diagnostics.Add(Descriptors.BadCidr, text.Location, shown);
            return null;
        }

        var network = address.GetAddressBytes();
        var fault = prefix == 0 ? Descriptors.CidrTooBroad
            : HasHostBits(network, prefix) ? Descriptors.CidrHostBits
            : privately is not null && AddressClass.IsNever(network, prefix) ? Descriptors.CidrNeverAllowed
            : privately == false && AddressClass.IsSpecial(network, prefix) ? Descriptors.PrivateCidr
            : null;
        if (fault is not null)
        {
            diagnostics.Add(fault, text.Location, shown);
            return null;
        }

        return new CidrModel(string.Concat(network.Select(static b => b.ToString("x2", CultureInfo.InvariantCulture))), prefix);
    }

    /// <summary>The address, if the text is its canonical form; the library also takes <c>127.1</c>, hexadecimal and zones.</summary>
    public static IPAddress? Canonical(string text) =>
        IPAddress.TryParse(text, out var address) && string.Equals(address.ToString(), text, StringComparison.Ordinal)
        && !(address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
            ? address
            : null;

    private static int? Prefix(string text, IPAddress address) =>
        text.Length is > 0 and <= 3 && (text == "0" || text[0] != '0')
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) && prefix <= address.GetAddressBytes().Length * 8
            ? prefix
            : null;

    private static bool HasHostBits(byte[] network, int prefix)
    {
        for (var bit = prefix; bit < network.Length * 8; bit++)
        {
            if ((network[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
