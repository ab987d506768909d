using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Who may open an address, from the IANA special-purpose registries (RFC 6890) and clouds' metadata addresses: two lists, no order in them.</summary>
internal static class NaiveAddressTable
{
    private static readonly string[] _never =
    [
        "169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128",
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0:0/96", "2002::/16", "2001::/32", "64:ff9b:1::/48", "fe80::/10", "ff00::/8",
    ];

    private static readonly string[] _special =
    [
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10", "192.0.0.0/24",
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "198.18.0.0/15",
        "2001::/23", "100::/64", "5f00::/16",
    ];

    private static readonly string[] _nat64 = ["64:ff9b::/96"];
    private static readonly string[] _global = ["2000::/3"];

    internal static AddressTier TierOf(IPAddress address)
    {
        address = NaiveNetworks.Unmapped(address);
        var isSix = address.AddressFamily == AddressFamily.InterNetworkV6;
        if (isSix && NaiveNetworks.Contain(_nat64, address))
        {
            return TierOf(Translated(address)) == AddressTier.Public ? AddressTier.Public : AddressTier.Never;
        }

        // ::1 lies within ::/96 and is named by itself.
        return isSix && address.Equals(IPAddress.IPv6Loopback) ? AddressTier.Special
            : NaiveNetworks.Contain(_never, address) || (isSix && IsIsatap(address)) ? AddressTier.Never
            : NaiveNetworks.Contain(_special, address) ? AddressTier.Special
            : isSix && !NaiveNetworks.Contain(_global, address) ? AddressTier.Never
            : AddressTier.Public;
    }

    /// <summary>Where traffic to an address ends: what NAT64's well-known prefix wraps, else the address itself.</summary>
    internal static IPAddress EndOf(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && NaiveNetworks.Contain(_nat64, address) ? Translated(address) : NaiveNetworks.Unmapped(address);

    private static IPAddress Translated(IPAddress address) => new(address.GetAddressBytes()[12..]);

    // RFC 5214 §6.1.
    private static bool IsIsatap(IPAddress address) =>
        address.GetAddressBytes() is [_, _, _, _, _, _, _, _, 0x00 or 0x02, 0x00, 0x5E, 0xFE, _, _, _, _];
}
