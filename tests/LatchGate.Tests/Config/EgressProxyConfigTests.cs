using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Config;

/// <summary>The keys of the forward proxy, as they stand in files of LatchGate 0.2.0: at the top level.</summary>
public sealed class EgressProxyConfigTests : IDisposable
{
    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void All_keys_are_read_and_none_is_needed()
    {
        Assert.Equal(EgressProxyConfig.None, Load("").EgressProxy);
        var config = Load("""
            egress_proxy_url = "http://squid:3128"
            egress_live_allowlist_path = "run/allowlist.txt"
            egress_reload_command = "squid -k 'reconfigure'"
            egress_runtime_allowlist = ["api.github.com", "*.example.com"]
            """);
        Assert.Equal(new ProxyAddress("squid", 3128), config.EgressProxy.Url);
        Assert.Equal(_root["run/allowlist.txt"], config.EgressProxy.LiveAllowlistPath);
        Assert.Equal(["squid", "-k", "reconfigure"], config.EgressProxy.ReloadCommand!);
        Assert.Equal([new HostPattern(HostPatternKind.Exact, "api.github.com"), new HostPattern(HostPatternKind.OneLabel, "example.com")], config.Egress.CeilingHosts!.Value);
    }

    [Theory]
    [InlineData("egress_proxy_url = \"https://squid:3128\"", "egress_proxy_url")]
    [InlineData("egress_proxy_url = \"http://user:pw@squid:3128\"", "egress_proxy_url")]
    [InlineData("egress_proxy_url = 3128", "egress_proxy_url")]
    [InlineData("egress_reload_command = \"squid -k reconfigure\"", "egress_reload_command")]
    [InlineData("egress_live_allowlist_path = \"a\"\negress_reload_command = \"squid '\"", "egress_reload_command")]
    [InlineData("egress_live_allowlist_path = \"a\"\negress_reload_command = \"\"", "egress_reload_command")]
    [InlineData("egress_live_allowlist_path = \"\"", "egress_live_allowlist_path")]
    [InlineData("egress_runtime_allowlist = [\"*\"]", "egress_runtime_allowlist")]
    [InlineData("egress_runtime_allowlist = [\"a.b\"]\n[egress]\nceiling_hosts = [\"a.b\"]", "egress_runtime_allowlist")]
    [InlineData("[egress]\negress_proxy_url = \"http://squid:3128\"", "egress_proxy_url")]
    public void A_bad_value_stops_the_gate_and_is_named_without_being_repeated_where_it_may_be_secret(string toml, string key)
    {
        var e = Assert.Throws<StartupException>(() => Load(toml));
        Assert.Equal(StartupError.ConfigValidationFailed, e.Error);
        Assert.Contains(key, e.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", e.Detail, StringComparison.Ordinal);
    }

    private GateConfig Load(string toml) => GateConfigReader.Load(_root.Write("latchgate.toml", toml), TestEnvironment.In(_root));
}
