using System.Text;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>Requests that are nearly good, from fixed seeds.</summary>
public sealed class FuzzTests
{
    private static readonly byte[][] Seeds =
    [
        "GET /v1/actions/a%20b?x=1&y=2 HTTP/1.1\r\nHost: localhost\r\nAuthorization: DPoP abc\r\n\r\n"u8.ToArray(),
        "POST /v1/leases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"a\":\"b\",\"c\"}"u8.ToArray(),
        "POST /v1/leases HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n"u8.ToArray(),
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"u8.ToArray(),
    ];

    private static readonly byte[][] Tokens =
    [
        "\r\n"u8.ToArray(), "\n"u8.ToArray(), "\r"u8.ToArray(), "\0"u8.ToArray(), " "u8.ToArray(), "\t"u8.ToArray(), ":"u8.ToArray(), ";"u8.ToArray(),
        "0\r\n\r\n"u8.ToArray(), "Content-Length: 5\r\n"u8.ToArray(), "Transfer-Encoding: chunked\r\n"u8.ToArray(), "Host: h\r\n"u8.ToArray(),
        "Connection: close\r\n"u8.ToArray(), "ffffffff"u8.ToArray(), "GET / HTTP/1.1\r\n"u8.ToArray(), [0xff, 0xfe],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Mutated_requests_are_answered_or_refused_and_the_server_goes_on(int seed)
    {
        var random = new Random(seed);
        await using var server = ServerFixture.Start(limits: new HttpLimits
        {
            SweepInterval = TimeSpan.FromMilliseconds(10),
            HeaderTimeout = TimeSpan.FromMilliseconds(30),
            BodyTimeout = TimeSpan.FromMilliseconds(30),
            LingerTimeout = TimeSpan.FromMilliseconds(30),
        });
        for (var round = 0; round < 250; round++)
        {
            using var client = await server.ConnectAsync();
            await client.TrySendAsync(Mutate(random));
            client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            while (await client.ReadAsync() is { } response)
            {
                Assert.Contains(response.Status, (int[])[100, 200, 400, 408, 413, 414, 417, 431, 501, 505]);
                if (response.Status >= 400)
                {
                    Assert.NotNull(response.Error);
                    break;
                }
            }
        }

        Assert.Equal("GET\n/\n\n", (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!.Body);
        Assert.Empty(server.Errors);
    }

    /// <summary>The verdict on a head is a function of its bytes alone, not of how they were cut.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_head_is_judged_alike_in_one_piece_and_byte_by_byte(int seed)
    {
        var random = new Random(seed);
        var limits = new HttpLimits { RequestLineBytes = 64, HeaderSectionBytes = 160, HeaderCount = 6 };
        var verdicts = new HashSet<HttpFault>();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Mutate(random);
            var whole = new RequestHead(limits);
            var wholeProgress = whole.Advance(bytes.AsSpan().ToArray());

            var cut = new RequestHead(limits);
            var data = bytes.ToArray();
            var cutProgress = HeadProgress.Incomplete;
            for (var length = 1; length <= data.Length && cutProgress == HeadProgress.Incomplete; length++)
            {
                cutProgress = cut.Advance(data.AsSpan(0, length));
            }

            Assert.Equal(wholeProgress, cutProgress);
            Assert.Equal(wholeProgress == HeadProgress.Complete ? whole.Length : 0, cutProgress == HeadProgress.Complete ? cut.Length : 0);

            // Where several things are wrong the pieces may show another one first, but both refuse.
            verdicts.Add(whole.Fault);
        }

        Assert.True(verdicts.Count > 10, "The mutations reach too little.");
    }

    /// <summary>A chunked body decodes to the same bytes, or fails, however it is cut.</summary>
    [Fact]
    public void A_chunked_body_is_judged_alike_in_one_piece_and_byte_by_byte()
    {
        var random = new Random(7);
        var limits = new HttpLimits { BodyBytes = 64 };
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Mutate(random, Encoding.ASCII.GetBytes("5;a=b\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\nleftover"));
            var wholeBody = new BodyBuffer(limits.BodyBytes);
            var whole = default(ChunkedDecoder);
            var wholeProgress = whole.Decode(bytes, wholeBody, limits, out var wholeConsumed, out _);

            var cutBody = new BodyBuffer(limits.BodyBytes);
            var cut = default(ChunkedDecoder);
            var cutProgress = ChunkProgress.Incomplete;
            var cutConsumed = 0;
            while (cutConsumed < bytes.Length && cutProgress == ChunkProgress.Incomplete)
            {
                cutProgress = cut.Decode(bytes.AsSpan(cutConsumed, 1), cutBody, limits, out var one, out _);
                cutConsumed += one;
            }

            Assert.Equal(wholeProgress, cutProgress);
            if (wholeProgress == ChunkProgress.Complete)
            {
                Assert.Equal(wholeConsumed, cutConsumed);
                Assert.Equal(wholeBody.Written.ToArray(), cutBody.Written.ToArray());
            }

            wholeBody.Release();
            cutBody.Release();
        }
    }

    private static byte[] Mutate(Random random) => Mutate(random, Seeds[random.Next(Seeds.Length)]);

    private static byte[] Mutate(Random random, byte[] seed)
    {
        var bytes = new List<byte>(seed);
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(40), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)'a', random.Next(200)));
                    break;
            }
        }

        return [.. bytes];
    }
}
