using LatchGate.Egress;
using static LatchGate.Tests.Egress.RuleKit;

namespace LatchGate.Tests.Egress;

/// <summary>Principals, transports, deny rules with conditions, and what an operator must open first.</summary>
public sealed class RuleReachTests
{
    private static readonly EgressCeiling Labelled = new()
    {
        Principals = new PrincipalDirectory(new Dictionary<string, PrincipalLabels>
        {
            ["agent:pay"] = new([new PrincipalLabel("env", "prod"), new PrincipalLabel("team", "payments")]),
            ["agent:dev"] = new([new PrincipalLabel("env", "dev"), new PrincipalLabel("team", "payments")]),
        }),
    };

    [Theory]
    [InlineData("agent:pay", true)]
    [InlineData("agent:dev", false)] // one label of two
    [InlineData("uid:1001", true)]
    [InlineData("uid:100", false)]
    [InlineData("UID:1001", false)]
    [InlineData("uid:1000", false)]
    public void A_rule_for_some_principals_is_closed_to_the_others(string principal, bool allowed)
    {
        var rules = Rules(Allow("pay", "pay.example.com") with
        {
            Principals = [new PrincipalSelector(null, [new PrincipalLabel("team", "payments"), new PrincipalLabel("env", "prod")]), new PrincipalSelector("uid:1001", [])],
        });

        var verdict = EgressJudge.JudgeBeforeDns(Ask(rules, "https://pay.example.com/", Labelled, principal: principal), out _);

        Assert.Equal(allowed ? EgressReason.Allowed : EgressReason.PrincipalNotAllowed, verdict.Reason);
    }

    [Fact]
    public void A_deny_rule_holds_for_its_ports_and_principals_alone()
    {
        var rules = Rules(Allow("all", ".example.com") with { Ports = [new PortRange(1, 65535)] }) with
        {
            Deny =
            [
                Deny("no-8443") with { Ports = [new PortRange(8443, 8443)] },
                Deny("payments", ".example.com") with { Principals = [new PrincipalSelector(null, [new PrincipalLabel("team", "payments")])] },
            ],
        };

        Assert.Equal("no-8443", EgressJudge.JudgeBeforeDns(Ask(rules, "https://www.example.com:8443/", Labelled), out _).Rule);
        Assert.Equal("payments", EgressJudge.JudgeBeforeDns(Ask(rules, "https://www.example.com/", Labelled, principal: "agent:dev"), out _).Rule);
        Assert.True(EgressJudge.JudgeBeforeDns(Ask(rules, "https://www.example.com/", Labelled), out _).Allowed);
    }

    [Fact]
    public void A_deny_rule_that_says_nothing_refuses_all()
    {
        var rules = Rules(Allow("all", ".example.com")) with { Deny = [Deny("kill") with { Status = 503 }] };

        var verdict = EgressJudge.JudgeBeforeDns(Ask(rules, "https://www.example.com/"), out _);

        Assert.Equal((EgressReason.DenyRule, "kill", 503), (verdict.Reason, verdict.Rule, verdict.Status));
    }

    [Fact]
    public void Datagrams_need_a_rule_of_their_own()
    {
        var rules = Rules(Allow("tcp", "a.example.com"), Allow("udp", "b.example.com") with { Protocol = EgressProtocol.Udp });

        Assert.Equal(EgressReason.ProtocolNotAllowed, EgressJudge.JudgeBeforeDns(Ask(rules, "https://a.example.com/") with { Protocol = EgressProtocol.Udp }, out _).Reason);
        Assert.Equal(EgressReason.ProtocolNotAllowed, EgressJudge.JudgeBeforeDns(Ask(rules, "https://b.example.com/"), out _).Reason);
    }

    [Fact]
    public void A_manifest_opens_everything_only_where_the_operator_did_and_never_the_floor()
    {
        var open = new EgressCeiling { OpenEgress = true };
        foreach (var rules in new[] { Rules() with { Default = EgressDefault.Allow }, Rules(Allow("any") with { Any = true }) })
        {
            Assert.False(Judge(Ask(rules, "https://any.example.net/"), out _).Allowed);
            Assert.True(Judge(Ask(rules, "https://any.example.net/", open), out var route, "93.184.216.34").Allowed);
            Assert.Equal(rules.Allow.IsEmpty ? "(default)" : "any", route!.Rule);
            Assert.Equal(EgressReason.PrivateTarget, Judge(Ask(rules, "https://any.example.net/", open), out _, "10.0.0.9").Reason);
            Assert.Equal(EgressReason.MetadataTarget, Judge(Ask(rules, "http://169.254.169.254/", open), out _).Reason);
        }
    }

    [Fact]
    public void A_deny_rule_and_the_operators_lists_stand_above_an_open_gate()
    {
        var rules = Rules() with { Default = EgressDefault.Allow, Deny = [Deny("hole", ".pastebin.com")] };

        Assert.Equal("hole", Judge(Ask(rules, "https://www.pastebin.com/", new EgressCeiling { OpenEgress = true }), out _).Rule);
        Assert.Equal(EgressLayer.Gate, Judge(Ask(rules, "https://a.net/", new EgressCeiling { OpenEgress = true, RuntimeAllowlist = [Host("b.net")] }), out _).Layer);
    }

    [Fact]
    public void The_route_names_the_rule_with_its_credentials_and_caps()
    {
        var first = Allow("first", "api.example.com") with { Cidrs = [Net("198.41.0.0/24")] };
        var second = Allow("second", "api.example.com") with
        {
            Credentials = [new CredentialBinding(CredentialTarget.Header, "token")],
            Bandwidth = new BandwidthCap(null, null, null, 5),
            CaFile = "/etc/ca.pem",
        };

        Judge(Ask(Rules(first, second), "https://api.example.com/"), out var route, "93.184.216.34");

        Assert.Same(second, route!.AllowRule);
        Assert.Equal("token", Assert.Single(route.Credentials).Secret);
        Assert.True(EgressJudge.JudgeCredentials(route).Allowed);
    }

    [Fact]
    public void Credentials_never_go_over_plain_http()
    {
        var rules = Rules(Allow("a", "api.example.com") with { Credentials = [new CredentialBinding(CredentialTarget.Query, "token") { Name = "key", Required = false }] });

        Judge(Ask(rules, "http://api.example.com/"), out var route, "93.184.216.34");

        Assert.Equal(EgressReason.CredentialPlaintext, EgressJudge.JudgeCredentials(route!).Reason);
    }
}
