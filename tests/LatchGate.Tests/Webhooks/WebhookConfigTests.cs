using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Pipeline;
using LatchGate.Tests.Config;
using LatchGate.Webhooks;

namespace LatchGate.Tests.Webhooks;

/// <summary>What <c>[[webhooks]]</c> takes, and what each refusal says.</summary>
public sealed class WebhookConfigTests : IDisposable
{
    private const string Good = """
        name = "hook"
        url = "https://hooks.example.com/in"
        secret = "HOOK_KEY"
        events = ["approval.pending"]
        """;

    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private GateConfig Load(string toml) => GateConfigReader.Load(_root.Write("latchgate.toml", toml), TestEnvironment.In(_root));

    private WebhookConfig One(string table) => Assert.Single(Load("[[webhooks]]\n" + table).Webhooks);

    [Fact]
    public void Without_the_table_nobody_is_told()
    {
        Assert.Empty(Load("").Webhooks);
        Assert.Null(WebhookSubscriptions.Of(Load("").Webhooks));
    }

    [Fact]
    public void A_small_table_has_the_documented_defaults()
    {
        var endpoint = One(Good);
        Assert.Equal(("hook", WebhookFormat.Generic, false, 5, 3), (endpoint.Name, endpoint.Format, endpoint.Disabled, endpoint.TimeoutSeconds, endpoint.MaxRetries));
        Assert.Equal([1, 5, 30], endpoint.BackoffSeconds);
        Assert.Equal(("https://hooks.example.com:443", "/in"), (endpoint.Target.Origin, endpoint.Path.Literals[0]));
        Assert.Equal(WebhookEvent.ApprovalPending, endpoint.Events);
    }

    [Fact]
    public void All_keys_are_taken()
    {
        var endpoint = One(
            """
            name = "a.b-c_1"
            url = "https://hooks.example.com:8443/services/${CHAT_TOKEN}?v=1"
            secret = "HOOK_KEY"
            events = ["approval.pending", "approval.granted", "approval.denied", "approval.expired", "approval.failed", "action.denied",
                "action.executed", "action.failed", "revocation", "budget.exhausted", "key.rotated"]
            format = "slack"
            timeout_seconds = 60
            max_retries = 20
            retry_backoff_seconds = [86400]
            disable = true
            ca_file = "ca.pem"
            [webhooks.headers]
            Authorization = "Bearer ${OTHER} and more"
            """);
        Assert.Equal(["/services/", "?v=1"], endpoint.Path.Literals);
        Assert.Equal(["CHAT_TOKEN", "OTHER", "HOOK_KEY"], endpoint.SecretNames());
        Assert.Equal((WebhookFormat.Slack, 60, 20, true), (endpoint.Format, endpoint.TimeoutSeconds, endpoint.MaxRetries, endpoint.Disabled));
        Assert.Equal((WebhookEvent)2047, endpoint.Events);
        Assert.Equal(_root["ca.pem"], endpoint.CaFile);
    }

