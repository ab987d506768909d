using LatchGate.Config;
using LatchGate.Egress;

namespace LatchGate.Tests.Config;

public sealed class HostPatternTextTests
{
    [Theory]
    [InlineData("API.Example.com.", HostPatternKind.Exact, "api.example.com")]
    [InlineData(".example.com", HostPatternKind.Suffix, "example.com")]
    [InlineData("*.example.com", HostPatternKind.OneLabel, "example.com")]
    [InlineData("2606:4700::1", HostPatternKind.Exact, "2606:4700::1")]
    public void A_pattern_takes_its_canonical_form(string text, HostPatternKind kind, string value)
    {
        Assert.True(HostPatternText.TryParse(text, out var pattern));
        Assert.Equal(new HostPattern(kind, value), pattern);
    }

    // Found by fuzzing: none of these is the host of any URL, so they could name nothing.
    [Theory]
    [InlineData("::%1")]
    [InlineData("fe80::1%2")]
    [InlineData("\u212Aelvin.example")]
    [InlineData("host.0X1F")]
    public void What_is_the_host_of_no_URL_is_no_pattern(string text) => Assert.False(HostPatternText.TryParse(text, out _));

    [Theory]
    [InlineData("fe80::%1/64")]
    [InlineData("::%1/128")]
    public void A_network_has_no_zone(string text) => Assert.False(Cidr.TryParse(text, out _));
}
