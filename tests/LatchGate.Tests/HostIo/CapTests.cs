using System.Text;
using LatchGate.Egress;
using LatchGate.Egress.Caps;

namespace LatchGate.Tests.HostIo;

/// <summary>Caps of bytes, where the bytes flow.</summary>
public sealed class CapTests
{
    [Fact]
    public async Task An_execution_whose_bytes_are_used_up_sends_nothing_more()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(new string('x', 2_000)));
        using var rig = new Rig { Bandwidth = new BandwidthCap(null, null, BytesPerExecution: 2_000, null) };
        var calls = rig.Calls(caps: Book().ForExecution("trace"));

        var first = await rig.CallAsync(calls, $"http://api.test:{server.Port}/");
        var second = await rig.CallAsync(calls, $"http://api.test:{server.Port}/");

        Assert.True(first.Ok);
        Assert.Equal("bandwidth_cap", second.Body.GetProperty("code").GetString());
        Assert.Equal(429, calls.FirstRefusal?.Status);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_day_counts_what_is_on_the_wire_head_included()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("hello"));
        using var rig = new Rig { Bandwidth = new BandwidthCap(null, null, null, BytesPerDay: 1_000_000) };
        var store = new MemoryStore();
        var calls = rig.Calls(caps: new CapBook(store, new Dictionary<string, TokenPrice>(), TimeProvider.System).ForExecution("trace"));

        await rig.CallAsync(calls, $"http://api.test:{server.Port}/");

        var sent = Encoding.Latin1.GetByteCount(Assert.Single(server.Requests).Head) + 4;
        Assert.Equal(sent + LoopbackServer.Ok("hello").Length, Assert.Single(store.Added).Bytes);
    }

    [Fact]
    public async Task A_rate_that_cannot_be_met_within_the_time_out_ends_the_request()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(new string('x', 100_000)));
        using var rig = new Rig
        {
            Bandwidth = new BandwidthCap(BytesPerSecond: 1_000, Burst: 1_000, null, null),
            Limits = EgressLimits.Default with { RequestMs = 400 },
        };
        var calls = rig.Calls(caps: Book().ForExecution("trace"));

        var (ok, body) = await rig.CallAsync(calls, $"http://api.test:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("request_timeout", body.GetProperty("code").GetString());
    }

    private static CapBook Book() => new(new MemoryStore(), new Dictionary<string, TokenPrice>(), TimeProvider.System);

    private sealed class MemoryStore : ICapStore
    {
        internal List<DayUsage> Added { get; } = [];

        public DayUsage? Find(CapKey key) => null;

        public ValueTask<bool> AddAsync(CapKey key, DayUsage change, string traceId)
        {
            Added.Add(change);
            return ValueTask.FromResult(true);
        }
    }
}
