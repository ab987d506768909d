using System.Collections.Immutable;
using System.Net;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;

namespace LatchGate.Fuzz.Targets;

/// <summary>Addresses: the first 16 bytes are one of IPv6, the first four one of IPv4, the next one says how many of them count.</summary>
internal sealed class AddressClassTarget : FuzzTarget
{
    private static readonly (int Length, ImmutableArray<Cidr> Prefix)[] _prefixes =
    [
        .. new[] { "2a0a:100::/32", "2a0a:100:200::/40", "2a0a:100:203::/48", "2a0a:100:203:400::/56", "2a0a:100:203:405::/64", "2a0a:100:203:405::/96" }
            .Select(static text => Cidr.TryParse(text, out var cidr) ? (cidr!.PrefixLength, ImmutableArray.Create(cidr)) : throw new FormatException(text)),
    ];

    internal override string Name => "address-class";

    internal override string Property => "an address has one class in every form of it, the class of a table read independently, and no wrapped form is more open than what it wraps";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Egress.AddressClassifier", "LatchGate.Egress.AddressKind", "LatchGate.Egress.Cidr"];

    internal override int MaxLength => 32;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length >= 16)
        {
            CheckSix(new IPAddress(input[..16]));
        }

        if (input.Length >= 4)
        {
            CheckFour(input[..4]);
        }
    }

    private static void CheckSix(IPAddress address)
    {
        var kind = AddressClassifier.Classify(address, []);
        Check.Equal(NaiveAddressTable.TierOf(address), kind.Tier, $"tier of {address}");
        Check.Equal(kind, AddressClassifier.Classify(IPAddress.Parse(address.ToString()), []), $"class of the text of {address}");
        Check.Equal(kind.ThroughNat64, kind.Label.StartsWith("nat64_", StringComparison.Ordinal), "label");

        Check.Holds(AddressClassifier.EndsAt(address, address, []) != kind.ThroughNat64, $"{address} ends at itself, unless it is translated");
    }

    private static void CheckFour(ReadOnlySpan<byte> bytes)
    {
        var address = new IPAddress(bytes);
        var kind = AddressClassifier.Classify(address, []);
        Check.Equal(NaiveAddressTable.TierOf(address), kind.Tier, $"tier of {address}");
        Check.Equal(kind, AddressClassifier.Classify(address.MapToIPv6(), []), $"mapped form of {address}");
        Span<byte> wrapped = stackalloc byte[16];
        IPAddress.Parse("64:ff9b::").TryWriteBytes(wrapped, out _);
        bytes.CopyTo(wrapped[12..]);
        CheckNat64(address, kind, new IPAddress(wrapped), []);
        foreach (var (length, prefix) in _prefixes)
        {
            prefix[0].Network.TryWriteBytes(wrapped, out _);
            Embed(bytes, wrapped, length / 8);
            CheckNat64(address, kind, new IPAddress(wrapped), prefix);
        }
    }

    private static void CheckNat64(IPAddress address, AddressKind inner, IPAddress wrapped, ImmutableArray<Cidr> prefixes)
    {
        var outer = AddressClassifier.Classify(wrapped, prefixes);
        Check.Equal(inner.Class, outer.Class, $"class of {wrapped}");
        Check.Holds(AddressClassifier.EndsAt(wrapped, address, prefixes), $"traffic to {wrapped} ends at {address}");
        Check.Equal(inner.Tier == AddressTier.Public ? AddressTier.Public : AddressTier.Never, outer.Tier, $"tier of {wrapped}");
    }

    // RFC 6052 §2.2, written down as its figure has it: octet 8 is zero, the address goes around it.
    private static void Embed(ReadOnlySpan<byte> address, Span<byte> wrapped, int prefixBytes)
    {
        var places = prefixBytes switch
        {
            4 => (ReadOnlySpan<int>)[4, 5, 6, 7],
            5 => [5, 6, 7, 9],
            6 => [6, 7, 9, 10],
            7 => [7, 9, 10, 11],
            8 => [9, 10, 11, 12],
            _ => [12, 13, 14, 15],
        };
        for (var i = 0; i < 4; i++)
        {
            wrapped[places[i]] = address[i];
        }
    }
}
