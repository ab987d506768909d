using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Networks as ranges of big integers, IPv4 above all of IPv6 so that the families never meet.</summary>
internal static class NaiveNetworks
{
    private static readonly Dictionary<string, (BigInteger First, BigInteger Last)> _known = new(StringComparer.Ordinal);

    /// <summary>Whether an address, unwrapped when IPv4-mapped, is in any of the networks, each written <c>address/prefix</c>.</summary>
    internal static bool Contain(IEnumerable<string> networks, IPAddress address)
    {
        var value = ValueOf(Unmapped(address));
        foreach (var network in networks)
        {
            var (first, last) = RangeOf(network);
            if (value >= first && value <= last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An IPv4-mapped address as IPv4, any other as it is.</summary>
    internal static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static BigInteger ValueOf(IPAddress address)
    {
        var value = new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return address.AddressFamily == AddressFamily.InterNetwork ? value + (BigInteger.One << 128) : value;
    }

    private static (BigInteger First, BigInteger Last) RangeOf(string network)
    {
        if (_known.TryGetValue(network, out var range))
        {
            return range;
        }

        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var address = IPAddress.Parse(network.AsSpan(0, slash));
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var first = ValueOf(address);
        range = (first, first + (BigInteger.One << (bits - int.Parse(network.AsSpan(slash + 1), CultureInfo.InvariantCulture))) - 1);
        _known.Add(network, range);
        return range;
    }
}
