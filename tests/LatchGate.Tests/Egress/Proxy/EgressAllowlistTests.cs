using System.Collections.Immutable;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;

namespace LatchGate.Tests.Egress.Proxy;

/// <summary>(manifests ∪ learned) ∩ the operator's allowlist, as sets of names.</summary>
public sealed class EgressAllowlistTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("api.example.com", "api.example.com", "api.example.com")]
    [InlineData("api.example.com", ".example.com", "api.example.com")]
    [InlineData("example.com", ".example.com", "example.com")]
    [InlineData("api.example.com", "*.example.com", "api.example.com")]
    [InlineData("example.com", "*.example.com", null)]
    [InlineData("a.b.example.com", "*.example.com", null)]
    [InlineData("evil-api.com", ".api.com", null)]
    [InlineData(".example.com", ".eu.example.com", ".eu.example.com")]
    [InlineData(".example.com", ".example.org", null)]
    [InlineData("*.example.com", ".example.com", "*.example.com")]
    [InlineData("*.eu.example.com", ".example.com", "*.eu.example.com")]
    [InlineData("*.example.com", ".eu.example.com", "eu.example.com")]
    [InlineData("*.example.com", ".a.eu.example.com", null)]
    [InlineData("*.example.com", "*.example.com", "*.example.com")]
    [InlineData("*.example.com", "*.eu.example.com", null)]
    [InlineData("93.184.216.34", "93.184.216.34", "93.184.216.34")]
    [InlineData("93.184.216.34", ".216.34", null)]
    public void The_intersection_of_two_patterns_is_a_pattern_or_nothing(string one, string other, string? both)
    {
        foreach (var (a, b) in new[] { (one, other), (other, one) })
        {
            Assert.Equal(both is not null, HostPatterns.TryIntersect(Pattern(a), Pattern(b), out var found));
            Assert.Equal(both, both is null ? null : found.Text());
        }
    }

    [Fact]
    public void A_name_is_on_the_list_exactly_when_a_manifest_and_the_operator_both_have_it()
    {
        // Every pattern and every name over two labels, up to four deep: small enough to try whole.
        var names = Names(4);
        var random = new Random(20260102);
        for (var round = 0; round < 300; round++)
        {
            var (manifest, ceiling) = (Draw(random, 4), Draw(random, 4));
            var list = List(manifest, ceiling);
            foreach (var name in names)
            {
                var expected = Array.Exists(manifest, p => p.Matches(name)) && Array.Exists(ceiling, p => p.Matches(name));
                Assert.True(expected == SquidAllows(list, name), $"{name}: [{Text(manifest)}] ∩ [{Text(ceiling)}] = {string.Join(' ', list.Domains)} / {string.Join(' ', list.OneLabel)}");
            }
        }
    }

    [Fact]
    public void What_a_wider_entry_covers_is_left_out()
    {
        // Squid ends itself when it reads the first before the second.
        var list = List([Pattern("api.example.com"), Pattern(".example.com"), Pattern("*.example.com"), Pattern(".eu.example.com"), Pattern("example.org")], null);
        Assert.Equal([".example.com", "example.org"], list.Domains);
        Assert.Empty(list.OneLabel);
    }

    [Fact]
    public void One_label_below_a_name_never_becomes_all_below_it()
    {
        var list = List([Pattern("*.eu.example.com")], null);
        Assert.Empty(list.Domains);
        Assert.Equal(["eu.example.com"], list.OneLabel);
        Assert.Equal([@"^[^.]+\.eu\.example\.com$"], SquidFiles.Entries(list, 1));
    }

    [Fact]
    public void This_machine_and_private_addresses_are_never_listed()
    {
        var rule = Rule([.. "localhost db.localhost 127.0.0.1 ::1 10.0.0.1 169.254.169.254 192.0.2.1 93.184.216.34 2606:2800:220:1::1".Split(' ').Select(Pattern)]);
        var list = EgressAllowlist.Of([Rules(rule)], EgressCeiling.Default, [], Now);
        Assert.Empty(list.Domains);
        Assert.Equal(["2606:2800:220:1::1", "93.184.216.34"], list.Networks);
    }

    [Fact]
    public void A_rule_that_lists_nothing_opens_no_port()
    {
        var local = Rule([Pattern("localhost")]) with { Ports = [new PortRange(1, 65535)], Schemes = EgressSchemes.Http };
        var site = Rule([Pattern("api.example.com")]) with { Ports = [new PortRange(8443, 8443), new PortRange(8444, 8450)] };
        var plain = Rule([Pattern("www.example.com")]) with { Ports = [new PortRange(80, 80)], Schemes = EgressSchemes.Http };
        var list = EgressAllowlist.Of([Rules(local, site, plain)], EgressCeiling.Default, [], Now);
        Assert.Equal(["80", "443", "8443-8450"], SquidFiles.Entries(list, 3));
        Assert.Equal(["443", "8443-8450"], SquidFiles.Entries(list, 4));
    }

    // Found by fuzzing: the second rule listed nothing new, so its ports stayed shut.
    [Fact]
    public void Two_rules_of_one_network_open_the_ports_of_both()
    {
        Assert.True(Cidr.TryParse("93.184.216.0/24", out var network));
        var one = Rule([]) with { Cidrs = [network!], Ports = [new PortRange(443, 443)] };
        var two = Rule([]) with { Cidrs = [network!], Ports = [new PortRange(8000, 8099)] };
        var list = EgressAllowlist.Of([Rules(one, two)], EgressCeiling.Default, [], Now);
        Assert.Equal(["443", "8000-8099"], SquidFiles.Entries(list, 3));
    }

    [Fact]
    public void What_expired_has_no_network_or_is_denied_by_the_operator_is_not_listed()
    {
        var old = Rule([Pattern("old.example.com")]) with { Expires = Now };
        var young = Rule([Pattern("young.example.com")]) with { Expires = Now.AddSeconds(1) };
        var denied = Rule([Pattern("a.bad.example"), Pattern(".bad.example")]);
        var closed = Rules(Rule([Pattern("closed.example.com")])) with { Profile = EgressProfile.None };
        var ceiling = EgressCeiling.Default with { Deny = [Pattern(".bad.example")] };
        var list = EgressAllowlist.Of([Rules(old, young, denied), closed], ceiling, [], Now);
        Assert.Equal(["young.example.com"], list.Domains);
    }

    [Fact]
    public void A_host_that_was_approved_once_is_listed_with_its_port_under_the_ceiling()
    {
        var once = Rule([Pattern("once.example.com")]) with { Ports = [new PortRange(9443, 9443)] };
        var list = EgressAllowlist.Of([], EgressCeiling.Default, [once], Now);
        Assert.Equal(["once.example.com"], list.Domains);
        Assert.Equal(["443", "9443"], SquidFiles.Entries(list, 4));
        var bound = EgressCeiling.Default with { RuntimeAllowlist = [Pattern("other.example.com")] };
        Assert.Equal(0, EgressAllowlist.Of([], bound, [once], Now).Count);
    }

    [Fact]
    public void A_network_is_listed_for_addresses_and_names_by_network_alone_are_named_as_omitted()
    {
        Assert.True(Cidr.TryParse("93.184.216.0/24", out var network));
        var byNetwork = Rule([]) with { Cidrs = [network!], Resolve = true };
        var open = EgressAllowlist.Of([Rules(byNetwork)], EgressCeiling.Default, [], Now);
        Assert.Equal(["93.184.216.0/24"], open.Networks);
        Assert.Contains("'r'", Assert.Single(open.Omitted), StringComparison.Ordinal);

        var bound = EgressCeiling.Default with { RuntimeAllowlist = [Pattern("93.184.216.34"), Pattern("93.184.217.1"), Pattern("cdn.example.com")] };
        var narrowed = EgressAllowlist.Of([Rules(byNetwork)], bound, [], Now);
        Assert.Equal(["93.184.216.34"], narrowed.Networks);
        Assert.Equal(["cdn.example.com"], narrowed.Domains);
        Assert.Empty(narrowed.Omitted);
    }

    [Fact]
    public void The_digest_and_the_marker_name_the_content_whatever_its_order()
    {
        var one = List([Pattern("a.example.com"), Pattern("b.example.com")], null);
        var same = List([Pattern("b.example.com"), Pattern("a.example.com"), Pattern("b.example.com")], null);
        var other = List([Pattern("a.example.com")], null);
        Assert.Equal(one.Digest, same.Digest);
        Assert.NotEqual(one.Digest, other.Digest);
        Assert.NotEqual(one.Marker, other.Marker);
        Assert.EndsWith(".invalid", one.Marker, StringComparison.Ordinal);
    }

    private static EgressAllowlist List(HostPattern[] manifest, HostPattern[]? ceiling) => EgressAllowlist.Of(
        [Rules(Rule([.. manifest]))],
        ceiling is null ? EgressCeiling.Default : EgressCeiling.Default with { RuntimeAllowlist = [.. ceiling] }, [], Now);

    // What Squid makes of the two files.
    private static bool SquidAllows(EgressAllowlist list, string name) =>
        Array.Exists(list.Domains, d => d[0] == '.' ? name == d[1..] || name.EndsWith(d, StringComparison.Ordinal) : name == d)
        || Array.Exists(SquidFiles.Entries(list, 1), r => System.Text.RegularExpressions.Regex.IsMatch(name, r));

    private static HostPattern[] Draw(Random random, int most)
    {
        var names = Names(3).Where(name => name.Contains('.')).ToArray();
        return [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => new HostPattern((HostPatternKind)random.Next(3), names[random.Next(names.Length)]))];
    }

    private static string[] Names(int depth)
    {
        string[] names = ["a", "b"];
        var all = new List<string>(names);
        for (var i = 1; i < depth; i++)
        {
            names = [.. names.Select(n => "a." + n), .. names.Select(n => "b." + n)];
            all.AddRange(names);
        }

        return [.. all];
    }

    private static string Text(HostPattern[] patterns) => string.Join(' ', patterns.Select(p => p.Text()));

    internal static HostPattern Pattern(string text) => text switch
    {
        ['*', '.', ..] => new HostPattern(HostPatternKind.OneLabel, text[2..]),
        ['.', ..] => new HostPattern(HostPatternKind.Suffix, text[1..]),
        _ => new HostPattern(HostPatternKind.Exact, text),
    };

    internal static EgressRuleSet Rules(params EgressAllowRule[] rules) =>
        new(EgressProfile.ProxyAllowlist, [.. rules], [], AllowLearning: false, EgressLimits.Default);

    internal static EgressAllowRule Rule(ImmutableArray<HostPattern> hosts) => new(
        "r", hosts, [], [new PortRange(443, 443)], EgressSchemes.Https, [], AllowPrivateTargets: false, Resolve: false, Expires: null);
}
