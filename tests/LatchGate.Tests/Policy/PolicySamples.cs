using LatchGate.Actions;
using LatchGate.Policy;

namespace LatchGate.Tests.Policy;

/// <summary>The question that policy tests start from, and the ACL that they are asked under (reference/kernel.md §10.2, §10.6).</summary>
internal static class PolicySamples
{
    internal const string Version = "m0-dev-001";

    private const string Acl = """
        {
          "_comment": "for tests",
          "*": {
            "allowed_actions": [
              "http_fetch", "http_bearer_get", "http_post", "http_sensitive_read", "github_read", "github_create_issue",
              "webhook_notify", "slack_post", "pagerduty_event", "sendgrid_send", "stripe_read", "fs_read"
            ],
            "allowed_sinks": ["http_read", "http_write", "http_delete"]
          },
          "agent:test-agent": {
            "allowed_actions": [
              "http_fetch", "http_bearer_get", "http_post", "http_sensitive_read", "github_read", "github_create_issue",
              "github_delete", "webhook_notify", "slack_post", "pagerduty_event", "sendgrid_send", "stripe_read", "fs_read"
            ],
            "allowed_sinks": ["http_read", "http_write", "http_delete"]
          },
          "agent:restricted": { "allowed_actions": ["http_fetch", "github_read", "http_bearer_get"], "allowed_sinks": ["http_read"] },
          "agent:db-agent": { "allowed_actions": ["http_fetch", "github_read"], "allowed_sinks": ["http_read"] },
          "agent:inheriting": { "allowed_actions": ["github_delete"], "allowed_sinks": ["http_read"], "inherits_wildcard": true },
          "agent:empty-acl": {}
        }
        """;

    internal static PolicyInput Base { get; } = new()
    {
        Principal = "agent:test-agent",
        SessionId = "session-1",
        Scopes = ["tools:call"],
        RequiredScopes = ["tools:call"],
        ActionId = "http_fetch",
        ActionVersion = "1.0.0",
        ActionRiskLevel = RiskLevel.Low,
        ActionTrustVerdict = TrustVerdict.DigestOk,
        RequestHash = "sha256:00",
        RequestedSinks = ["http_read"],
        RequestedSecrets = [],
        EgressAllowedDomains = default,
        CallsRemaining = 10,
    };

    internal static byte[] Data(string allowlist = "{}", string version = Version) => System.Text.Encoding.UTF8.GetBytes(
        $$"""{ "policy_version": "{{version}}", "acl": {{Acl}}, "latchgate": { "allowlist": {{allowlist}} } }""");

    internal static PolicyDecision Ask(PolicyInput input, string allowlist = "{}") =>
        PolicyEngine.LoadBuiltIn(Data(allowlist)).Evaluate(input);
}