    [Theory]
    [InlineData("name = \"hook\"", "", "name")]
    [InlineData("name = \"hook\"", "name = \"has space\"", "name")]
    [InlineData("name = \"hook\"", "name = \".hidden\"", "name")]
    [InlineData("url = \"https://hooks.example.com/in\"", "", "url")]
    [InlineData("https://hooks.example.com/in", "ftp://hooks.example.com/in", "unsupported_scheme")]
    [InlineData("https://hooks.example.com/in", "https://user:pass@hooks.example.com/in", "url_credentials")]
    [InlineData("https://hooks.example.com/in", "http://hooks.example.com/in", "plain http")]
    [InlineData("https://hooks.example.com/in", "http://10.1.2.3/in", "plain http")]
    [InlineData("https://hooks.example.com/in", "http://127.0.0.1/${TOKEN}", "secret over plain http")]
    [InlineData("https://hooks.example.com/in", "https://${HOST}/in", "before its path")]
    [InlineData("https://hooks.example.com/in", "https://x${HOST}.example.com/in", "before its path")]
    [InlineData("https://hooks.example.com/in", "https://hooks.example.com/${}", "names no secret")]
    [InlineData("https://hooks.example.com/in", "https://hooks.example.com/${open", "names no secret")]
    [InlineData("https://hooks.example.com/in", "https://hooks.example.com/in#part", "fragment")]
    [InlineData("secret = \"HOOK_KEY\"", "", "secret")]
    [InlineData("secret = \"HOOK_KEY\"", "secret = \"the value itself!\"", "name of a secret")]
    [InlineData("secret = \"HOOK_KEY\"", "secret = \"whsec_0123456789abcdef\"", "name of a secret")]
    [InlineData("[\"approval.pending\"]", "[]", "events")]
    [InlineData("[\"approval.pending\"]", "[\"approval.pendin\"]", "no event")]
    [InlineData("[\"approval.pending\"]", "[\"test\"]", "no event")]
    [InlineData("[\"approval.pending\"]", "[\"budget.rollback_failed\"]", "never given back")]
    [InlineData("secret =", "format = \"carrier-pigeon\"\nsecret =", "no format")]
    [InlineData("secret =", "format = \"pagerduty\"\nsecret =", "routing_key")]
    [InlineData("secret =", "routing_key = \"PD\"\nsecret =", "routing_key")]
    [InlineData("secret =", "timeout_seconds = 0\nsecret =", "timeout_seconds")]
    [InlineData("secret =", "timeout_seconds = 61\nsecret =", "timeout_seconds")]
    [InlineData("secret =", "max_retries = 21\nsecret =", "max_retries")]
    [InlineData("secret =", "retry_backoff_seconds = [0]\nsecret =", "retry_backoff_seconds")]
    [InlineData("secret =", "retry_backoff_seconds = [\"1\"]\nsecret =", "retry_backoff_seconds")]
    [InlineData("secret =", "retries = 3\nsecret =", "unknown key")]
    [InlineData("secret =", "headers = { Host = \"x\" }\nsecret =", "header")]
    [InlineData("secret =", "headers = { X-LatchGate-Signature = \"x\" }\nsecret =", "header")]
    [InlineData("secret =", "headers = { User-Agent = \"x\" }\nsecret =", "header")]
    [InlineData("secret =", "headers = { Content-Type = \"x\" }\nsecret =", "header")]
    [InlineData("secret =", "headers = { X-Key = \"a\\nb\" }\nsecret =", "header")]
    public void What_is_wrong_is_refused_and_named(string part, string replacement, string named)
    {
        var e = Assert.Throws<StartupException>(() => One(Good.Replace(part, replacement, StringComparison.Ordinal)));
        Assert.Equal(StartupError.ConfigValidationFailed, e.Error);
        Assert.Contains(named, e.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(e.Remedy);
        Assert.DoesNotContain("whsec_", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_endpoints_of_one_name_are_refused()
    {
        var e = Assert.Throws<StartupException>(() => Load($"[[webhooks]]\n{Good}\n[[webhooks]]\n{Good}"));
        Assert.Contains("another endpoint's", e.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_where_a_list_of_tables_belongs_is_refused() =>
        Assert.Contains("'webhooks' is a table", Assert.Throws<StartupException>(() => Load("[webhooks]\nname = \"x\"")).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("https://10.1.2.3/in", "private_target")]
    [InlineData("https://127.0.0.1/in", "private_target")]
    [InlineData("https://169.254.169.254/in", "metadata_target")]
    [InlineData("https://denied.example.com/in", "deny_rule")]
    public void An_endpoint_that_the_operators_bounds_close_is_a_problem_before_anything_is_sent(string url, string reason)
    {
        var endpoint = One(Good.Replace("https://hooks.example.com/in", url, StringComparison.Ordinal));
        var ceiling = new EgressCeiling { Deny = [new HostPattern(HostPatternKind.Exact, "denied.example.com")] };
        var problem = WebhookSetup.Problem(endpoint, ceiling, static _ => true, DateTimeOffset.UtcNow, out var remedy);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.NotEmpty(remedy);
    }

    [Fact]
    public void An_allowlist_of_the_operator_binds_webhooks_too()
    {
        var endpoint = One(Good);
        var closed = new EgressCeiling { RuntimeAllowlist = [new HostPattern(HostPatternKind.Suffix, "example.org")] };
        var open = new EgressCeiling { RuntimeAllowlist = [new HostPattern(HostPatternKind.Suffix, "example.com")] };
        Assert.Contains("host_not_allowed", WebhookSetup.Problem(endpoint, closed, static _ => true, DateTimeOffset.UtcNow, out _), StringComparison.Ordinal);
        Assert.Null(WebhookSetup.Problem(endpoint, open, static _ => true, DateTimeOffset.UtcNow, out _));
        Assert.Contains("'HOOK_KEY'", WebhookSetup.Problem(endpoint, open, static _ => false, DateTimeOffset.UtcNow, out var remedy), StringComparison.Ordinal);
        Assert.Equal("Set it with: latchgate secrets set HOOK_KEY", remedy);
    }
}
