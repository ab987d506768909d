using System.Net;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.HostIo;

public sealed class HandlerCacheTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly List<TrackedHandler> _made = [];
    private readonly HandlerCache _cache;

    public HandlerCacheTests()
    {
        _cache = new HandlerCache(2, TimeSpan.FromSeconds(60), _time, (_, _, _) =>
        {
            _made.Add(new TrackedHandler());
            return new HttpMessageInvoker(_made[^1]);
        });
    }

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Over_capacity_the_least_recently_used_handler_goes()
    {
        Use("a");
        Use("b");
        Use("a");
        Use("c");

        Assert.Equal([false, true, false], _made.Select(h => h.Disposed));
        Assert.Equal(2, _cache.Count);
    }

    [Fact]
    public void A_handler_in_use_outlives_capacity_and_idleness()
    {
        var held = _cache.Rent(Route("a"), EgressLimits.Default);
        Use("b");
        Use("c");
        _time.Advance(TimeSpan.FromMinutes(5));
        Use("d");
        Assert.False(_made[0].Disposed);
        Assert.True(_made[1].Disposed);

        held.Dispose();
        Use("a");
        Assert.Equal(4, _made.Count);
    }

    [Fact]
    public void An_idle_handler_is_closed_when_the_cache_is_next_used()
    {
        Use("a");
        _time.Advance(TimeSpan.FromSeconds(59));
        Use("b");
        Assert.False(_made[0].Disposed);

        _time.Advance(TimeSpan.FromSeconds(1));
        Use("b");
        Assert.True(_made[0].Disposed);
        Assert.False(_made[1].Disposed);
    }

    [Fact]
    public void Closing_the_cache_waits_for_handlers_in_use()
    {
        var held = _cache.Rent(Route("a"), EgressLimits.Default);
        Use("b");

        _cache.Dispose();

        Assert.Equal([false, true], _made.Select(h => h.Disposed));
        held.Dispose();
        Assert.True(_made[0].Disposed);
        Assert.Throws<ObjectDisposedException>(() => _cache.Rent(Route("c"), EgressLimits.Default));
    }

    private void Use(string rule) => _cache.Rent(Route(rule), EgressLimits.Default).Dispose();

    private static JudgedRoute Route(string rule)
    {
        var allow = new EgressAllowRule(
            rule, [new HostPattern(HostPatternKind.Exact, "api.test")], [], [new PortRange(443, 443)], EgressSchemes.Https, [], false, false, null);
        var rules = new EgressRuleSet(EgressProfile.ProxyAllowlist, [allow], [], false, EgressLimits.Default);
        Assert.True(Target.Parse("https://api.test/", out var target, out _));
        EgressJudge.JudgeBeforeDns(new EgressQuestion(rules, EgressCeiling.Default, target, "GET", "p", "a", DateTimeOffset.UnixEpoch), out var permit);
        EgressJudge.JudgeAddresses(permit!, [IPAddress.Parse("93.184.216.34")], out var route);
        return route!;
    }

    private sealed class TrackedHandler : HttpMessageHandler
    {
        internal bool Disposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            Disposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        internal void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
