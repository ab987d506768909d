using LatchGate.Actions;
using LatchGate.Policy;
using static LatchGate.Tests.Policy.PolicySamples;

namespace LatchGate.Tests.Policy;

/// <summary>The built-in policy says which rule decided, and on which fact.</summary>
public sealed class PolicyExplanationTests
{
    private static readonly string[] Order = ["0", "1", "2", "3a", "3b", "4", "5", "5b", "6a", "6b", "6c", "6d", "7"];

    public static TheoryData<string, string, string> Deciding => new()
    {
        { "incomplete", "0", "missing" },
        { "untrusted", "1", "digest_mismatch" },
        { "unauthorised", "2", "http_fetch" },
        { "wildcard", "2", "\"*\"" },
        { "no scope", "3a", "[]" },
        { "missing scope", "3b", "email:send" },
        { "no calls", "4", "0" },
        { "sink", "5", "zap" },
        { "standing", "5b", "standing approval: true" },
        { "high", "6a", "high" },
        { "secret file", "6b", ".env" },
        { "path", "6c", "src/new" },
        { "host", "6d", "example.com" },
        { "all well", "7", "low" },
    };

    [Theory]
    [MemberData(nameof(Deciding))]
    public void The_rule_that_decides_is_named_with_its_fact(string situation, string rule, string fact)
    {
        var engine = PolicyEngine.LoadBuiltIn(Data("""{ "github_create_issue": { "agent:test-agent": true } }"""));

        var explained = engine.Explain(Question(situation));

        Assert.Equal(Order, explained.Rules.Select(static r => r.Rule));
        var at = Array.IndexOf(Order, rule);
        Assert.All(explained.Rules[..at], static r => Assert.Equal(RuleVerdict.Passed, r.Verdict));
        Assert.Equal(RuleVerdict.Decided, explained.Rules[at].Verdict);
        Assert.Contains(fact, explained.Rules[at].Detail, StringComparison.Ordinal);
        Assert.All(explained.Rules[(at + 1)..], static r => Assert.Equal((RuleVerdict.NotReached, ""), (r.Verdict, r.Detail)));
        Assert.All(explained.Rules, static r => Assert.NotEmpty(r.Title));
    }

    [Theory]
    [MemberData(nameof(Deciding))]
    public void The_explained_decision_is_the_one_that_the_gate_acts_on(string situation, string rule, string fact)
    {
        var engine = PolicyEngine.LoadBuiltIn(Data("""{ "github_create_issue": { "agent:test-agent": true } }"""));
        var question = Question(situation);
        var (explained, decided) = (engine.Explain(question).Decision, engine.Evaluate(question));

        Assert.Equal((decided.Outcome, decided.Fault, decided.DenyReason, decided.StandingApproval), (explained.Outcome, explained.Fault, explained.DenyReason, explained.StandingApproval));
        Assert.Equal(rule is "0" or "1" or "2" or "3a" or "3b" or "4" or "5", decided.Outcome == PolicyOutcome.Deny);
        Assert.NotEmpty(fact);
    }

    [Fact]
    public void Calls_that_no_budget_bounds_are_not_given_as_a_number()
    {
        var engine = PolicyEngine.LoadBuiltIn(Data());
        string Calls(long remaining) => engine.Explain(Base with { CallsRemaining = remaining }).Rules.Single(static r => r.Rule == "4").Detail;

        Assert.Equal("calls left: 3", Calls(3));
        Assert.Equal("no budget bounds the calls", Calls(long.MaxValue));
    }

    [Fact]
    public void A_risk_level_that_no_rule_knows_is_decided_by_none_and_denied()
    {
        var explained = PolicyEngine.LoadBuiltIn(Data()).Explain(Base with { ActionRiskLevel = (RiskLevel)99 });

        Assert.All(explained.Rules, static r => Assert.Equal(RuleVerdict.Passed, r.Verdict));
        Assert.Equal((PolicyOutcome.Deny, "no matching allow rule"), (explained.Decision.Outcome, explained.Decision.DenyReason));
    }

    private static PolicyInput Question(string situation) => situation switch
    {
        "incomplete" => Base with { Scopes = default },
        "untrusted" => Base with { ActionTrustVerdict = TrustVerdict.DigestMismatch, DigestMismatch = ("a", "b") },
        "unauthorised" => Base with { Principal = "agent:restricted", ActionId = "http_post" },
        "wildcard" => Base with { Principal = "agent:nobody", ActionId = "github_delete" },
        "no scope" => Base with { Scopes = [] },
        "missing scope" => Base with { RequiredScopes = ["tools:call", "email:send"] },
        "no calls" => Base with { CallsRemaining = 0 },
        "sink" => Base with { RequestedSinks = ["http_read", "zap"] },
        "standing" => Base with { ActionId = "github_create_issue", ActionRiskLevel = RiskLevel.High },
        "high" => Base with { ActionRiskLevel = RiskLevel.High },
        "secret file" => Base with { ActionId = "fs_read", ActionCategory = "fs", FsPath = ".env" },
        "path" => Base with { UnresolvedPaths = ["src/new"] },
        "host" => Base with { UnresolvedDomains = ["example.com"] },
        _ => Base,
    };
}
