using LatchGate.Egress;
using LatchGate.Learned;

namespace LatchGate.Tests.Learned;

public sealed class LearnedDomainTests
{
    [Theory]
    [InlineData("api.example.com", "api.example.com", HostPatternKind.Exact)]
    [InlineData("  API.Example.COM.  ", "api.example.com", HostPatternKind.Exact)]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", HostPatternKind.Exact)]
    [InlineData("*.api.example.com", "*.api.example.com", HostPatternKind.OneLabel)]
    [InlineData("*.API.Example.com.", "*.api.example.com", HostPatternKind.OneLabel)]
    [InlineData("1.1.1.1", "1.1.1.1", HostPatternKind.Exact)]
    [InlineData("2606:4700:4700:0:0:0:0:1111", "2606:4700:4700::1111", HostPatternKind.Exact)]
    [InlineData("[2606:4700:4700::1111]", "2606:4700:4700::1111", HostPatternKind.Exact)]
    [InlineData("alice.github.io", "alice.github.io", HostPatternKind.Exact)]
    [InlineData("example.co.uk", "example.co.uk", HostPatternKind.Exact)]
    public void A_host_is_stored_in_one_spelling(string input, string stored, HostPatternKind kind)
    {
        Assert.True(LearnedDomain.TryParse(input, wide: false, out var domain, out var fault), fault);
        Assert.Equal((stored, kind), (domain.Text, domain.Pattern.Kind));
        Assert.True(LearnedDomain.TryParse(domain.Text, wide: false, out var again, out _));
        Assert.Equal(domain.Text, again.Text);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("api example.com", "blank")]
    [InlineData("api.example.com\0", "blank")]
    [InlineData("api.\texample.com", "blank")]
    [InlineData("localhost", "localhost")]
    [InlineData("LOCALHOST.", "localhost")]
    [InlineData("x.localhost", "localhost")]
    [InlineData("intranet", "one dot")]
    [InlineData("*", "wildcard")]
    [InlineData("*.", "neither")]
    [InlineData("*.com", "one dot")]
    [InlineData("*.example.com", "two dots")]
    [InlineData("a.*.example.com", "wildcard")]
    [InlineData("*.*.example.com", "wildcard")]
    [InlineData("ap*i.example.com", "wildcard")]
    [InlineData(".example.com", "neither")]
    [InlineData("a..example.com", "neither")]
    [InlineData("-a.example.com", "neither")]
    [InlineData("a_b.example.com", "neither")]
    [InlineData("https://api.example.com", "neither")]
    [InlineData("api.example.com:443", "neither")]
    [InlineData("api.example.com/x", "neither")]
    [InlineData("user@example.com", "neither")]
    [InlineData("bücher.example", "ASCII")]
    [InlineData("127.0.0.1", "private")]
    [InlineData("10.1.2.3", "private")]
    [InlineData("169.254.169.254", "private")]
    [InlineData("::1", "private")]
    [InlineData("::ffff:10.0.0.1", "private")]
    [InlineData("64:ff9b::a00:1", "private")]
    [InlineData("0177.0.0.1", "neither")]
    [InlineData("2130706433", "neither")]
    [InlineData("*.1.1.1.1", "wildcard")]
    public void A_host_that_opens_more_than_one_place_or_a_private_one_is_refused(string input, string why)
    {
        Assert.False(LearnedDomain.TryParse(input, wide: false, out var domain, out var fault));
        Assert.Null(domain);
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("co.uk")]
    [InlineData("CO.UK.")]
    [InlineData("com.au")]
    [InlineData("github.io")]
    [InlineData("*.github.io")]
    [InlineData("*.co.uk")]
    [InlineData("s3.amazonaws.com")]
    [InlineData("*.s3.eu-central-1.amazonaws.com")]
    [InlineData("*.blob.core.windows.net")]
    [InlineData("*.workers.dev")]
    public void D81_a_public_suffix_cannot_be_learned(string input)
    {
        Assert.False(LearnedDomain.TryParse(input, wide: true, out _, out var fault));
        Assert.Contains("anybody", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void D81_a_learned_host_opens_nothing_below_it()
    {
        Assert.True(LearnedDomain.TryParse("example.com", wide: false, out var domain, out _));
        Assert.True(domain.Pattern.Matches("example.com"));
        Assert.False(domain.Pattern.Matches("a.example.com"));
        Assert.True(LearnedDomain.TryParse("*.example.com", wide: true, out var wildcard, out _));
        Assert.True(wildcard.Pattern.Matches("a.example.com"));
        Assert.False(wildcard.Pattern.Matches("a.b.example.com"));
        Assert.False(wildcard.Pattern.Matches("example.com"));
    }

    [Fact]
    public void A_name_of_253_characters_is_the_longest()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(253, longest.Length);
        Assert.True(LearnedDomain.TryParse(longest, wide: false, out _, out _));
        Assert.False(LearnedDomain.TryParse(longest + "c", wide: false, out _, out _));
        Assert.False(LearnedDomain.TryParse($"a{label}.example.com", wide: false, out _, out _));
    }
}
