using System.Net;
using LatchGate.Egress;

namespace LatchGate.Tests.Egress;

public sealed class EgressJudgeTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_rule_stops_to_apply_at_the_instant_it_expires()
    {
        var rules = Rules(Allow("tmp") with { Expires = Now });

        Assert.Equal(EgressReason.NoEgress, Ask(rules, at: Now).Reason);
        Assert.True(Ask(rules, at: Now.AddTicks(-1)).Allowed);
    }

    [Fact]
    public void The_rule_that_came_furthest_gives_the_reason()
    {
        var rules = Rules(
            Allow("other") with { Hosts = [new HostPattern(HostPatternKind.Exact, "other.example.com")] },
            Allow("reads") with { Methods = ["GET"] },
            Allow("odd-port") with { Ports = [new PortRange(8443, 8443)] });

        Assert.Equal(EgressReason.MethodNotAllowed, Ask(rules, method: "POST").Reason);
        Assert.Equal(EgressReason.PortNotAllowed, Ask(rules, "https://api.example.com:1/").Reason);
        Assert.Equal(EgressReason.HostNotAllowed, Ask(rules, "https://www.example.com/").Reason);
    }

    [Fact]
    public void Without_a_profile_rules_open_nothing()
    {
        Assert.Equal(EgressReason.NoEgress, Ask(Rules(Allow("api")) with { Profile = EgressProfile.None }).Reason);
    }

    [Fact]
    public void The_operators_deny_list_wins_over_the_manifest()
    {
        var ceiling = new EgressCeiling { Deny = [new HostPattern(HostPatternKind.Suffix, "example.com")] };

        var verdict = Ask(Rules(Allow("api")), ceiling: ceiling);

        Assert.Equal(EgressReason.DenyRule, verdict.Reason);
        Assert.Equal(EgressLayer.Gate, verdict.Layer);
        Assert.Equal(403, verdict.Status);
    }

    [Fact]
    public void An_empty_ceiling_list_reaches_nothing_and_none_bounds_nothing()
    {
        Assert.Equal(EgressReason.HostNotAllowed, Ask(Rules(Allow("api")), ceiling: new EgressCeiling { RuntimeAllowlist = [] }).Reason);
        Assert.True(Ask(Rules(Allow("api")), ceiling: new EgressCeiling { RuntimeAllowlist = null }).Allowed);
    }

    [Fact]
    public void A_suffix_never_covers_an_address()
    {
        var rules = Rules(Allow("odd") with { Hosts = [new HostPattern(HostPatternKind.Suffix, "216.34")] });

        Assert.Equal(EgressReason.HostNotAllowed, Ask(rules, "https://93.184.216.34/").Reason);
    }

    [Fact]
    public void Neighbours_of_the_gate_are_refused_by_endpoint_also_through_NAT64()
    {
        var ceiling = new EgressCeiling
        {
            GateAddresses = [IPAddress.Parse("93.184.216.34")],
            GateEndpoints = [new IPEndPoint(IPAddress.Parse("1.1.1.1"), 443)],
        };

        Assert.Equal(EgressReason.GateLocal, Judge("https://api.example.com/", ceiling, "64:ff9b::5db8:d822").Reason);
        Assert.Equal(EgressReason.GateLocal, Judge("https://api.example.com/", ceiling, "8.8.8.8", "::ffff:1.1.1.1").Reason);
        Assert.True(Judge("https://api.example.com:8443/", ceiling, "1.1.1.1").Allowed);
    }

    [Fact]
    public void No_address_at_all_is_refused()
    {
        Assert.Equal(EgressReason.DnsEmpty, Judge("https://api.example.com/", EgressCeiling.Default).Reason);
    }

    [Fact]
    public void Every_reason_has_a_label_a_status_and_a_sentence()
    {
        var labels = new HashSet<string>();
        foreach (var reason in Enum.GetValues<EgressReason>())
        {
            Assert.True(labels.Add(reason.Label()));
            Assert.Matches("^[a-z0-9_]+$", reason.Label());
            Assert.Contains(reason.Status(), new[] { 200, 403, 429, 502, 503 });
            Assert.EndsWith(".", reason.Message(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_system_resolver_answers_a_permitted_name()
    {
        var permit = PermitFor("localhost");

        var (reason, addresses) = await new SystemHostResolver(TimeSpan.FromSeconds(10), TimeProvider.System).ResolveAsync(permit, CancellationToken.None);

        Assert.Equal(EgressReason.Allowed, reason);
        Assert.All(addresses, a => Assert.True(IPAddress.IsLoopback(a)));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_a_failed_lookup()
    {
        // RFC 6761 §6.4: .invalid never resolves.
        var permit = PermitFor("nowhere.invalid");

        var (reason, addresses) = await new SystemHostResolver(TimeSpan.FromSeconds(10), TimeProvider.System).ResolveAsync(permit, CancellationToken.None);

        Assert.Equal(EgressReason.DnsFailed, reason);
        Assert.Empty(addresses);
    }

    private static LookupPermit PermitFor(string host)
    {
        var rules = Rules(Allow("one") with { Hosts = [new HostPattern(HostPatternKind.Exact, host)] });
        EgressJudge.JudgeBeforeDns(Question(rules, EgressCeiling.Default, $"https://{host}/", "GET", Now), out var permit);
        return permit!;
    }

    private static EgressVerdict Ask(
        EgressRuleSet rules, string url = "https://api.example.com/", EgressCeiling? ceiling = null, string method = "GET", DateTimeOffset? at = null)
    {
        var verdict = EgressJudge.JudgeBeforeDns(Question(rules, ceiling ?? EgressCeiling.Default, url, method, at ?? Now), out var permit);
        Assert.Equal(verdict.Allowed, permit is not null);
        return verdict;
    }

    private static EgressVerdict Judge(string url, EgressCeiling ceiling, params string[] answers)
    {
        EgressJudge.JudgeBeforeDns(Question(Rules(Allow("api")), ceiling, url, "GET", Now), out var permit);
        var verdict = EgressJudge.JudgeAddresses(permit!, Array.ConvertAll(answers, IPAddress.Parse), out var route);
        Assert.Equal(verdict.Allowed, route is not null);
        return verdict;
    }

    private static EgressQuestion Question(EgressRuleSet rules, EgressCeiling ceiling, string url, string method, DateTimeOffset now)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return new EgressQuestion(rules, ceiling, target, method, "uid:1000", "test_action", now);
    }

    private static EgressAllowRule Allow(string name) => new(
        name, [new HostPattern(HostPatternKind.Exact, "api.example.com")], [], [new PortRange(443, 443), new PortRange(8443, 8443)], EgressSchemes.Https, [], false, false, null);

    private static EgressRuleSet Rules(params EgressAllowRule[] allow) =>
        new(EgressProfile.ProxyAllowlist, [.. allow], [], false, EgressLimits.Default);
}
