using System.Net;
using LatchGate.Egress;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Egress;

public sealed class AddressClassifierTests
{
    // Both edges of each range and the public neighbours beside them.
    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.255.255.255", "unspecified")]
    [InlineData("1.0.0.0", "public")]
    [InlineData("9.255.255.255", "public")]
    [InlineData("10.0.0.0", "private")]
    [InlineData("10.255.255.255", "private")]
    [InlineData("11.0.0.0", "public")]
    [InlineData("100.63.255.255", "public")]
    [InlineData("100.64.0.0", "cgnat")]
    [InlineData("100.100.100.200", "metadata")]
    [InlineData("100.127.255.255", "cgnat")]
    [InlineData("100.128.0.0", "public")]
    [InlineData("126.255.255.255", "public")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.255", "loopback")]
    [InlineData("128.0.0.0", "public")]
    [InlineData("168.63.129.15", "public")]
    [InlineData("168.63.129.16", "metadata")]
    [InlineData("168.63.129.17", "public")]
    [InlineData("169.253.255.255", "public")]
    [InlineData("169.254.0.0", "link_local")]
    [InlineData("169.254.169.253", "link_local")]
    [InlineData("169.254.169.254", "metadata")]
    [InlineData("169.254.170.2", "metadata")]
    [InlineData("169.255.0.0", "public")]
    [InlineData("172.15.255.255", "public")]
    [InlineData("172.16.0.0", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("172.32.0.0", "public")]
    [InlineData("192.0.0.0", "ietf")]
    [InlineData("192.0.0.192", "metadata")]
    [InlineData("192.0.0.255", "ietf")]
    [InlineData("192.0.1.0", "public")]
    [InlineData("192.0.2.0", "documentation")]
    [InlineData("192.0.3.0", "public")]
    [InlineData("192.88.98.255", "public")]
    [InlineData("192.88.99.1", "relay_6to4")]
    [InlineData("192.88.100.0", "public")]
    [InlineData("192.167.255.255", "public")]
    [InlineData("192.168.0.0", "private")]
    [InlineData("192.169.0.0", "public")]
    [InlineData("198.17.255.255", "public")]
    [InlineData("198.18.0.0", "benchmark")]
    [InlineData("198.19.255.255", "benchmark")]
    [InlineData("198.20.0.0", "public")]
    [InlineData("198.51.100.255", "documentation")]
    [InlineData("203.0.113.0", "documentation")]
    [InlineData("203.0.114.0", "public")]
    [InlineData("223.255.255.255", "public")]
    [InlineData("224.0.0.0", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("240.0.0.0", "reserved")]
    [InlineData("255.255.255.254", "reserved")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("::", "unspecified")]
    [InlineData("::1", "loopback")]
    [InlineData("::2", "transition_compat")]
    [InlineData("::ffff:10.0.0.1", "private")]
    [InlineData("::ffff:8.8.8.8", "public")]
    [InlineData("::ffff:0:8.8.8.8", "transition_translated")]
    [InlineData("64:ff9b::8.8.8.8", "nat64_public")]
    [InlineData("64:ff9b::10.0.0.1", "nat64_private")]
    [InlineData("64:ff9b::169.254.169.254", "nat64_metadata")]
    [InlineData("64:ff9b:0:0:0:1::", "reserved")]
    [InlineData("64:ff9b:1::8.8.8.8", "transition_nat64_local")]
    [InlineData("100::", "discard")]
    [InlineData("100:0:0:1::", "reserved")]
    [InlineData("2001::1", "transition_teredo")]
    [InlineData("2001:1::1", "ietf")]
    [InlineData("2001:2::1", "benchmark")]
    [InlineData("2001:2:1::", "ietf")]
    [InlineData("2001:10::", "orchid")]
    [InlineData("2001:2f:ffff::", "orchid")]
    [InlineData("2001:1ff:ffff::", "ietf")]
    [InlineData("2001:200::", "public")]
    [InlineData("2001:db7:ffff::", "public")]
    [InlineData("2001:db8::", "documentation")]
    [InlineData("2001:db9::", "public")]
    [InlineData("2001:4860:4860::8888", "public")]
    [InlineData("2002::1", "transition_6to4")]
    [InlineData("2003::", "public")]
    [InlineData("2606:4700::5efe:8.8.8.8", "transition_isatap")]
    [InlineData("2606:4700::200:5efe:8.8.8.8", "transition_isatap")]
    [InlineData("2606:4700::100:5efe:8.8.8.8", "public")]
    [InlineData("fd00::5efe:10.0.0.1", "transition_isatap")]
    [InlineData("3ffe:ffff::", "public")]
    [InlineData("3fff::", "documentation")]
    [InlineData("3fff:fff:ffff::", "documentation")]
    [InlineData("3fff:1000::", "public")]
    [InlineData("4000::", "reserved")]
    [InlineData("5f00::1", "srv6")]
    [InlineData("fbff::", "reserved")]
    [InlineData("fc00::", "ula")]
    [InlineData("fd00:ec2::253", "ula")]
    [InlineData("fd00:ec2::254", "metadata")]
    [InlineData("fd20:ce::254", "metadata")]
    [InlineData("fdff:ffff::", "ula")]
    [InlineData("fe00::", "reserved")]
    [InlineData("fe80::1", "link_local")]
    [InlineData("febf::1", "link_local")]
    [InlineData("fec0::", "site_local")]
    [InlineData("feff::", "site_local")]
    [InlineData("ff00::", "multicast")]
    public void Every_address_has_the_class_of_its_registry_entry(string address, string label)
    {
        Assert.Equal(label, AddressClassifier.Classify(IPAddress.Parse(address), []).Label);
    }

    // RFC 6052 §2.4: 192.0.2.33 under each prefix length.
    [Theory]
    [InlineData("2001:db8::", 32, "2001:db8:c000:221::")]
    [InlineData("2001:db8:100::", 40, "2001:db8:1c0:2:21::")]
    [InlineData("2001:db8:122::", 48, "2001:db8:122:c000:2:2100::")]
    [InlineData("2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::")]
    [InlineData("2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::")]
    [InlineData("2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33")]
    public void Declared_prefixes_are_unwrapped_as_RFC_6052_says(string prefix, int length, string address)
    {
        var ceiling = new EgressCeiling { Nat64Prefixes = [new Cidr(IPAddress.Parse(prefix), length)] };

        var kind = AddressClassifier.Classify(IPAddress.Parse(address), ceiling.Nat64Prefixes);

        Assert.Equal("nat64_documentation", kind.Label);
        Assert.Equal(AddressTier.Never, kind.Tier);
        Assert.True(AddressClassifier.EndsAt(IPAddress.Parse(address), IPAddress.Parse("192.0.2.33"), ceiling.Nat64Prefixes));
        Assert.False(AddressClassifier.EndsAt(IPAddress.Parse(address), IPAddress.Parse("192.0.2.34"), ceiling.Nat64Prefixes));
    }

    [Theory]
    [InlineData("2001:db8::", 44)]
    [InlineData("10.0.0.0", 32)]
    public void A_prefix_that_RFC_6052_does_not_define_stops_the_start(string network, int length)
    {
        var e = Assert.Throws<StartupException>(() => new EgressCeiling { Nat64Prefixes = [new Cidr(IPAddress.Parse(network), length)] });
        Assert.Equal(StartupError.ConfigValidationFailed, e.Error);
    }

    [Fact]
    public void A_mapped_address_always_has_the_class_of_its_IPv4_form()
    {
        var random = new Random(1);
        var bytes = new byte[4];
        for (var i = 0; i < 10_000; i++)
        {
            random.NextBytes(bytes);
            var address = new IPAddress(bytes);
            Assert.Equal(AddressClassifier.Classify(address, []), AddressClassifier.Classify(address.MapToIPv6(), []));
        }
    }

    [Fact]
    public void Every_class_has_a_label_of_its_own()
    {
        var labels = Enum.GetValues<AddressClass>().Select(c => new AddressKind(c, false).Label).ToHashSet();
        Assert.Equal(Enum.GetValues<AddressClass>().Length, labels.Count);
    }
}
