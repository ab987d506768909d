using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>Upstreams that stall, break off or answer too much. Each ends in its reason, and none later than its limit.</summary>
public sealed class HostileUpstreamTests
{
    private static readonly EgressLimits Short = EgressLimits.Default with { RequestMs = 300 };

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task One_that_stalls_hits_the_time_out_of_the_request(string beginning)
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(beginning), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await RefusedAsync(server.Port, "request_timeout", Short);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Long: ", "x")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")]
    [InlineData("", "HTTP/1.1 103 Early Hints\r\n\r\n")]
    public async Task One_that_drips_for_ever_hits_the_same_time_out(string beginning, string drop)
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(beginning), stop);
            while (true)
            {
                foreach (var octet in Encoding.Latin1.GetBytes(drop))
                {
                    await stream.WriteAsync(new[] { octet }, stop);
                    await Task.Delay(5, stop);
                }
            }
        });
        await RefusedAsync(server.Port, "request_timeout", Short);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    public async Task A_reset_is_the_peers_failure_and_a_post_is_not_sent_again(string beginning)
    {
        await using var server = new RawServer(async (socket, stop) =>
        {
            await ReadRequestAsync(socket, stop);
            await socket.SendAsync(Encoding.Latin1.GetBytes(beginning), stop);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        });
        await RefusedAsync(server.Port, "upstream_failed");
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nshort")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("Content-Length: 5, 6\r\n\r\nhello!")]
    [InlineData("Content-Length: -5\r\n\r\nhello")]
    [InlineData("Content-Length: +5\r\n\r\nhello")]
    [InlineData("Content-Length: 0x5\r\n\r\nhello")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\nhello")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n")]
    public async Task An_answer_that_lies_about_its_length_is_refused(string rest)
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + rest), stop);
            stream.Close();
        });
        await RefusedAsync(server.Port, "upstream_failed");
    }

    [Fact]
    public async Task What_follows_an_answer_is_not_taken_for_the_next_one()
    {
        await using var server = new LoopbackServer((request, stream, stop) => stream.WriteAsync(
            Encoding.Latin1.GetBytes(request.Connection == 1 ? LoopbackServer.Ok("ok") + LoopbackServer.Ok("poison") : LoopbackServer.Ok("clean")), stop).AsTask());
        using var rig = new Rig();

        var (_, first, _) = await rig.GetAsync($"http://api.test:{server.Port}/1");
        var (_, second, _) = await rig.GetAsync($"http://api.test:{server.Port}/2");

        Assert.Equal("ok", first.GetProperty("body_text").GetString());
        Assert.Equal("clean", second.GetProperty("body_text").GetString());
    }

    [Fact]
    public async Task A_switch_of_protocols_that_nobody_asked_for_is_refused()
    {
        await using var server = new LoopbackServer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw");
        await RefusedAsync(server.Port, "upstream_failed");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Huge: ", "xxxxxxxxxxxxxxxx")]
    [InlineData("HTTP/1.1 200 OK\r\n", "X-More: 1\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n", "X-Fold: 1\r\n ")]
    [InlineData("", "HTTP/1.1 102 Processing\r\nX: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "extension=1;")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "00000000")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-Trailer: 1\r\n")]
    public async Task Heads_chunk_extensions_and_trailers_without_end_are_cut(string beginning, string repeated)
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(beginning), stop);
            var block = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(repeated, 256)));
            while (true)
            {
                await stream.WriteAsync(block, stop);
            }
        });
        await RefusedAsync(server.Port, "upstream_failed");
    }

    [Theory]
    [InlineData(true, "gzip")]
    [InlineData(true, "x-gzip")]
    [InlineData(false, "deflate")]
    public async Task A_coded_answer_that_nobody_asked_for_is_decoded(bool gzip, string coding)
    {
        await using var server = new LoopbackServer(Coded(Compress(Encoding.UTF8.GetBytes("plain"), gzip), coding));
        using var rig = new Rig();

        var (ok, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.True(ok);
        Assert.Equal("plain", body.GetProperty("body_text").GetString());
        Assert.False(body.GetProperty("headers").TryGetProperty("content-encoding", out _));
        Assert.Equal("plain", Encoding.UTF8.GetString(Assert.Single(calls.Evidence).KeptBody.Span));
        Assert.Contains("Accept-Encoding: identity", Assert.Single(server.Requests).Head, StringComparison.OrdinalIgnoreCase);
    }

    // A million zeros are about a thousand bytes.
    [Theory]
    [InlineData(OverflowPolicy.Fail)]
    [InlineData(OverflowPolicy.Truncate)]
    public async Task An_answer_that_grows_a_thousandfold_is_bounded_by_what_it_decodes_to(OverflowPolicy policy)
    {
        var bomb = Compress(new byte[10_000_000], gzip: true);
        Assert.True(bomb.Length < 15_000);
        await using var server = new LoopbackServer(Coded(bomb, "gzip"));
        using var rig = new Rig { Limits = EgressLimits.Default with { ResponseBytes = 20_000, OnOverflow = policy } };

        var (ok, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        if (policy == OverflowPolicy.Fail)
        {
            Assert.Equal("response_too_large", body.GetProperty("code").GetString());
            return;
        }

        Assert.True(ok);
        Assert.Equal(new string('\0', 20_000), body.GetProperty("body_text").GetString());
        Assert.Equal("true", body.GetProperty("headers").GetProperty("latchgate-truncated").GetString());
    }

    [Fact]
    public async Task A_larger_answer_is_cut_where_the_manifest_says_so_and_says_that_it_was()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("0123456789", "Latchgate-Truncated: false\r\n"));
        using var rig = new Rig { Limits = EgressLimits.Default with { ResponseBytes = 4, OnOverflow = OverflowPolicy.Truncate } };

        var (ok, cut, _) = await rig.GetAsync($"http://api.test:{server.Port}/");
        Assert.True(ok);
        Assert.Equal("0123", cut.GetProperty("body_text").GetString());
        Assert.Equal("true", cut.GetProperty("headers").GetProperty("latchgate-truncated").GetString());

        rig.Limits = rig.Limits with { ResponseBytes = 10 };
        var (_, whole, _) = await rig.GetAsync($"http://api.test:{server.Port}/");
        Assert.Equal("0123456789", whole.GetProperty("body_text").GetString());
        Assert.False(whole.GetProperty("headers").TryGetProperty("latchgate-truncated", out _));
    }

    [Theory]
    [InlineData("gzip", "upstream_failed")]
    [InlineData("br", "content_coding")]
    [InlineData("zstd", "content_coding")]
    [InlineData("gzip, gzip", "content_coding")]
    public async Task A_coding_that_is_broken_or_not_read_is_refused(string coding, string reason)
    {
        await using var server = new LoopbackServer(Coded("not compressed"u8.ToArray(), coding));
        await RefusedAsync(server.Port, reason);
    }

    [Fact]
    public async Task Redirects_in_a_circle_are_refused()
    {
        await using var server = new LoopbackServer((request, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 302 Found\r\nLocation: {(request.Head.StartsWith("GET /a", StringComparison.Ordinal) ? "/b" : "/a")}\r\nContent-Length: 0\r\n\r\n"), stop).AsTask());
        using var rig = new Rig { MaxRedirects = 10 };

        var (_, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/a");

        Assert.Equal("redirect_loop", body.GetProperty("code").GetString());
        Assert.Equal(2, calls.Evidence.Count);
    }

    [Fact]
    public async Task Redirects_without_end_are_refused_at_the_limit()
    {
        await using var server = new LoopbackServer((request, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 302 Found\r\nLocation: {request.Head.Split(' ')[1]}x\r\nContent-Length: 0\r\n\r\n"), stop).AsTask());
        using var rig = new Rig { MaxRedirects = 3 };

        var (_, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("redirect_limit", body.GetProperty("code").GetString());
        Assert.Equal(4, calls.Evidence.Count);
    }

    private static async Task RefusedAsync(int port, string reason, EgressLimits? limits = null)
    {
        using var rig = new Rig { Limits = limits ?? EgressLimits.Default };
        var (ok, body, calls) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{port}}/"}""");
        Assert.False(ok);
        Assert.Equal(reason, body.GetProperty("code").GetString());
        Assert.Equal(reason, Assert.Single(calls.Evidence).Outcome.Label());
    }

    private static async Task ReadRequestAsync(Socket socket, CancellationToken stop)
    {
        var seen = "";
        var buffer = new byte[4096];
        while (!seen.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, stop);
            Assert.NotEqual(0, read);
            seen += Encoding.Latin1.GetString(buffer, 0, read);
        }
    }

    private static Func<SeenRequest, Stream, CancellationToken, Task> Coded(byte[] body, string coding) => async (_, stream, stop) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nContent-Encoding: {coding}\r\n\r\n"), stop);
        await stream.WriteAsync(body, stop);
    };

    private static byte[] Compress(byte[] plain, bool gzip)
    {
        using var compressed = new MemoryStream();
        using (Stream coder = gzip ? new GZipStream(compressed, CompressionLevel.SmallestSize) : new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            coder.Write(plain);
        }

        return compressed.ToArray();
    }
}
