using System.Net;
using System.Net.Sockets;
using System.Numerics;
using LatchGate.Egress;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Who may open an address, from the IANA special-purpose registries (RFC 6890) and clouds' metadata addresses: networks as ranges of big integers, no order among them.</summary>
internal static class NaiveAddressTable
{
    private static readonly (BigInteger First, BigInteger Last)[] _never =
    [
        .. new[]
        {
            "169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128",
            "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
            "::/128", "::/96", "::ffff:0:0:0/96", "2002::/16", "2001::/32", "64:ff9b:1::/48", "fe80::/10", "ff00::/8",
        }.Select(RangeOf),
    ];

    private static readonly (BigInteger First, BigInteger Last)[] _special =
    [
        .. new[]
        {
            "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10", "192.0.0.0/24",
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "198.18.0.0/15",
            "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001::/23", "100::/64", "5f00::/16",
        }.Select(RangeOf),
    ];

    private static readonly (BigInteger First, BigInteger Last) _nat64 = RangeOf("64:ff9b::/96");
    private static readonly (BigInteger First, BigInteger Last) _global = RangeOf("2000::/3");

    internal static AddressTier TierOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        var value = ValueOf(address);
        var isSix = address.AddressFamily == AddressFamily.InterNetworkV6;
        if (isSix && In(_nat64, value))
        {
            var inner = TierOf(new IPAddress(address.GetAddressBytes()[12..]));
            return inner == AddressTier.Public ? AddressTier.Public : AddressTier.Never;
        }

        // ::1 lies within ::/96 and is named by itself.
        if (isSix && address.Equals(IPAddress.IPv6Loopback))
        {
            return AddressTier.Special;
        }

        if (Array.Exists(_never, range => In(range, value)) || (isSix && IsIsatap(address)))
        {
            return AddressTier.Never;
        }

        return Array.Exists(_special, range => In(range, value)) ? AddressTier.Special
            : isSix && !In(_global, value) ? AddressTier.Never
            : AddressTier.Public;
    }

    // RFC 5214 §6.1.
    private static bool IsIsatap(IPAddress address) =>
        address.GetAddressBytes() is [_, _, _, _, _, _, _, _, 0x00 or 0x02, 0x00, 0x5E, 0xFE, _, _, _, _];

    private static bool In((BigInteger First, BigInteger Last) range, BigInteger value) => value >= range.First && value <= range.Last;

    // IPv4 above all of IPv6, so that the families never meet.
    private static BigInteger ValueOf(IPAddress address)
    {
        var value = new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return address.AddressFamily == AddressFamily.InterNetwork ? value + (BigInteger.One << 128) : value;
    }

    private static (BigInteger First, BigInteger Last) RangeOf(string network)
    {
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var address = IPAddress.Parse(network.AsSpan(0, slash));
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var first = ValueOf(address);
        return (first, first + (BigInteger.One << (bits - int.Parse(network.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture))) - 1);
    }
}
