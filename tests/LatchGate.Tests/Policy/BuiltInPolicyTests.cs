using LatchGate.Actions;
using LatchGate.Policy;
using static LatchGate.Actions.RiskLevel;
using static LatchGate.Tests.Policy.PolicySamples;

namespace LatchGate.Tests.Policy;

/// <summary>The behaviours of reference/kernel.md §10.6, asked of the compiled policy.</summary>
public sealed class BuiltInPolicyTests
{
    public enum Expect
    {
        Allow,
        Standing,
        Pending,
        Deny,
    }

    // name, principal, action, risk, what is expected, text of the reason
    public static TheoryData<string, string, string, RiskLevel, Expect, string> ByPrincipalAndAction => new()
    {
        { "a known action of low risk", "agent:test-agent", "http_fetch", Low, Expect.Allow, "" },
        { "an unknown action", "agent:test-agent", "unknown_action", Low, Expect.Deny, "principal 'agent:test-agent' is not authorised for action 'unknown_action'" },
        { "an unknown principal, unlisted action", "agent:nonexistent", "file_write", Low, Expect.Deny, "principal 'agent:nonexistent' is not authorised for action 'file_write'" },
        { "an unknown principal, wildcard action", "agent:nonexistent", "http_fetch", Low, Expect.Allow, "" },
        { "high risk", "agent:test-agent", "http_fetch", High, Expect.Pending, "" },
        { "critical risk", "agent:test-agent", "http_fetch", Critical, Expect.Pending, "" },
        { "restricted, file_write", "agent:restricted", "file_write", Low, Expect.Deny, "not authorised" },
        { "github_read", "agent:test-agent", "github_read", Low, Expect.Allow, "" },
        { "webhook_notify", "agent:test-agent", "webhook_notify", Medium, Expect.Allow, "" },
        { "http_bearer_get", "agent:test-agent", "http_bearer_get", Low, Expect.Allow, "" },
        { "http_post", "agent:test-agent", "http_post", Medium, Expect.Allow, "" },
        { "slack_post", "agent:test-agent", "slack_post", Medium, Expect.Allow, "" },
        { "pagerduty_event", "agent:test-agent", "pagerduty_event", Medium, Expect.Allow, "" },
        { "github_create_issue", "agent:test-agent", "github_create_issue", High, Expect.Pending, "" },
        { "http_sensitive_read", "agent:test-agent", "http_sensitive_read", High, Expect.Pending, "" },
        { "sendgrid_send", "agent:test-agent", "sendgrid_send", High, Expect.Pending, "" },
        { "stripe_read", "agent:test-agent", "stripe_read", High, Expect.Pending, "" },
        { "github_delete, explicit", "agent:test-agent", "github_delete", Critical, Expect.Pending, "" },
        { "github_delete by wildcard", "agent:some-random-agent", "github_delete", Critical, Expect.Deny, "not authorised" },
        { "github_delete, restricted", "agent:restricted", "github_delete", Critical, Expect.Deny, "not authorised" },
        { "github_read, restricted", "agent:restricted", "github_read", Low, Expect.Allow, "" },
        { "http_bearer_get, restricted", "agent:restricted", "http_bearer_get", Low, Expect.Allow, "" },
        { "http_post, restricted", "agent:restricted", "http_post", Medium, Expect.Deny, "not authorised" },
        { "github_read, db-agent", "agent:db-agent", "github_read", Low, Expect.Allow, "" },
        { "github_create_issue, db-agent", "agent:db-agent", "github_create_issue", High, Expect.Deny, "not authorised" },
        { "inheriting, wildcard action", "agent:inheriting", "http_fetch", Low, Expect.Allow, "" },
        { "inheriting, own action", "agent:inheriting", "github_delete", Critical, Expect.Pending, "" },
        { "empty entry", "agent:empty-acl", "http_fetch", Low, Expect.Deny, "not authorised" },
        { "empty entry shadows the wildcard", "agent:empty-acl", "http_post", Medium, Expect.Deny, "not authorised" },
        { "the comment is no entry", "_comment", "http_fetch", Low, Expect.Deny, "not authorised" },
        { "a risk without a name", "agent:test-agent", "http_fetch", (RiskLevel)17, Expect.Deny, "no matching allow rule" },
    };

    [Theory]
    [MemberData(nameof(ByPrincipalAndAction))]
    public void An_action_is_judged_by_principal_and_risk(string name, string principal, string action, RiskLevel risk, Expect expected, string reason)
    {
        Assert.NotEmpty(name);
        Check(Ask(Base with { Principal = principal, ActionId = action, ActionRiskLevel = risk }), expected, reason);
    }

