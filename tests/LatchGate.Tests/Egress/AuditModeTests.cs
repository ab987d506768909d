using LatchGate.Egress;
using static LatchGate.Tests.Egress.RuleKit;

namespace LatchGate.Tests.Egress;

/// <summary>Audit mode forgives lists, nothing else, and ends by itself.</summary>
public sealed class AuditModeTests
{
    private static readonly EgressCeiling Window = new() { AuditUntil = Now.AddDays(1), PrivateCidrs = [Net("10.0.0.0/8")] };

    private static EgressRuleSet Audited => Rules(
        Allow("api", "api.example.com") with
        {
            Cidrs = [Net("93.184.216.0/24")],
            Credentials = [new CredentialBinding(CredentialTarget.Header, "token")],
        }) with
    {
        Mode = EgressMode.Audit,
        Deny = [Deny("name", "d.example.com"), Deny("net") with { Cidrs = [Net("1.1.1.0/24")] }],
    };

    [Theory]
    [InlineData("https://other.example.net/", "93.184.216.34", EgressReason.HostNotAllowed, "(audit)")]
    [InlineData("https://other.example.net/", "10.0.0.7", EgressReason.HostNotAllowed, "(audit)")] // the operator's ceiling covers it
    [InlineData("https://api.example.com:8443/", "93.184.216.34", EgressReason.PortNotAllowed, "(audit)")]
    [InlineData("https://api.example.com/", "8.8.8.8", EgressReason.CidrNotAllowed, "(audit)")]
    [InlineData("https://d.example.com/", "93.184.216.34", EgressReason.DenyRule, "(audit)")]
    [InlineData("https://other.example.net/", "1.1.1.1", EgressReason.HostNotAllowed, "(audit)")] // the first refusal is the one told
    public void A_list_refusal_is_let_through_and_told(string url, string address, EgressReason wouldDeny, string rule)
    {
        var verdict = Judge(Ask(Audited, url, Window), out var route, address);

        Assert.Equal((EgressReason.Audit, wouldDeny), (verdict.Reason, verdict.WouldDeny));
        Assert.Equal(rule, route!.Rule);
        Assert.Empty(route.Credentials);
    }

    [Fact]
    public void What_the_rules_allow_is_simply_allowed()
    {
        var verdict = Judge(Ask(Audited, "https://api.example.com/", Window), out var route, "93.184.216.34");

        Assert.Equal((EgressReason.Allowed, null), (verdict.Reason, verdict.WouldDeny));
        Assert.Single(route!.Credentials);
    }

    [Theory]
    [InlineData("https://other.example.net/", "169.254.169.254", EgressReason.MetadataTarget)]
    [InlineData("https://other.example.net/", "192.168.0.1", EgressReason.PrivateTarget)] // outside the operator's ceiling
    [InlineData("https://other.example.net/", "64:ff9b::a00:7", EgressReason.PrivateTarget)]
    [InlineData("https://api.example.com/", "10.0.0.7", EgressReason.PrivateTarget)] // listed, without its flag
    public void The_floor_is_never_forgiven(string url, string address, EgressReason reason)
    {
        Assert.Equal(reason, Judge(Ask(Audited, url, Window), out _, address).Reason);
    }

    [Fact]
    public void The_operators_own_lists_are_never_forgiven()
    {
        Assert.Equal(EgressReason.DenyRule, Judge(Ask(Audited, "https://x.net/", Window with { Deny = [Host("x.net")] }), out _).Reason);
        Assert.Equal(EgressReason.HostNotAllowed, Judge(Ask(Audited, "https://x.net/", Window with { RuntimeAllowlist = [Host("y.net")] }), out _).Reason);
        Assert.Equal(EgressReason.NoEgress, Judge(Ask(Audited with { Profile = EgressProfile.None }, "https://x.net/", Window), out _).Reason);
    }

    [Fact]
    public void A_forgiven_deny_rule_leaves_the_allow_rule_its_caps_but_no_credentials()
    {
        var rules = Audited with { Deny = [Deny("no", "api.example.com")] };

        var verdict = Judge(Ask(rules, "https://api.example.com/", Window), out var route, "93.184.216.34");

        Assert.Equal((EgressReason.DenyRule, "no", "api"), (verdict.WouldDeny, verdict.Rule, route!.Rule));
        Assert.Empty(route.Credentials);
    }

    [Fact]
    public void It_ends_at_the_earlier_of_both_ends_and_needs_the_operator()
    {
        var rules = Audited with { AuditUntil = Now.AddHours(1) };

        Assert.True(Judge(Ask(rules, "https://x.net/", Window, now: Now.AddHours(1).AddTicks(-1)), out _, "8.8.8.8").Allowed);
        Assert.Equal(EgressReason.HostNotAllowed, Judge(Ask(rules, "https://x.net/", Window, now: Now.AddHours(1)), out _).Reason);
        Assert.Equal(EgressReason.HostNotAllowed, Judge(Ask(Audited, "https://x.net/", Window, now: Now.AddDays(1)), out _).Reason);
        Assert.Equal(EgressReason.HostNotAllowed, Judge(Ask(Audited, "https://x.net/", Window with { AuditUntil = null }), out _).Reason);
    }

    [Fact]
    public void A_trace_tells_each_step_and_the_nearest_rule()
    {
        var trace = new JudgementTrace();
        Assert.True(trace.Parse("https://api.example.com:8443/", out var target));
        var rules = Rules(Allow("far", "x.example.com"), Allow("near", ".example.com") with { Ports = [new PortRange(8443, 8443)], Methods = ["POST"] }, Allow("nearer", "api.example.com"));
        var question = new EgressQuestion(rules, EgressCeiling.Default, target, "GET", "uid:1", "a", Now) { Trace = trace };

        EgressJudge.JudgeBeforeDns(question, out _);

        Assert.Equal([JudgementStep.Url, JudgementStep.DenyRules, JudgementStep.AllowRules], trace.Entries.Select(e => e.Step));
        Assert.Equal(EgressReason.MethodNotAllowed, trace.Entries[^1].Verdict.Reason);
        Assert.Equal(["near", "nearer"], trace.Rules.Select(r => r.Rule.Name));
        Assert.Equal(("near", EgressReason.MethodNotAllowed), (trace.Nearest!.Rule.Name, trace.Nearest.Reason));
    }

    [Fact]
    public void A_trace_of_an_allowed_target_reaches_the_networks()
    {
        var trace = new JudgementTrace();
        var question = Ask(Rules(Allow("other", "api.example.com") with { Cidrs = [Net("1.1.1.0/24")] }, Allow("api", "api.example.com")), "https://api.example.com/", trace: trace);

        Judge(question, out var route, "93.184.216.34");
        EgressJudge.JudgeCredentials(route!, trace);

        Assert.Equal(
            [JudgementStep.DenyRules, JudgementStep.AllowRules, JudgementStep.Floor, JudgementStep.DenyNetworks, JudgementStep.AllowNetworks, JudgementStep.Credentials],
            trace.Entries.Select(e => e.Step));
        Assert.Equal([("other", EgressReason.CidrNotAllowed), ("api", EgressReason.Allowed)], trace.Rules.Select(r => (r.Rule.Name, r.Reason)));
    }
}
