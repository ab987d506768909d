using System.Globalization;
using System.Linq;
using System.Net;

namespace LatchGate.Generators.Model;

/// <summary>Which networks are never reachable, and which only by an opt-in (reference/egress.md C4).</summary>
internal static class AddressClass
{
    private static readonly (byte[] Network, int Prefix)[] NeverNetworks = Parse(
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        "::/128", "::ffff:0:0/96", "fe80::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128", "2002::/16", "2001::/32", "64:ff9b:1::/48");

    private static readonly (byte[] Network, int Prefix)[] SpecialNetworks = Parse(
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24",
        "203.0.113.0/24", "192.88.99.0/24", "198.18.0.0/15", "::1/128", "fc00::/7", "fec0::/10", "2001:db8::/32", "3fff::/20",
        "2001:2::/48", "2001:10::/28", "2001:20::/28", "100::/64", "5f00::/16");

    // ::a.b.c.d; the loopback address lies in it and is special instead.
    private static readonly byte[] Compatible = new byte[16];

    /// <summary>Whether the whole network is never reachable.</summary>
    public static bool IsNever(byte[] network, int prefix) =>
        NeverNetworks.Any(known => Covers(known, network, prefix))
        || (Covers((Compatible, 96), network, prefix) && !(prefix == 128 && network[15] == 1 && network.Take(15).All(static b => b == 0)))
        || (network.Length == 16 && prefix >= 96 && network[8] is 0 or 2 && network[9] == 0 && network[10] == 0x5e && network[11] == 0xfe);

    /// <summary>Whether the whole network is reachable by opt-in alone.</summary>
    public static bool IsSpecial(byte[] network, int prefix) => SpecialNetworks.Any(known => Covers(known, network, prefix));

    private static bool Covers((byte[] Network, int Prefix) known, byte[] network, int prefix)
    {
        if (known.Network.Length != network.Length || prefix < known.Prefix)
        {
            return false;
        }

        for (var bit = 0; bit < known.Prefix; bit++)
        {
            var mask = 0x80 >> (bit % 8);
            if ((known.Network[bit / 8] & mask) != (network[bit / 8] & mask))
            {
                return false;
            }
        }

        return true;
    }

    private static (byte[] Network, int Prefix)[] Parse(params string[] cidrs) =>
    [
        .. cidrs.Select(static cidr => cidr.Split('/')).Select(static parts =>
            (IPAddress.Parse(parts[0]).GetAddressBytes(), int.Parse(parts[1], CultureInfo.InvariantCulture))),
    ];
}