    [Fact]
    public void An_allowed_call_gets_its_sinks_and_one_call_less()
    {
        var decision = Ask(Base);

        Check(decision, Expect.Allow);
        Assert.Equal(9, decision.CallsAfter);
        Assert.Equal(["http_read", "http_write", "http_delete"], decision.AllowedSinks);
        Assert.Equal(PolicySamples.Version, decision.PolicyVersion);
    }

    [Theory]
    [InlineData(TrustVerdict.DigestMismatch)]
    [InlineData(TrustVerdict.NotRegistered)]
    public void An_untrusted_action_is_denied(TrustVerdict verdict) =>
        Check(
            Ask(Base with { ActionTrustVerdict = verdict, DigestMismatch = ("sha256:aa", "sha256:bb") }),
            Expect.Deny,
            "untrusted action: digest verification failed");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Without_calls_left_the_answer_is_no(long calls) =>
        Check(Ask(Base with { CallsRemaining = calls }), Expect.Deny, "budget exhausted: no calls remaining");

    [Fact]
    public void The_budget_is_counted_down() => Assert.Equal(2, Ask(Base with { CallsRemaining = 3 }).CallsAfter);

    [Fact]
    public void A_sink_that_is_not_granted_is_denied() =>
        Check(Ask(Base with { RequestedSinks = ["http_read", "secret_exfil"] }), Expect.Deny, "disallowed sink(s): {\"secret_exfil\"}");

    public static TheoryData<string[], string[], Expect, string> ByScopes => new()
    {
        { [], ["tools:call"], Expect.Deny, "scope 'tools:call' is required for action execution but is absent from lease scopes: []" },
        { ["audit:read"], ["tools:call"], Expect.Deny, "scope 'tools:call' is required for action execution but is absent from lease scopes: [\"audit:read\"]" },
        { ["audit:read", "tools:call"], ["tools:call"], Expect.Allow, "" },
        { ["tools:call"], ["tools:call"], Expect.Allow, "" },
        { ["tools:call", "email:send"], ["tools:call", "email:send"], Expect.Allow, "" },
        {
            ["tools:call"], ["tools:call", "email:send"], Expect.Deny,
            "lease is missing required scope(s) for action 'http_fetch': required=[\"tools:call\", \"email:send\"], present=[\"tools:call\"], missing={\"email:send\"}"
        },
        { ["tools:call"], ["tools:call", "file:write", "email:send"], Expect.Deny, "missing={\"email:send\", \"file:write\"}" },
        { ["tools:call", "email:send", "file:write", "audit:read"], ["tools:call", "email:send"], Expect.Allow, "" },
        { ["email:send"], ["email:send"], Expect.Deny, "scope 'tools:call' is required" },
        { [], [], Expect.Deny, "scope 'tools:call' is required" },
    };

    [Theory]
    [MemberData(nameof(ByScopes))]
    public void The_lease_needs_tools_call_and_every_scope_of_the_action(string[] scopes, string[] required, Expect expected, string reason) =>
        Check(Ask(Base with { Scopes = [.. scopes], RequiredScopes = [.. required] }), expected, reason);

    // allowlisted action and principal, then the override
    public static TheoryData<string, PolicyInput, Expect, string> ByStandingApproval => new()
    {
        { Listed("github_create_issue"), Issue, Expect.Standing, "" },
        { Listed("github_delete"), Base with { ActionId = "github_delete", ActionRiskLevel = Critical }, Expect.Standing, "" },
        {
            Listed("http_post", "agent:restricted"), Base with { Principal = "agent:restricted", ActionId = "http_post", ActionRiskLevel = Medium },
            Expect.Deny, "not authorised"
        },
        { Listed("github_create_issue"), Issue with { CallsRemaining = 0 }, Expect.Deny, "budget exhausted" },
        { Listed("github_create_issue"), Issue with { Scopes = [] }, Expect.Deny, "tools:call" },
        { Listed("github_create_issue"), Issue with { ActionTrustVerdict = TrustVerdict.NotRegistered }, Expect.Deny, "untrusted" },
        { Listed("github_create_issue"), Issue with { RequestedSinks = ["secret_exfil"] }, Expect.Deny, "disallowed sink" },
        { Listed("github_create_issue", "agent:other"), Issue, Expect.Pending, "" },
        { Listed("http_fetch"), Issue, Expect.Pending, "" },
        { "{}", Issue, Expect.Pending, "" },
        { """{ "github_create_issue": { "agent:test-agent": false } }""", Issue, Expect.Pending, "" },
        { Listed("http_fetch"), Base, Expect.Allow, "" },
        { Listed("github_create_issue"), Issue with { UnresolvedDomains = ["example.com"] }, Expect.Pending, "" },
        { Listed("fs_read"), File("src/.env"), Expect.Standing, "" },
        { Listed("fs_read"), File("src/.env") with { UnresolvedPaths = ["src/.env"] }, Expect.Pending, "" },
    };

