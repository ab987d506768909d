using System.Net;
using System.Net.Sockets;

namespace LatchGate.Egress;

/// <summary>A network in canonical form: no host bits, no IPv4-mapped form.</summary>
/// <param name="Network">The network address.</param>
/// <param name="PrefixLength">1 to 32, or 1 to 128 for IPv6.</param>
public sealed record Cidr(IPAddress Network, int PrefixLength)
{
    /// <summary>Whether <paramref name="address"/> is within; an IPv4-mapped address is looked at as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return Contains(BytesOf(address, bytes));
    }

    /// <summary>Whether an address is within, given as 4 or 16 bytes; an IPv4-mapped one as 4.</summary>
    internal bool Contains(ReadOnlySpan<byte> address)
    {
        Span<byte> network = stackalloc byte[16];
        Network.TryWriteBytes(network, out var length);
        if (length != address.Length)
        {
            return false;
        }

        var whole = PrefixLength / 8;
        if (!address[..whole].SequenceEqual(network[..whole]))
        {
            return false;
        }

        var rest = PrefixLength % 8;
        return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
    }

    /// <summary>An address's bytes, written to <paramref name="bytes"/>: 4, also for an IPv4-mapped one, or 16.</summary>
    internal static ReadOnlySpan<byte> BytesOf(IPAddress address, Span<byte> bytes)
    {
        address.TryWriteBytes(bytes, out var length);
        return address.IsIPv4MappedToIPv6 ? bytes[12..16] : bytes[..length];
    }

    /// <summary>Reads <c>address/prefix</c> strictly: canonical address, prefix 1 to the family's size, no host bits.</summary>
    public static bool TryParse(string text, out Cidr? cidr)
    {
        cidr = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var network) || network.ToString() != text[..slash] || network.IsIPv4MappedToIPv6 || text.Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        var bits = text.AsSpan(slash + 1);
        var size = network.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (bits.IsEmpty || bits[0] == '0' || bits.ContainsAnyExceptInRange('0', '9') || bits.Length > 3
            || int.Parse(bits, System.Globalization.CultureInfo.InvariantCulture) is var prefix && prefix > size)
        {
            return false;
        }

        var candidate = new Cidr(network, prefix);
        Span<byte> bytes = stackalloc byte[16];
        network.TryWriteBytes(bytes, out var length);
        for (var bit = prefix; bit < length * 8; bit++)
        {
            if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
            {
                return false;
            }
        }

        cidr = candidate;
        return true;
    }
}
