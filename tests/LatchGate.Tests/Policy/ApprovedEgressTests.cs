using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Tests.Policy;

/// <summary>What policy approves of an action's hosts is all that stays open.</summary>
public sealed class ApprovedEgressTests
{
    private static readonly EgressRuleSet Rules = Action("http_fetch").Egress;

    private static readonly string[] All = ["httpbin.org", "api.github.com", "*.wikipedia.org", "hacker-news.firebaseio.com", "localhost", "127.0.0.1", "::1"];

    [Fact]
    public void All_approved_leaves_the_rules_as_they_are() => Assert.Same(Rules, ApprovedEgress.Within(Rules, [.. All.Reverse()]));

    [Fact]
    public void The_question_and_the_bound_write_hosts_alike() => Assert.Same(Rules, ApprovedEgress.Within(Rules, EgressPrecheck.DomainsOf(Rules)));

    [Theory]
    [InlineData(new[] { "httpbin.org" }, "httpbin.org", true)]
    [InlineData(new[] { "httpbin.org" }, "api.github.com", false)]
    [InlineData(new[] { "*.wikipedia.org" }, "de.wikipedia.org", true)]
    [InlineData(new[] { "de.wikipedia.org" }, "de.wikipedia.org", true)]
    [InlineData(new[] { "de.wikipedia.org" }, "fr.wikipedia.org", false)]
    [InlineData(new string[0], "httpbin.org", false)]
    public void Only_what_is_approved_stays_open(string[] approved, string host, bool isOpen)
    {
        var rules = ApprovedEgress.Within(Rules, [.. approved]);

        Assert.Equal(isOpen, Array.Exists([.. rules.Allow], rule => Array.Exists([.. rule.Hosts], pattern => pattern.Matches(host))));
        Assert.Equal(Rules.Deny, rules.Deny);
        Assert.Equal(Rules.Limits, rules.Limits);
        Assert.False(rules.AllowLearning);
    }

    [Fact]
    public void What_names_every_host_is_asked_for_and_closes_without_approval()
    {
        var open = Rules with { Default = EgressDefault.Allow, Mode = EgressMode.Audit };
        var asked = EgressPrecheck.DomainsOf(open);

        Assert.Equal("*", asked[^1]);
        Assert.Same(open, ApprovedEgress.Within(open, asked));
        var narrowed = ApprovedEgress.Within(open, [.. All]);
        Assert.Equal((EgressDefault.Deny, EgressMode.Enforce), (narrowed.Default, narrowed.Mode));
        var any = Rules with { Allow = [new EgressAllowRule("any", [], [], [new PortRange(443, 443)], EgressSchemes.Https, [], false, false, null) { Any = true }] };
        Assert.Empty(ApprovedEgress.Within(any, [.. All]).Allow);
        Assert.Same(any, ApprovedEgress.Within(any, ["*"]));
    }

    [Fact]
    public void A_credential_whose_secret_is_not_approved_is_left_out()
    {
        var rules = Rules with
        {
            Allow =
            [
                Rules.Allow[0] with
                {
                    Credentials =
                    [
                        new CredentialBinding(CredentialTarget.Header, "a"),
                        new CredentialBinding(CredentialTarget.Basic, "a") { UsernameSecret = "b", Required = false },
                    ],
                },
            ],
        };

        Assert.Same(rules, ApprovedEgress.WithSecrets(rules, ["b", "a"]));
        Assert.Equal("a", Assert.Single(ApprovedEgress.WithSecrets(rules, ["a"]).Allow[0].Credentials).Secret);
        Assert.Empty(ApprovedEgress.WithSecrets(rules, ["b"]).Allow[0].Credentials);
    }

    [Fact]
    public void No_network_approved_closes_everything() => Assert.Empty(ApprovedEgress.Within(Rules, default).Allow);

    [Fact]
    public void A_rule_by_networks_alone_stays_only_with_all_others()
    {
        Assert.True(Cidr.TryParse("192.0.2.0/24", out var network) && network is not null);
        var byNetwork = Rules with { Allow = Rules.Allow.Add(new EgressAllowRule("net", [], [network!], [new PortRange(1, 65535)], EgressSchemes.Https, [], false, true, null)) };

        Assert.Same(byNetwork, ApprovedEgress.Within(byNetwork, [.. All]));
        Assert.DoesNotContain(ApprovedEgress.Within(byNetwork, ["httpbin.org"]).Allow, static rule => rule.Name == "net");
    }

    [Theory]
    [InlineData("de.wikipedia.org", true)]
    [InlineData("*.wikipedia.org", true)]
    [InlineData("wikipedia.org", false)]
    [InlineData("a.b.wikipedia.org", false)]
    [InlineData(".wikipedia.org", false)]
    [InlineData("*.de.wikipedia.org", false)]
    [InlineData("DE.WIKIPEDIA.ORG", false)]
    [InlineData("evil-wikipedia.org", false)]
    [InlineData("", false)]
    [InlineData("*", false)]
    public void More_than_was_requested_is_never_approved(string host, bool isCovered) => Assert.Equal(isCovered, ApprovedEgress.Covers([.. All], [host]));

    [Fact]
    public void A_secret_that_the_action_cannot_do_without_must_be_approved()
    {
        var action = Action("http_fetch") with { Secrets = [new SecretSpec("optional", false), new SecretSpec("needed", true)] };
        var question = PolicySamples.Base with { RequestedSecrets = ["optional", "needed"] };
        var all = PolicyEngine.LoadBuiltIn(PolicySamples.Data()).Evaluate(question);
        var fewer = PolicyEngine.Load(ConstantPlan.Of(ConstantPlan.Allow("\"none\"").Replace("\"approved_secrets\":[]", "\"approved_secrets\":[\"optional\"]", StringComparison.Ordinal)), PolicySamples.Data()).Evaluate(question);

        Assert.Equal(PolicyOutcome.Allow, fewer.Outcome);
        Assert.Null(PolicyQuestion.WithheldSecret(action, all));
        Assert.Equal("needed", PolicyQuestion.WithheldSecret(action, fewer));
    }

    private static ActionSpec Action(string id) => ActionRegistry.OfThisBuild().TryFind(id, out var action) ? action : throw new ArgumentException(id, nameof(id));
}
