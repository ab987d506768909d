using System.Text;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class EgressPrecheckTests
{
    private static readonly ActionSpec Fetch = CompiledActions.All.Single(a => a.Id == "http_fetch");

    private static EgressCeiling Opened { get; } = new() { PrivateCidrs = [Cidr.TryParse("127.0.0.0/8", out var cidr) ? cidr! : throw new InvalidOperationException()] };

    [Theory]
    [InlineData("https://api.github.com/zen", EgressReason.Allowed)]
    [InlineData("https://en.wikipedia.org/", EgressReason.Allowed)]
    [InlineData("https://api.github.com.evil.example/", EgressReason.HostNotAllowed)]
    [InlineData("https://a.b.wikipedia.org/", EgressReason.HostNotAllowed)]
    [InlineData("http://api.github.com:443/", EgressReason.SchemeNotAllowed)]
    [InlineData("https://api.github.com:8443/", EgressReason.PortNotAllowed)]
    [InlineData("http://127.0.0.1/", EgressReason.PrivateTarget)]
    [InlineData("http://[::1]/", EgressReason.PrivateTarget)]
    [InlineData("http://0177.0.0.1/", EgressReason.NoncanonicalIp)]
    [InlineData("https://a@api.github.com/", EgressReason.UrlCredentials)]
    [InlineData("nonsense", EgressReason.InvalidUrl)]
    public void A_destination_is_judged_before_anything_is_spent(string url, EgressReason expected) =>
        Assert.Equal(expected, Judge(Fetch, EgressCeiling.Default, url, out _).Reason);

    [Fact]
    public void Loopback_opens_when_manifest_and_operator_both_say_so()
    {
        Assert.True(Judge(Fetch, Opened, "http://127.0.0.1:8080/", out _).Allowed);
        Assert.Equal(EgressReason.PrivateTarget, Judge(Fetch, Opened, "http://[::1]/", out _).Reason);
    }

    [Fact]
    public void A_method_that_the_rule_lacks_is_refused() =>
        Assert.Equal(EgressReason.MethodNotAllowed, Judge(Fetch, EgressCeiling.Default, "https://api.github.com/", out _, "POST").Reason);

    [Fact]
    public void An_unlisted_host_is_named_only_where_the_action_permits_learning()
    {
        Judge(Fetch, EgressCeiling.Default, "https://new.example.com/x", out var unlisted);
        Assert.Null(unlisted);
        var learning = Fetch with { Egress = Fetch.Egress with { AllowLearning = true } };
        Assert.Equal(EgressReason.HostNotAllowed, Judge(learning, EgressCeiling.Default, "https://new.example.com/x", out unlisted).Reason);
        Assert.Equal("new.example.com", unlisted);
        Judge(learning, EgressCeiling.Default, "http://api.github.com/", out unlisted);
        Assert.Null(unlisted);
    }

    [Fact]
    public void Nobody_is_asked_about_a_host_that_the_operators_ceiling_leaves_out()
    {
        var learning = Fetch with { Egress = Fetch.Egress with { AllowLearning = true } };
        var ceiling = new EgressCeiling { RuntimeAllowlist = [new HostPattern(HostPatternKind.Exact, "other.example.com")] };
        Assert.Equal(EgressReason.HostNotAllowed, Judge(learning, ceiling, "https://api.github.com/zen", out var unlisted).Reason);
        Assert.Null(unlisted);
    }

    [Fact]
    public void An_action_without_network_has_no_destination() =>
        Assert.True(Judge(Fetch with { Egress = EgressRuleSet.Closed }, EgressCeiling.Default, "http://169.254.169.254/", out _).Allowed);

    [Fact]
    public void Policy_sees_the_hosts_as_the_manifest_wrote_them()
    {
        Assert.Equal(
            ["httpbin.org", "api.github.com", "*.wikipedia.org", "hacker-news.firebaseio.com", "localhost", "127.0.0.1", "::1"],
            EgressPrecheck.DomainsOf(Fetch.Egress));
        Assert.True(EgressPrecheck.DomainsOf(EgressRuleSet.Closed).IsDefault);
    }

    private static EgressVerdict Judge(ActionSpec action, EgressCeiling ceiling, string url, out string? unlisted, string method = "GET")
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"method":"{{method}}","url":"{{url}}"}""");
        Assert.True(ResolvedTask.TryThaw(action, bytes, Sha256Digest.Of(bytes), out var task));
        return new EgressPrecheck(ceiling, TimeProvider.System).Judge(action, action.Egress, task, "agent:demo", out unlisted);
    }
}
