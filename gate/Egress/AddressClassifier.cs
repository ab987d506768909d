using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace LatchGate.Egress;

/// <summary>
/// Classes addresses by ordered rules, the first match decides (reference/egress.md C4; IANA special-purpose
/// registries, RFC 6890). What no row names is public in IPv4, and in IPv6 only within 2000::/3.
/// </summary>
public static class AddressClassifier
{
    private readonly record struct Row4(uint Network, uint Mask, AddressClass Class);

    private readonly record struct Row6(UInt128 Network, UInt128 Mask, AddressClass Class);

    private static readonly Row4[] Table4 =
    [
        V4("169.254.169.254", 32, AddressClass.Metadata), // AWS, GCP, Azure, OpenStack
        V4("169.254.170.2", 32, AddressClass.Metadata), // AWS ECS
        V4("100.100.100.200", 32, AddressClass.Metadata), // Alibaba
        V4("168.63.129.16", 32, AddressClass.Metadata), // Azure wire server, a public address
        V4("192.0.0.192", 32, AddressClass.Metadata), // Oracle
        V4("0.0.0.0", 8, AddressClass.Unspecified),
        V4("10.0.0.0", 8, AddressClass.Private),
        V4("100.64.0.0", 10, AddressClass.Cgnat),
        V4("127.0.0.0", 8, AddressClass.Loopback),
        V4("169.254.0.0", 16, AddressClass.LinkLocal),
        V4("172.16.0.0", 12, AddressClass.Private),
        V4("192.0.0.0", 24, AddressClass.Ietf),
        V4("192.0.2.0", 24, AddressClass.Documentation),
        V4("192.88.99.0", 24, AddressClass.Relay6to4),
        V4("192.168.0.0", 16, AddressClass.Private),
        V4("198.18.0.0", 15, AddressClass.Benchmark),
        V4("198.51.100.0", 24, AddressClass.Documentation),
        V4("203.0.113.0", 24, AddressClass.Documentation),
        V4("224.0.0.0", 4, AddressClass.Multicast),
        V4("255.255.255.255", 32, AddressClass.Broadcast),
        V4("240.0.0.0", 4, AddressClass.Reserved),
    ];

    private static readonly Row6[] Table6 =
    [
        V6("fd00:ec2::254", 128, AddressClass.Metadata), // AWS
        V6("fd20:ce::254", 128, AddressClass.Metadata), // GCP
        V6("::", 128, AddressClass.Unspecified),
        V6("::1", 128, AddressClass.Loopback),
        V6("::ffff:0:0:0", 96, AddressClass.TransitionTranslated),
        V6("::", 96, AddressClass.TransitionCompat),
        V6("64:ff9b:1::", 48, AddressClass.TransitionNat64Local),
        V6("100::", 64, AddressClass.Discard),
        V6("2001::", 32, AddressClass.TransitionTeredo),
        V6("2001:2::", 48, AddressClass.Benchmark),
        V6("2001:10::", 28, AddressClass.Orchid),
        V6("2001:20::", 28, AddressClass.Orchid),
        V6("2001::", 23, AddressClass.Ietf),
        V6("2001:db8::", 32, AddressClass.Documentation),
        V6("2002::", 16, AddressClass.Transition6to4),
        V6("3fff::", 20, AddressClass.Documentation),
        V6("5f00::", 16, AddressClass.Srv6),
        V6("fc00::", 7, AddressClass.Ula),
        V6("fe80::", 10, AddressClass.LinkLocal),
        V6("fec0::", 10, AddressClass.SiteLocal),
        V6("ff00::", 8, AddressClass.Multicast),
        V6("2000::", 3, AddressClass.Public),
        V6("::", 0, AddressClass.Reserved),
    ];

    private static readonly Row6 WellKnownNat64 = V6("64:ff9b::", 96, AddressClass.Public);

    /// <summary>Classes one address.</summary>
    /// <param name="address">IPv4, IPv6 or IPv4-mapped; the last is looked at as IPv4.</param>
    /// <param name="nat64Prefixes">RFC 6052 prefixes the operator's network translates, beside 64:ff9b::/96.</param>
    public static AddressKind Classify(IPAddress address, ImmutableArray<Cidr> nat64Prefixes)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (Embedded(address, nat64Prefixes, bytes, out var throughNat64))
        {
            return new AddressKind(Class4(BinaryPrimitives.ReadUInt32BigEndian(bytes)), throughNat64);
        }

        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        var kind = new AddressKind(Class6(value), ThroughNat64: false);

        // Behind an ISATAP interface identifier any IPv4 address may be, whatever the prefix.
        var identifier = (uint)((ulong)value >> 32);
        return kind.Tier != AddressTier.Never && identifier is 0x00005EFE or 0x02005EFE
            ? new AddressKind(AddressClass.TransitionIsatap, ThroughNat64: false)
            : kind;
    }

    /// <summary>Whether traffic to <paramref name="address"/> ends at <paramref name="own"/>, the former perhaps through NAT64.</summary>
    internal static bool EndsAt(IPAddress address, IPAddress own, ImmutableArray<Cidr> nat64Prefixes)
    {
        Span<byte> reached = stackalloc byte[16];
        Span<byte> bytes = stackalloc byte[16];
        var length = Embedded(address, nat64Prefixes, reached, out _) ? 4 : 16;
        return Cidr.BytesOf(own, bytes).SequenceEqual(reached[..length]);
    }

    // True with four bytes when there is an IPv4 address, its own or embedded; else false with sixteen.
    private static bool Embedded(IPAddress address, ImmutableArray<Cidr> nat64Prefixes, Span<byte> bytes, out bool throughNat64)
    {
        throughNat64 = false;
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return true;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            bytes[12..].CopyTo(bytes);
            return true;
        }

        if ((BinaryPrimitives.ReadUInt128BigEndian(bytes) & WellKnownNat64.Mask) == WellKnownNat64.Network)
        {
            throughNat64 = true;
            bytes[12..].CopyTo(bytes);
            return true;
        }

        foreach (var prefix in nat64Prefixes)
        {
            if (prefix.Contains(address))
            {
                throughNat64 = true;
                TakeRfc6052(bytes, prefix.PrefixLength / 8);
                return true;
            }
        }

        return false;
    }

    // RFC 6052 §2.2: the four bytes follow the prefix, but octet 8 is always skipped.
    private static void TakeRfc6052(Span<byte> bytes, int at)
    {
        for (var i = 0; i < 4; i++, at++)
        {
            at += at == 8 ? 1 : 0;
            bytes[i] = bytes[at];
        }
    }

    private static AddressClass Class4(uint value)
    {
        foreach (ref readonly var row in Table4.AsSpan())
        {
            if ((value & row.Mask) == row.Network)
            {
                return row.Class;
            }
        }

        return AddressClass.Public;
    }

    private static AddressClass Class6(UInt128 value)
    {
        foreach (ref readonly var row in Table6.AsSpan())
        {
            if ((value & row.Mask) == row.Network)
            {
                return row.Class;
            }
        }

        return AddressClass.Reserved;
    }

    private static Row4 V4(string network, int prefix, AddressClass @class) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(network).GetAddressBytes()), uint.MaxValue << (32 - prefix), @class);

    private static Row6 V6(string network, int prefix, AddressClass @class) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(network).GetAddressBytes()), prefix == 0 ? 0 : UInt128.MaxValue << (128 - prefix), @class);
}
