using System.Net;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>What is told of each hop of a request, over real sockets.</summary>
public sealed class EgressHopsTests
{
    [Fact]
    public async Task Each_hop_of_a_redirect_is_told_with_its_place_peer_and_bytes()
    {
        await using var server = Redirecting();
        using var rig = new Rig { MaxRedirects = 1 };
        var (ok, _, calls) = await rig.GetAsync($"http://api.test:{server.Port}/a");
        Assert.True(ok);
        Assert.Equal([(0, 302), (1, 200)], calls.Hops.Select(h => (h.Hop, h.Status)));
        Assert.All(calls.Hops, hop =>
        {
            Assert.Equal((EgressReason.Allowed, EgressEnding.Allowed, "loopback", true), (hop.Reason, hop.Ending, hop.Rule, hop.Sent));
            Assert.Equal(new IPEndPoint(IPAddress.Loopback, server.Port), hop.Peer);
            Assert.True(hop.BytesUp > 0 && hop.BytesDown > 0);
            Assert.NotNull(hop.Fingerprint);
        });
        Assert.NotEqual(calls.Hops[0].Fingerprint, calls.Hops[1].Fingerprint);
    }

    [Fact]
    public async Task A_redirect_that_is_not_followed_is_a_denial_after_what_went_out()
    {
        await using var server = Redirecting();
        using var rig = new Rig();
        var (ok, _, calls) = await rig.GetAsync($"http://api.test:{server.Port}/a");
        Assert.False(ok);
        Assert.Equal(
            [(EgressReason.Allowed, EgressEnding.Allowed, 0, true), (EgressReason.RedirectBlocked, EgressEnding.Denied, 1, false)],
            calls.Hops.Select(h => (h.Reason, h.Ending, h.Hop, h.Sent)));
    }

    [Fact]
    public async Task A_refusal_is_told_once_with_its_target()
    {
        using var rig = new Rig();
        var (_, _, calls) = await rig.GetAsync("https://evil.example/secret");
        var hop = Assert.Single(calls.Hops);
        Assert.Equal((EgressReason.HostNotAllowed, EgressEnding.Denied, "https://evil.example:443", false), (hop.Reason, hop.Ending, hop.Target!.Origin, hop.Sent));
    }

    [Fact]
    public async Task A_port_that_nobody_listens_at_is_a_failure_and_nothing_was_sent()
    {
        int port;
        await using (var gone = new LoopbackServer(LoopbackServer.Ok("")))
        {
            port = gone.Port;
        }

        using var rig = new Rig();
        var (_, _, calls) = await rig.GetAsync($"http://api.test:{port}/");
        var hop = Assert.Single(calls.Hops);
        Assert.Equal((EgressReason.ConnectFailed, EgressEnding.Failed, false), (hop.Reason, hop.Ending, hop.Sent));
        Assert.Null(hop.Peer);
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_is_a_denial_without_target()
    {
        using var rig = new Rig();
        var (_, _, calls) = await rig.CallAsync("""{"method":"GET"}""");
        var hop = Assert.Single(calls.Hops);
        Assert.Equal(EgressReason.InvalidRequest, hop.Reason);
        Assert.Null(hop.Target);
    }

    private static LoopbackServer Redirecting() => new((request, stream, stop) => stream.WriteAsync(
        Encoding.Latin1.GetBytes(request.Head.StartsWith("GET /a ", StringComparison.Ordinal)
            ? "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" : LoopbackServer.Ok("hello")),
        stop).AsTask());
}
