using System.Globalization;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Tests.Api;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Egress.Proxy;

/// <summary>What a real Squid makes of the shipped configuration and the written lists.</summary>
public sealed class SquidTests : IAsyncLifetime
{
    private readonly LoopbackServer _upstream = new(TestUpstream.AnswerAsync);

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Squid.IsHere, Squid.Skipped);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task As_shipped_it_refuses_everything_but_the_list_and_the_list_too_where_it_leads_to_this_machine()
    {
        await using var squid = new Squid(null, "api.example.com");
        SquidFiles.Write(squid.List, List("api.example.com", "nowhere.example.com"));
        await squid.StartAsync();
        Assert.Equal(ProxyFault.None, await new ProxyProbe(squid.Address, TimeSpan.FromSeconds(30)).RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal(403, await squid.ConnectAsync("other.example.com:443"));
        Assert.Equal(403, await squid.GetAsync("other.example.com"));

        // Listed, and it resolves to 127.0.0.1.
        Assert.Equal(403, await squid.ConnectAsync("api.example.com:443"));
        foreach (var address in new[] { "127.0.0.1", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0" })
        {
            Assert.Equal(403, await squid.ConnectAsync($"{address}:443"));
        }

        // Listed and public as far as anybody knows: it is tried.
        Assert.True(await squid.ConnectAsync("nowhere.example.com:443") is >= 500, squid.Log);
        Assert.Equal(403, await squid.ConnectAsync("nowhere.example.com:22"));
        Assert.Equal(403, await squid.ConnectAsync("nowhere.example.com:80"));
    }

    [Fact]
    public async Task Exact_names_suffixes_and_one_label_mean_the_same_to_Squid_and_to_the_gate()
    {
        string[] names = ["exact.example.com", "below.exact.example.com", "suffix.example.com", "a.suffix.example.com", "a.b.suffix.example.com", "xsuffix.example.com",
            "one.example.com", "a.one.example.com", "a.b.one.example.com", "aone.example.com", "a.one.example.com.evil.example"];
        await using var squid = new Squid(Squid.WithLoopback, names);
        HostPattern[] patterns = [.. new[] { "exact.example.com", ".suffix.example.com", "*.one.example.com" }.Select(EgressAllowlistTests.Pattern)];
        SquidFiles.Write(squid.List, List(_upstream.Port, patterns));
        await squid.StartAsync();
        foreach (var name in names)
        {
            var allowed = Array.Exists(patterns, p => p.Matches(name));
            Assert.Equal(allowed ? 200 : 403, await squid.ConnectAsync($"{name}:{_upstream.Port}"));
            Assert.Equal(allowed ? 200 : 403, await squid.ConnectAsync($"{name.ToUpperInvariant()}:{_upstream.Port}"));
        }

        // A request that names the address is not the name's.
        Assert.Equal(403, await squid.ConnectAsync($"127.0.0.1:{_upstream.Port}"));
    }

    [Fact]
    public async Task A_changed_list_is_taken_over_and_shows_itself_by_its_marker()
    {
        await using var squid = new Squid(Squid.WithLoopback, "one.example.com", "two.example.com");
        var (first, second) = (List(_upstream.Port, EgressAllowlistTests.Pattern("one.example.com")), List(_upstream.Port, EgressAllowlistTests.Pattern("two.example.com")));
        SquidFiles.Write(squid.List, first);
        await squid.StartAsync();
        var probe = new ProxyProbe(squid.Address, TimeSpan.FromSeconds(30));
        Assert.True(await probe.HasInForceAsync(first, TestContext.Current.CancellationToken));
        Assert.False(await probe.HasInForceAsync(second, TestContext.Current.CancellationToken));

        SquidFiles.Write(squid.List, second);
        await Eventually.HoldsAsync(async () => await probe.HasInForceAsync(second, TestContext.Current.CancellationToken) == true);

        Assert.Equal(403, await squid.ConnectAsync($"one.example.com:{_upstream.Port}"));
        Assert.Equal(200, await squid.ConnectAsync($"two.example.com:{_upstream.Port}"));
        Assert.False(await probe.HasInForceAsync(first, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_list_that_Squid_refuses_does_not_end_it()
    {
        await using var squid = new Squid(Squid.WithLoopback, "one.example.com");
        SquidFiles.Write(squid.List, List(_upstream.Port, EgressAllowlistTests.Pattern("one.example.com")));
        await squid.StartAsync();

        // By hand, in the order that Squid calls bungled.
        File.WriteAllText(squid.List, "api.example.com\n.example.com\n");
        await Eventually.HoldsAsync(() => squid.Log.Contains("is refused", StringComparison.Ordinal));

        Assert.Equal(200, await squid.ConnectAsync($"one.example.com:{_upstream.Port}"));
    }

    [Fact]
    public async Task A_thousand_entries_of_every_kind_are_accepted()
    {
        await using var squid = new Squid();
        var random = new Random(7);
        HostPattern[] many = [.. Enumerable.Range(0, 1000).Select(i => new HostPattern((HostPatternKind)(i % 3), string.Create(
            CultureInfo.InvariantCulture, $"{(random.Next(2) == 0 ? "" : "www.")}host{random.Next(200)}.zone{random.Next(5)}.example")))];
        SquidFiles.Write(squid.List, List(443, many));
        await squid.StartAsync();
        Assert.DoesNotContain("Bungled", squid.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", squid.Log, StringComparison.Ordinal);
    }

    internal static EgressAllowlist List(params string[] hosts) => List(443, [.. hosts.Select(EgressAllowlistTests.Pattern)]);

    internal static EgressAllowlist List(int port, params HostPattern[] hosts) => EgressAllowlist.Of(
        [EgressAllowlistTests.Rules(EgressAllowlistTests.Rule([.. hosts]) with { Ports = [new PortRange((ushort)port, (ushort)port)] })], EgressCeiling.Default, [], DateTimeOffset.UnixEpoch);
}
