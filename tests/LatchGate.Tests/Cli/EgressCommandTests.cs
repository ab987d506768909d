using System.Net;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Egress;
using LatchGate.Evidence;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate egress explain</c> and <c>egress test</c>, without a gate.</summary>
public sealed class EgressCommandTests : IDisposable
{
    private const string Who = "agent:builder";

    private readonly CliHarness _cli = new() { Actions = CompiledActions.All };

    public void Dispose() => _cli.Dispose();

    private Task<int> ExplainAsync(string url, params string[] more) =>
        _cli.RunAsync(["egress", "explain", url, "--action", "http_fetch", "--principal", Who, .. more]);

    private Dictionary<string, string> Results() =>
        _cli.Json.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!, s => s.GetProperty("result").GetString()!);

    [Fact]
    public async Task A_host_that_no_rule_lists_is_denied_before_any_lookup_and_the_nearest_rule_is_named()
    {
        Assert.Equal(3, await ExplainAsync("https://api.githib.com/zen", "--resolve", "--json"));
        var json = _cli.Json;
        Assert.Equal(("deny", "host_not_allowed", "public-sites"), (Text(json, "verdict"), Text(json, "reason"), Text(json, "nearest_rule")));
        Assert.Contains("api.github.com", Text(json, "nearest_lacks"), StringComparison.Ordinal);
        var results = Results();
        Assert.Equal(("pass", "pass", "fail", "not_reached", "not_reached"), (results["port"], results["deny rules"], results["candidates"], results["ceiling"], results["dns"]));
    }

    [Fact]
    public async Task The_table_can_be_read_at_a_glance_and_ends_with_what_to_do()
    {
        Assert.Equal(3, await ExplainAsync("https://api.github.com:8443/zen"));
        var lines = _cli.Output.Split('\n');
        Assert.StartsWith("STEP  LOOKS AT", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("7     candidates", StringComparison.Ordinal) && line.Contains("FAIL", StringComparison.Ordinal));
        Assert.Contains("denied: port_not_allowed", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("rule 'public-sites' lists ports 443; the target's is 8443", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("add 8443 to its 'ports:'", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_that_the_rule_does_not_take_is_what_it_lacked()
    {
        Assert.Equal(3, await ExplainAsync("https://api.github.com/zen", "--method", "delete", "--json"));
        Assert.Equal("method_not_allowed", Text(_cli.Json, "reason"));
        Assert.Equal("accepts GET; the request is DELETE", Text(_cli.Json, "nearest_lacks"));
    }

    [Fact]
    public async Task A_decimal_address_is_refused_in_the_form_with_the_address_it_means_as_a_hint()
    {
        Assert.Equal(3, await ExplainAsync("http://2130706433/", "--json"));
        Assert.Equal("noncanonical_ip", Text(_cli.Json, "reason"));
        Assert.Equal(("pass", "fail", "not_reached"), (Results()["host"], Results()["address form"], Results()["port"]));
        Assert.Contains("127.0.0.1", Text(_cli.Json, "remedy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_private_address_is_denied_with_the_class()
    {
        Assert.Equal(3, await ExplainAsync("http://localhost:8080/", "--resolve", "--json"));
        var json = _cli.Json;
        Assert.Equal(("private_target", "loopback", "loopback-by-operator"), (Text(json, "reason"), Text(json, "address_class"), Text(json, "nearest_rule")));
        var results = Results();
        Assert.Equal(("pass", "pass", "fail", "not_reached"), (results["dns"], results["floor"], results["cover"], results["credentials"]));
        Assert.Contains("private_cidrs", Text(json, "nearest_lacks"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_operator_opens_it_the_same_name_is_allowed_by_the_rule()
    {
        Assert.Equal(0, await ExplainAsync("http://localhost:8080/", "--resolve", "--json", "--config", Config("[egress]\nprivate_cidrs = [\"127.0.0.0/8\", \"::1/128\"]")));
        var json = _cli.Json;
        Assert.Equal(("allow", "loopback-by-operator"), (Text(json, "verdict"), Text(json, "rule")));
        Assert.True(json.GetProperty("addresses_judged").GetBoolean());
        Assert.Equal("pass", Results()["credentials"]);
    }

    [Fact]
    public async Task The_operators_ceiling_is_a_step_of_its_own()
    {
        Assert.Equal(3, await ExplainAsync("https://api.github.com/zen", "--json", "--config", Config("[egress]\nceiling_hosts = [\"httpbin.org\"]")));
        var json = _cli.Json;
        Assert.Equal(("host_not_allowed", "gate", "public-sites"), (Text(json, "reason"), Text(json, "layer"), Text(json, "nearest_rule")));
        Assert.Equal(("pass", "fail"), (Results()["candidates"], Results()["ceiling"]));
        Assert.Contains("ceiling_hosts", Text(json, "remedy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_deny_is_a_step_of_its_own()
    {
        Assert.Equal(3, await ExplainAsync("https://api.github.com/zen", "--json", "--config", Config("[egress]\ndeny = [\".github.com\"]")));
        Assert.Equal(("deny_rule", "gate"), (Text(_cli.Json, "reason"), Text(_cli.Json, "layer")));
        Assert.Equal(("pass", "fail", "not_reached"), (Results()["deny rules"], Results()["operator's deny"], Results()["candidates"]));
    }

    [Fact]
    public async Task Without_resolve_the_lists_alone_are_judged_and_it_says_so()
    {
        Assert.Equal(0, await ExplainAsync("https://api.github.com/zen"));
        Assert.Contains("not reached", _cli.Output.Split('\n').Single(line => line.StartsWith("8 ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("--resolve", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await ExplainAsync("https://api.github.com/zen", "--json"));
        Assert.False(_cli.Json.GetProperty("addresses_judged").GetBoolean());
    }

    [Fact]
    public async Task In_audit_mode_the_refusing_step_is_forgiven_and_the_rest_is_judged()
    {
        var fetch = CompiledActions.All.Single(a => a.Id == "http_fetch");
        _cli.Actions = [fetch with { Egress = fetch.Egress with { Mode = EgressMode.Audit } }];
        var config = Config("[egress]\nmode = \"audit\"\naudit_until = \"2999-01-01T00:00:00Z\"");
        Assert.Equal(0, await ExplainAsync("https://93.184.216.34/", "--json", "--config", config));
        Assert.Equal(("allow", "audit"), (Text(_cli.Json, "verdict"), Text(_cli.Json, "reason")));
        Assert.NotNull(Text(_cli.Json, "would_deny"));
        Assert.Equal(("forgiven", "pass"), (Results()["candidates"], Results()["floor"]));
        Assert.Equal(3, await ExplainAsync("https://169.254.169.254/", "--json", "--config", config));
        Assert.Equal("metadata_target", Text(_cli.Json, "reason"));
        Assert.Equal(("forgiven", "fail"), (Results()["candidates"], Results()["floor"]));
    }

    [Theory]
    [InlineData("", "text")]
    [InlineData("https://api.github.com\\@evil.example/", "text")]
    [InlineData("ftp://api.github.com/", "text")]
    [InlineData("https://user@api.github.com/", "authority")]
    [InlineData("https:///x", "host")]
    [InlineData("https://a_b.github.com/", "host")]
    [InlineData("http://127.1/", "address form")]
    [InlineData("https://api.github.com:0/", "port")]
    public async Task A_text_that_is_no_target_fails_at_the_part_that_is_wrong(string url, string step)
    {
        Assert.Equal(3, await ExplainAsync(url, "--json"));
        Assert.Equal("fail", Results()[step]);
        Assert.Equal(1, Results().Values.Count(result => result == "fail"));
        Assert.Equal("not_reached", Results()["candidates"]);
    }

    [Fact]
    public async Task An_unknown_action_gets_a_suggestion()
    {
        Assert.Equal(1, await _cli.RunAsync("egress", "explain", "https://a.example/", "--action", "http_fetsh", "--principal", Who));
        Assert.Contains("http_fetch", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cases_that_come_out_as_expected_pass()
    {
        Assert.Equal(0, await _cli.RunAsync("egress", "test", Cases(
            """
            {"id":"ok","action":"http_fetch","request":{"principal":"agent:x","url":"https://api.github.com/zen"},"dns":{"api.github.com":["140.82.121.6"]},
             "expect":{"verdict":"allow","reason":"allowed","rule":"public-sites","layer":"kernel","address_class":"public","mixed":false,"would_deny":null,
                       "status":200,"pinned":["140.82.121.6"],"dns_queries":["api.github.com"]}}
            """,
            """
            {"id":"rebind","action":"http_fetch","request":{"principal":"agent:x","url":"https://api.github.com/zen"},"dns":{"api.github.com":["140.82.121.6","10.0.0.7"]},
             "expect":{"verdict":"deny","reason":"private_target","address_class":"private","mixed":true}}
            """,
            """
            {"id":"unlisted","action":"http_fetch","request":{"principal":"agent:x","url":"https://evil.example/"},
             "expect":{"verdict":"deny","reason":"host_not_allowed","dns_queries":[]}}
            """), "--json"));
        Assert.Equal((3, 0), (_cli.Json.GetProperty("cases").GetInt32(), _cli.Json.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task A_case_that_comes_out_otherwise_is_shown_with_both_answers()
    {
        var file = Cases("""{"id":"wrong","action":"http_fetch","request":{"principal":"agent:x","url":"https://evil.example/"},"expect":{"verdict":"allow","reason":"allowed"}}""");
        Assert.Equal(1, await _cli.RunAsync("egress", "test", file));
        Assert.Matches("wrong +verdict +allow +deny", _cli.Output);
        Assert.Matches("wrong +reason +allowed +host_not_allowed", _cli.Output);
        Assert.Contains("1 of 1 cases came out otherwise", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_an_answer_in_the_case_does_not_resolve()
    {
        var file = Cases("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x","url":"https://api.github.com/"},"expect":{"verdict":"deny","reason":"dns_failed"}}""");
        Assert.Equal(0, await _cli.RunAsync("egress", "test", file));
    }

    [Theory]
    [InlineData("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x","url":"https://a.example/"},"expect":{"verdict":"deny","raeson":"host_not_allowed"}}""")]
    [InlineData("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x","url":"https://a.example/"},"expect":{}}""")]
    [InlineData("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x"},"expect":{"verdict":"deny"}}""")]
    [InlineData("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x","url":"https://a.example/"},"dns":{"a.example":["127.1"]},"expect":{"verdict":"deny"}}""")]
    [InlineData("""{"id":"a","action":"http_fetch","request":{"principal":"agent:x","url":"https://a.example/"},"now":"tomorrow","expect":{"verdict":"deny"}}""")]
    public async Task A_case_that_could_pass_by_mistake_is_refused(string one)
    {
        Assert.Equal(1, await _cli.RunAsync("egress", "test", Cases(one), "--json"));
        Assert.Equal("cases_invalid", Text(_cli.Json, "error"));
    }

    [Fact]
    public void Every_reason_has_a_remedy_of_its_own()
    {
        foreach (var reason in Enum.GetValues<EgressReason>())
        {
            foreach (var layer in Enum.GetValues<EgressLayer>())
            {
                var remedy = EgressRemedy.Of(reason.Label(), layer.Label(), "rule-a", "http_fetch", "https://a.example.com/");
                Assert.DoesNotContain("See docs", remedy, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', remedy);
            }
        }
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://0.0.0.0/")]
    public void Nobody_is_told_to_list_an_address_that_nothing_opens(string url)
    {
        var remedy = EgressRemedy.Of("host_not_allowed", "kernel", "", "http_fetch", url, learns: true);
        Assert.StartsWith("No rule can open", remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("domains add", remedy, StringComparison.Ordinal);
    }

    private string Config(string toml) => _cli.Root.Write("latchgate.toml", toml);

    private string Cases(params string[] cases) =>
        _cli.Root.Write("cases.json", $$"""{"format":"latchgate-egress-tests/1","about":"a test","cases":[{{string.Join(",", cases)}}]}""");

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
