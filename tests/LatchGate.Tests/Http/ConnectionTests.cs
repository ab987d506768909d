using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>Keep-alive, pipelining, pieces, and what ends a connection.</summary>
public sealed class ConnectionTests
{
    private const string Counted = "POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello";
    private const string Chunked = "POST /a?b=c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: u\r\n\r\n";
    private const string Echoed = "POST\n/a\nb=c\nhello";

    [Fact]
    public async Task A_hundred_requests_in_one_write_get_a_hundred_responses_in_order()
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(0, 100).Select(i => i % 3 == 0
            ? $"GET /{i} HTTP/1.1\r\nHost: h\r\n\r\n"
            : i % 3 == 1
                ? $"POST /{i} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                : $"POST /{i} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i % 3 == 0 ? $"GET\n/{i}\n\n" : $"POST\n/{i}\n\nabc", (await client.ReadAsync())!.Body);
        }
    }

    [Theory]
    [InlineData(Counted)]
    [InlineData(Chunked)]
    public async Task A_request_may_be_cut_at_any_byte(string request)
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        for (var cut = 1; cut < request.Length; cut++)
        {
            await client.SendAsync(request[..cut]);
            await WaitUntilReadAsync(client);
            await client.SendAsync(request[cut..]);
            Assert.Equal(Echoed, (await client.ReadAsync())!.Body);
        }
    }

    [Theory]
    [InlineData(Counted)]
    [InlineData(Chunked)]
    public async Task A_request_may_come_byte_by_byte(string request)
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        foreach (var single in request)
        {
            await client.SendAsync(single.ToString());
            await WaitUntilReadAsync(client);
        }

        Assert.Equal(Echoed, (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task The_spans_of_a_head_survive_the_reading_of_a_body_that_comes_later()
    {
        await using var server = ServerFixture.Start(static async (exchange, aborted) =>
        {
            var target = Encoding.ASCII.GetString(exchange.Target);
            var body = await exchange.ReadBodyAsync();
            Assert.Equal(target, Encoding.ASCII.GetString(exchange.Target));
            Assert.True(exchange.TryGetHeader("x-fill"u8, out var fill) && !fill.ContainsAnyExcept((byte)'f'));
            exchange.Response.Body.Write(Encoding.ASCII.GetBytes($"{fill.Length} {body!.Value.Length}"));
        });

        // Heads around the size of the first buffer, so that its end falls everywhere near the start of the body.
        for (var length = 3900; length < 4100; length += 7)
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX-Fill: {new string('f', length)}\r\n\r\n");
            await WaitUntilReadAsync(client);
            await client.SendAsync($"2000\r\n{new string('b', 0x2000)}\r\n0\r\n\r\n");
            Assert.Equal($"{length} {0x2000}", (await client.ReadAsync())!.Body);
        }

        Assert.Empty(server.Errors);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", true, "close")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: te, Close\r\n\r\n", true, "close")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n", false, null)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", true, "close")]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false, "keep-alive")]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", true, "close")]
    public async Task The_client_chooses_whether_the_connection_stays(string request, bool closes, string? told)
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.SendAsync(request);
        Assert.Equal(told, (await client.ReadAsync())!.Headers.GetValueOrDefault("connection"));
        if (closes)
        {
            Assert.True(await client.IsClosedAsync());
        }
        else
        {
            await client.SendAsync(Counted);
            Assert.Equal(Echoed, (await client.ReadAsync())!.Body);
        }
    }

    [Fact]
    public async Task HEAD_tells_the_length_and_sends_no_body()
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.SendAsync("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + Counted);
        Assert.Equal("9", (await client.ReadAsync(toHead: true))!.Headers["content-length"]);
        Assert.Equal(Echoed, (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task A_response_carries_date_length_and_the_handlers_headers_and_nothing_else()
    {
        await using var server = ServerFixture.Start(
            static (exchange, _) =>
            {
                exchange.Response.SetHeader("x-a"u8, "1"u8);
                exchange.Response.SetHeader("retry-after"u8, "1"u8);
                exchange.Response.SetHeader("x-a"u8, "22"u8);
                exchange.Response.Status = 404;
                return default;
            },
            time: new ManualTime());
        var response = (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!;
        Assert.Equal(404, response.Status);
        Assert.Equal(
            new Dictionary<string, string> { ["date"] = "Fri, 06 Nov 2026 08:49:37 GMT", ["content-length"] = "0", ["x-a"] = "22", ["retry-after"] = "1" },
            response.Headers);
    }

    [Fact]
    public async Task A_response_with_many_headers_and_a_large_body_arrives_whole()
    {
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},")));
        await using var server = ServerFixture.Start((exchange, _) =>
        {
            for (var i = 0; i < 50; i++)
            {
                exchange.Response.SetHeader(Encoding.ASCII.GetBytes($"x-{i}"), "0123456789012345678901234567890123456789"u8);
            }

            foreach (var piece in body.Chunk(1013))
            {
                exchange.Response.Body.Write(piece);
            }

            return default;
        });
        var response = (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!;
        Assert.Equal(52, response.Headers.Count);
        Assert.Equal(Encoding.ASCII.GetString(body), response.Body);
    }

    [Fact]
    public void A_header_cannot_split_a_response_or_change_its_framing()
    {
        var response = new HttpResponse(new HttpDate(TimeProvider.System));
        Assert.Throws<ArgumentException>(() => response.SetHeader("a"u8, "b\r\nc: d"u8));
        Assert.Throws<ArgumentException>(() => response.SetHeader("a"u8, "b\0"u8));
        Assert.Throws<ArgumentException>(() => response.SetHeader("a b"u8, "c"u8));
        Assert.Throws<ArgumentException>(() => response.SetHeader("A"u8, "c"u8));
        Assert.Throws<ArgumentException>(() => response.SetHeader("content-length"u8, "1"u8));
        Assert.Throws<ArgumentException>(() => response.SetHeader("transfer-encoding"u8, "chunked"u8));
    }

    [Fact]
    public async Task A_client_that_waits_for_100_Continue_gets_it_when_the_handler_reads()
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
        Assert.Equal(100, (await client.ReadAsync())!.Status);
        await client.SendAsync("abc");
        Assert.Equal("POST\n/\n\nabc", (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task A_client_that_waits_for_100_Continue_in_vain_gets_the_answer_and_a_closed_connection()
    {
        await using var server = ServerFixture.Start(static (exchange, _) =>
        {
            exchange.Response.Status = 401;
            return default;
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        var response = (await client.ReadAsync())!;
        Assert.Equal(401, response.Status);
        Assert.True(response.Closes);
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData("Content-Length: 70000\r\n\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n11170\r\n", "\r\n0\r\n\r\n")]
    public async Task A_body_that_the_handler_does_not_read_is_not_taken_for_the_next_request(string head, string tail)
    {
        await using var server = ServerFixture.Start(static (exchange, _) =>
        {
            exchange.Response.Body.Write(exchange.Path);
            return default;
        });
        using var client = await server.ConnectAsync();
        var body = string.Concat(Enumerable.Repeat("GET /smuggled HTTP/1.1\r\nHost:h\r\n\r\n..", 2000))[..70000];
        await client.SendAsync($"POST /first HTTP/1.1\r\nHost: h\r\n{head}{body}{tail}GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("/first", (await client.ReadAsync())!.Body);
        Assert.Equal("/second", (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task A_handler_that_throws_gives_500_and_the_server_goes_on()
    {
        await using var server = ServerFixture.Start(static (exchange, _) =>
        {
            exchange.Response.Body.Write("half an answer"u8);
            return exchange.Path.SequenceEqual("/fail"u8) ? throw new InvalidOperationException("a secret detail") : default;
        });
        var response = (await server.RoundTripAsync("GET /fail HTTP/1.1\r\nHost: h\r\n\r\n"))!;
        Assert.Equal(500, response.Status);
        Assert.Equal("internal_error", response.Error);
        Assert.DoesNotContain("secret", response.Body, StringComparison.Ordinal);
        Assert.Equal("a secret detail", Assert.Single(server.Errors).Message);
        Assert.Equal(200, (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!.Status);
    }

    [Fact]
    public async Task The_first_of_several_headers_wins_and_they_are_counted()
    {
        await using var server = ServerFixture.Start(static (exchange, aborted) =>
        {
            Assert.True(exchange.TryGetHeader("dpop"u8, out var value));
            Assert.False(exchange.TryGetHeader("absent"u8, out _));
            exchange.Response.Body.Write(value);
            exchange.Response.Body.Write(Encoding.ASCII.GetBytes($" {exchange.CountHeaders("dpop"u8)} {exchange.CountHeaders("absent"u8)} {exchange.HeaderCount}"));
            return default;
        });
        Assert.Equal("one 2 0 3", (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\nDPoP:  one \r\ndpop: two\r\n\r\n"))!.Body);
    }

    [Fact]
    public async Task The_peer_is_known_by_its_credentials()
    {
        PeerCredentials? peer = null;
        await using var server = ServerFixture.Start((exchange, _) =>
        {
            peer = exchange.Peer;
            return default;
        });
        await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        var status = File.ReadAllLines("/proc/self/status");
        Assert.Equal(Environment.ProcessId, peer!.Value.ProcessId);
        Assert.Equal(Field(status, "Uid:"), peer.Value.UserId);
        Assert.Equal(Field(status, "Gid:"), peer.Value.GroupId);

        // The second figure is the effective one.
        static uint Field(string[] status, string name)
            => uint.Parse(status.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_client_that_goes_away_before_its_response_harms_nobody()
    {
        await using var server = ServerFixture.Start(static (exchange, _) =>
        {
            exchange.Response.Body.GetSpan(8 << 20)[..(4 << 20)].Fill((byte)'x');
            exchange.Response.Body.Advance(4 << 20);
            return default;
        });
        for (var i = 0; i < 20; i++)
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            _ = await client.Socket.ReceiveAsync(new byte[1000], SocketFlags.None);
        }

        Assert.Equal(4 << 20, (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!.Body.Length);
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task A_handler_hears_that_its_peer_has_hung_up_and_still_runs_to_its_end()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var server = ServerFixture.Start(async (_, aborted) =>
        {
            begun.SetResult();
            var heard = new TaskCompletionSource();
            await using var registration = aborted.Register(heard.SetResult);
            await heard.Task;
            await Task.Yield();
            ended.SetResult();
        });
        var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n");
        await begun.Task;
        client.Dispose();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task A_client_that_has_only_finished_sending_gets_its_response()
    {
        await using var server = ServerFixture.Start(static async (exchange, aborted) =>
        {
            await Task.Delay(200, CancellationToken.None);
            exchange.Response.Status = aborted.IsCancellationRequested ? 500 : 202;
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(202, (await client.ReadAsync())!.Status);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task HttpClient_understands_the_server()
    {
        await using var server = ServerFixture.Start();
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                connections++;
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.Path), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };

        Assert.Equal("GET\n/a%20b\nc=d\n", await http.GetStringAsync("/a b?c=d"));
        using var posted = await http.PostAsync("/x", new StringContent("é"));
        Assert.Equal("POST\n/x\n\né", await posted.Content.ReadAsStringAsync());

        using var chunked = new HttpRequestMessage(HttpMethod.Delete, "/y") { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string('z', 300_000))) };
        chunked.Headers.TransferEncodingChunked = true;
        chunked.Headers.ExpectContinue = true;
        using var deleted = await http.SendAsync(chunked);
        Assert.Equal("DELETE\n/y\n\n" + new string('z', 300_000), await deleted.Content.ReadAsStringAsync());

        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/z"));
        Assert.Equal(9, head.Content.Headers.ContentLength);
        Assert.Equal(1, connections);

        using var tooLarge = await http.PostAsync("/x", new ByteArrayContent(new byte[1024 * 1024 + 1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal("GET\n/\n\n", await http.GetStringAsync("/"));
    }

    /// <summary>Waits until the server has taken everything from the socket, so that the cut is a cut.</summary>
    private static async Task WaitUntilReadAsync(RawClient client)
    {
        while (Unread(client.Socket) > 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>SIOCOUTQ of unix(7): bytes that the peer has not read.</summary>
    private static int Unread(Socket socket)
    {
        const int BytesInOutQueue = 0x5411;
        var count = new byte[4];
        Assert.Equal(0, Ioctl((int)socket.Handle, BytesInOutQueue, count));
        return BitConverter.ToInt32(count);
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Ioctl(int descriptor, nuint request, byte[] argument);
}
