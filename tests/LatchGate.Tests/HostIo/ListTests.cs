using System.Net;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>Lists of an action beside its hosts, and names whose addresses are not what they should be.</summary>
public sealed class ListTests
{
    [Fact]
    public async Task Only_listed_headers_of_the_guest_are_sent()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig { RequestHeaders = ["accept", "authorization"] };

        var (_, _, calls) = await rig.CallAsync(
            $$$"""{"method":"GET","url":"http://api.test:{{{server.Port}}}/","headers":{"ACCEPT":"text/plain","X-Trace":"t","Authorization":"mine"}}""");

        var head = Assert.Single(server.Requests).Head;
        Assert.Contains("ACCEPT: text/plain", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X-Trace", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Authorization", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["x-trace", "authorization"], Assert.Single(calls.Evidence).StrippedHeaders);
    }

    [Theory]
    [InlineData("Content-Type: application/json\r\n", true)]
    [InlineData("content-type: Application/JSON ; charset=utf-8\r\n", true)]
    [InlineData("Content-Type: application/jsonp\r\n", false)]
    [InlineData("Content-Type: text/html\r\n", false)]
    [InlineData("Content-Type: application/json\r\nContent-Type: text/html\r\n", false)]
    [InlineData("Content-Type: application/json, text/html\r\n", false)]
    [InlineData("", false)]
    public async Task Only_listed_media_types_come_back(string header, bool passes)
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("{}", header));
        using var rig = new Rig { ContentTypes = ["application/json"] };

        var (ok, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal(passes, ok);
        if (!passes)
        {
            Assert.Equal("content_type", body.GetProperty("code").GetString());
            Assert.Equal((EgressReason.ContentType, 200), (Assert.Single(calls.Evidence).Outcome, calls.Evidence[0].Status));
        }
    }

    [Fact]
    public async Task A_response_without_a_type_passes_where_the_empty_one_is_listed()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("{}"));
        using var rig = new Rig { ContentTypes = ["application/json", ""] };

        var (ok, _, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.True(ok);
    }

    [Fact]
    public async Task A_name_that_resolves_to_nothing_or_not_at_all_is_told_apart()
    {
        using var rig = new Rig();
        rig.Resolver.Table["empty.test"] = [];

        var (_, empty, _) = await rig.GetAsync("http://empty.test/");
        var (_, unknown, _) = await rig.GetAsync("http://unknown.test/");

        Assert.Equal("dns_empty", empty.GetProperty("code").GetString());
        Assert.Equal("dns_failed", unknown.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_lookup_that_never_ends_is_left_in_time()
    {
        using var rig = new Rig(resolver: new SystemHostResolver(TimeSpan.FromMilliseconds(100), TimeProvider.System, static _ => new TaskCompletionSource<IPAddress[]>().Task));

        var (_, body, calls) = await rig.GetAsync("http://api.test/");

        Assert.Equal("dns_failed", body.GetProperty("code").GetString());
        Assert.Empty(calls.Evidence);
    }

    [Theory]
    [InlineData("169.254.169.254", "metadata_target")]
    [InlineData("10.0.0.7", "private_target")]
    public async Task A_name_that_changes_its_address_between_two_hops_is_judged_again(string next, string reason)
    {
        await using var server = new LoopbackServer("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        using var rig = new Rig(resolver: new ChangingResolver([IPAddress.Loopback], [IPAddress.Parse(next)])) { MaxRedirects = 1 };

        var (_, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal(reason, body.GetProperty("code").GetString());
        Assert.Single(server.Requests);
        Assert.Single(calls.Evidence);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.7")]
    [InlineData("10.0.0.7", "127.0.0.1")]
    [InlineData("93.184.216.34", "127.0.0.53", "fe80::1")]
    public async Task One_address_that_may_not_be_reached_spoils_all(params string[] addresses)
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig();
        rig.Resolver.Table["api.test"] = [.. addresses.Select(IPAddress.Parse)];

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("private_target", body.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task Evidence_counts_the_bytes_on_the_wire()
    {
        var response = LoopbackServer.Ok("hello");
        await using var server = new LoopbackServer(response);
        using var rig = new Rig();

        var (_, _, first) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/","body_text":"body"}""");
        var (_, _, second) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/","body_text":"body"}""");

        var sent = Encoding.Latin1.GetByteCount(server.Requests.First().Head) + "\r\n\r\n".Length + "body".Length;
        foreach (var evidence in new[] { Assert.Single(first.Evidence), Assert.Single(second.Evidence) })
        {
            Assert.Equal((sent, response.Length), (evidence.WireSent, evidence.WireReceived));
        }
    }

    private sealed class ChangingResolver(params IPAddress[][] answers) : IHostResolver
    {
        private int _asked;

        public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation) =>
            ValueTask.FromResult((EgressReason.Allowed, answers[Math.Min(_asked++, answers.Length - 1)]));
    }
}
