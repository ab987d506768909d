using System.Collections.Immutable;
using System.Net;
using LatchGate.Egress;
using LatchGate.Learned;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Learned;

/// <summary>What a learned host opens, and what it does not.</summary>
public sealed class LearnedHostsTests
{
    private static readonly EgressAllowRule Own = new(
        "own", [new HostPattern(HostPatternKind.Exact, "api.example.com")], [], [new PortRange(443, 443)], EgressSchemes.Https, ["GET"], false, false, null);

    private static readonly EgressAllowRule Private = Own with
    {
        Name = "private", Ports = [new PortRange(1, 65535)], Schemes = EgressSchemes.Http, Methods = ["POST"], AllowPrivateTargets = true,
    };

    [Theory]
    [InlineData("https://new.example.com/", "GET", EgressReason.Allowed)]
    [InlineData("https://new.example.com:443/", "GET", EgressReason.Allowed)]
    [InlineData("https://new.example.com:8443/", "GET", EgressReason.PortNotAllowed)]
    [InlineData("http://new.example.com/", "GET", EgressReason.PortNotAllowed)]
    [InlineData("http://new.example.com:443/", "GET", EgressReason.SchemeNotAllowed)]
    [InlineData("https://new.example.com/", "POST", EgressReason.MethodNotAllowed)]
    [InlineData("https://x.new.example.com/", "GET", EgressReason.HostNotAllowed)]
    public void It_opens_https_on_443_with_the_methods_of_the_actions_public_rules(string url, string method, EgressReason expected) =>
        Assert.Equal(expected, Judge(Rules(Own, Private), url, method).Reason);

    [Fact]
    public void Plain_http_opens_only_where_a_public_rule_of_the_action_takes_it()
    {
        var plain = Own with { Name = "plain", Schemes = EgressSchemes.Http | EgressSchemes.Https, Ports = [new PortRange(80, 80), new PortRange(443, 443)] };
        Assert.True(Judge(Rules(plain), "http://new.example.com/", "GET").Allowed);
        Assert.Equal(EgressReason.SchemeNotAllowed, Judge(Rules(plain), "https://new.example.com:80/", "GET").Reason);
    }

    [Fact]
    public void It_opens_for_the_principals_of_the_actions_rules_alone()
    {
        var restricted = Own with { Principals = [new PrincipalSelector("q", [])] };
        Assert.Equal(EgressReason.PrincipalNotAllowed, Judge(Rules(restricted), "https://new.example.com/", "GET").Reason);
        Assert.True(Judge(Rules(restricted with { Principals = [new PrincipalSelector("p", [])] }), "https://new.example.com/", "GET").Allowed);
        Assert.True(Judge(Rules(restricted, Own with { Name = "open" }), "https://new.example.com/", "GET").Allowed);
    }

    [Fact]
    public void A_private_address_behind_a_learned_name_stays_shut_whatever_the_ceiling_opens()
    {
        var ceiling = EgressCeiling.Default with { PrivateCidrs = [new Cidr(IPAddress.Parse("10.0.0.0"), 8)] };
        Assert.True(Target.Parse("https://new.example.com/", out var target, out _));
        var question = new EgressQuestion(Rules(Own, Private), ceiling, target, "GET", "p", "a", TempLedger.Start);
        Assert.True(EgressJudge.JudgeBeforeDns(question, out var permit).Allowed);
        Assert.Equal(EgressReason.PrivateTarget, EgressJudge.JudgeAddresses(permit!, [IPAddress.Parse("10.0.0.1")], out _).Reason);
        Assert.True(EgressJudge.JudgeAddresses(permit!, [IPAddress.Parse("93.184.215.14")], out var route).Allowed);
        Assert.NotNull(route);
    }

    [Fact]
    public void Deny_rules_and_the_operators_ceiling_stand_above_what_was_learned()
    {
        var denied = Rules(Own) with { Deny = [new EgressDenyRule("no", [new HostPattern(HostPatternKind.Suffix, "example.com")], [], 403, "")] };
        Assert.Equal(EgressReason.DenyRule, Judge(denied, "https://new.example.com/", "GET").Reason);

        var ceiling = EgressCeiling.Default with { RuntimeAllowlist = [new HostPattern(HostPatternKind.Exact, "api.example.com")] };
        var verdict = Judge(Rules(Own), "https://new.example.com/", "GET", ceiling);
        Assert.Equal((EgressReason.HostNotAllowed, EgressLayer.Gate), (verdict.Reason, verdict.Layer));
    }

    private static EgressRuleSet Rules(params EgressAllowRule[] own) => LearnedHosts.Open(
        new EgressRuleSet(EgressProfile.ProxyAllowlist, [.. own], [], AllowLearning: true, EgressLimits.Default),
        ImmutableArray.Create(new HostPattern(HostPatternKind.Exact, "new.example.com")));

    private static EgressVerdict Judge(EgressRuleSet rules, string url, string method, EgressCeiling? ceiling = null)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return EgressJudge.JudgeBeforeDns(new EgressQuestion(rules, ceiling ?? EgressCeiling.Default, target, method, "p", "a", TempLedger.Start), out _);
    }
}
