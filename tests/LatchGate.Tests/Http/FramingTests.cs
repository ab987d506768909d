using System.Text;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>What is refused, with which code, and that the connection ends: RFC 9112 §3 to §7.</summary>
public sealed class FramingTests
{
    private const string Chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static TheoryData<string, int, string> Refused => new()
    {
        // Two framings, or one that can be read in two ways.
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3 3\r\n\r\nabc", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775808\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551617\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\n", 413, "payload_too_large" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "not_implemented" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 501, "not_implemented" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501, "not_implemented" },
        { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request" },

        // Lines and names.
        { "GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\u007f\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tc: d\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost\t: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA\u00e9: c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nA\0: c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\n: c\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nnocolon\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1\r\nHost: h\r\nExpect: the-unexpected\r\n\r\n", 417, "expectation_failed" },
        { "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 417, "expectation_failed" },

        // Request lines.
        { "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, "bad_request" },
        { " GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "G\u00e9T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / http/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400, "bad_request" },
        { "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505, "unsupported_version" },
        { "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505, "unsupported_version" },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported_version" },
        { "\u0016\u0003\u0001\u0002\u0000\u0001", 400, "bad_request" },

        // Chunks.
        { Chunked + "g\r\n", 400, "bad_request" },
        { Chunked + "\r\n", 400, "bad_request" },
        { Chunked + "-1\r\n", 400, "bad_request" },
        { Chunked + "0x1\r\na\r\n", 400, "bad_request" },
        { Chunked + "1 \r\na\r\n", 400, "bad_request" },
        { Chunked + " 1\r\na\r\n", 400, "bad_request" },
        { Chunked + "1\na\r\n", 400, "bad_request" },
        { Chunked + "1\ra", 400, "bad_request" },
        { Chunked + "1\r\nab\r\n", 400, "bad_request" },
        { Chunked + "1\r\na\n", 400, "bad_request" },
        { Chunked + "1;a\0\r\n", 400, "bad_request" },
        { Chunked + "1;a\nb\r\n", 400, "bad_request" },
        { Chunked + "000000001\r\na", 400, "bad_request" },
        { Chunked + "100000000\r\na", 400, "bad_request" },
        { Chunked + "fffffffffffffffff\r\na", 400, "bad_request" },
        { Chunked + "ffffffff\r\n" + new string('a', 1024 * 1024 + 1), 413, "payload_too_large" },
        { Chunked + "1;" + new string('x', 4097) + "\r\n", 400, "bad_request" },
        { Chunked + "0\r\nnocolon\r\n\r\n", 400, "bad_request" },
        { Chunked + "0\r\n folded: a\r\n\r\n", 400, "bad_request" },
        { Chunked + "0\r\na: b\nc: d\r\n\r\n", 400, "bad_request" },
        { Chunked + "0\r\na: \0\r\n\r\n", 400, "bad_request" },
        { Chunked + "0\r\n\n", 400, "bad_request" },
        { Chunked + "0\r\na: " + new string('x', 32 * 1024) + "\r\n\r\n", 431, "header_too_large" },
        { Chunked + "0\r\n" + string.Concat(Enumerable.Repeat("a:\r\n", 101)) + "\r\n", 431, "header_too_large" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_ambiguous_or_malformed_request_is_refused_and_the_connection_ends(string request, int status, string code)
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.TrySendAsync(Encoding.Latin1.GetBytes(request + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"));

        var response = await client.ReadAsync();

        Assert.NotNull(response);
        Assert.Equal(status, response.Status);
        Assert.Equal(code, response.Error);
        Assert.Equal("application/json", response.Headers["content-type"]);
        Assert.True(response.Closes);
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET\n/\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: anything at all\r\n\r\n", "GET\n/\n\n")]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET\n/\n\n")]
    [InlineData("GET http://[::1]:80/a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", "GET\n/a\nb=c\n")]
    [InlineData("GET /a?b=/c?d HTTP/1.1\r\nHost: h\r\n\r\n", "GET\n/a\nb=/c?d\n")]
    [InlineData("GET /a%2Fb? HTTP/1.1\r\nHost: h\r\n\r\n", "GET\n/a%2Fb\n\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS\n*\n\n")]
    [InlineData("BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "BREW\n/\n\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\ncOnTeNt-LeNgTh:\t 003 \t\r\n\r\nabc", "POST\n/\n\nabc")]
    [InlineData("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", "POST\n/\n\nabc")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n3;x=\"y\"\r\nabc\r\n0A\r\n0123456789\r\n000\r\nTrailer: t\r\n\r\n", "POST\n/\n\nabc0123456789")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nA: \u00e9\tb\r\n\r\n", "GET\n/\n\n")]
    public async Task A_sound_request_is_served_and_the_next_one_too(string request, string echoed)
    {
        await using var server = ServerFixture.Start();
        using var client = await server.ConnectAsync();
        await client.SendAsync(request.Replace("HTTP/1.0\r\n", "HTTP/1.0\r\nConnection: keep-alive\r\n", StringComparison.Ordinal));
        await client.SendAsync("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.Equal(echoed, (await client.ReadAsync())!.Body);
        Assert.Equal("GET\n/next\n\n", (await client.ReadAsync())!.Body);
    }

    [Fact]
    public void Every_fault_has_a_status_a_code_and_a_JSON_body()
    {
        foreach (var fault in Enum.GetValues<HttpFault>())
        {
            using var body = System.Text.Json.JsonDocument.Parse(HttpFaults.Body(fault).ToArray());
            Assert.Equal(HttpFaults.Code(fault), body.RootElement.GetProperty("error").GetString());
            Assert.Equal(HttpFaults.Message(fault), body.RootElement.GetProperty("message").GetString());
            Assert.InRange(HttpFaults.Status(fault), 200, 505);
        }
    }
}