    [Theory]
    [MemberData(nameof(ByStandingApproval), DisableDiscoveryEnumeration = true)]
    public void A_standing_approval_replaces_the_human_and_nothing_else(string allowlist, PolicyInput input, Expect expected, string reason) =>
        Check(Ask(input, allowlist), expected, reason);

    [Fact]
    public void A_standing_approval_counts_the_call() =>
        Assert.Equal(4, Ask(Issue with { CallsRemaining = 5 }, Listed("github_create_issue")).CallsAfter);

    [Fact]
    public void An_inheriting_principal_has_its_own_and_the_wildcards_sinks()
    {
        var decision = Ask(Base with { Principal = "agent:inheriting", RequestedSinks = ["http_write"] });

        Check(decision, Expect.Allow);
        Assert.Equal(["http_delete", "http_read", "http_write"], decision.AllowedSinks);
        Check(Ask(Base with { Principal = "agent:inheriting", RequestedSinks = ["secret_exfil"] }), Expect.Deny, "disallowed sink");
    }

    [Theory]
    [InlineData(Low, "example.com")]
    [InlineData(Medium, "example.com")]
    [InlineData(High, "example.com")]
    [InlineData(Low, "a.example", "b.example", "c.example")]
    public void An_unresolved_domain_needs_approval(RiskLevel risk, params string[] domains) =>
        Check(Ask(Base with { ActionRiskLevel = risk, UnresolvedDomains = [.. domains] }), Expect.Pending);

    [Fact]
    public void An_unresolved_path_needs_approval() =>
        Check(Ask(File("docs/a.md") with { UnresolvedPaths = ["docs/a.md"] }), Expect.Pending);

    [Theory]
    [InlineData(".env")]
    [InlineData(".env.local")]
    [InlineData("src/.env")]
    [InlineData("a/b/.env.production")]
    [InlineData("secrets/key.pem")]
    [InlineData("a/secrets/b/c")]
    [InlineData("secrets")]
    [InlineData(".ssh/id_ed25519")]
    [InlineData("home/.ssh/config")]
    [InlineData(".aws/credentials")]
    [InlineData("home/me/.aws/credentials")]
    public void A_sensitive_path_needs_approval_at_any_depth(string path) => Check(Ask(File(path)), Expect.Pending);

    [Theory]
    [InlineData("README.md")]
    [InlineData(".environment")]
    [InlineData("my.env")]
    [InlineData("mysecrets/a")]
    [InlineData(".aws/config")]
    [InlineData("credentials")]
    public void Another_path_is_allowed(string path) => Check(Ask(File(path)), Expect.Allow);

    [Fact]
    public void A_file_action_without_a_path_is_denied() =>
        Check(Ask(File("x") with { FsPath = null }), Expect.Deny, "no matching allow rule");

    [Fact]
    public void A_question_with_a_member_missing_is_denied()
    {
        Check(Ask(Base with { Scopes = default }), Expect.Deny, "no matching allow rule");
        Check(Ask(Base with { RequiredScopes = default }), Expect.Deny, "no matching allow rule");
        Check(Ask(Base with { RequestedSinks = default }), Expect.Deny, "no matching allow rule");
        Check(Ask(Base with { RequestedSecrets = default }), Expect.Deny, "no matching allow rule");
        Check(Ask(Base with { Principal = null! }), Expect.Deny, "no matching allow rule");
        Check(Ask(Base with { ActionId = null! }), Expect.Deny, "no matching allow rule");
    }

    private static PolicyInput Issue => Base with { ActionId = "github_create_issue", ActionRiskLevel = High };

    private static PolicyInput File(string path) => Base with { ActionId = "fs_read", ActionCategory = "fs", FsPath = path };

    private static string Listed(string action, string principal = "agent:test-agent") => $$"""{ "{{action}}": { "{{principal}}": true } }""";

    private static void Check(PolicyDecision decision, Expect expected, string reason = "")
    {
        Assert.Contains(reason, decision.DenyReason, StringComparison.Ordinal);
        Assert.Equal(PolicyFault.None, decision.Fault);
        Assert.Equal(
            expected switch
            {
                Expect.Deny => PolicyOutcome.Deny,
                Expect.Pending => PolicyOutcome.RequireApproval,
                _ => PolicyOutcome.Allow,
            },
            decision.Outcome);
        Assert.Equal(expected == Expect.Standing, decision.StandingApproval);
        Assert.Equal(expected == Expect.Deny, decision.DenyReason.Length > 0);
    }
}
