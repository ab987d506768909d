using System.Text;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>Every bound, at it and one beyond, and every time-out. Time is moved by hand.</summary>
public sealed class LimitTests
{
    private const int Mebibyte = 1024 * 1024;

    [Theory]
    [InlineData(8 * 1024, 200)]
    [InlineData(8 * 1024 + 1, 414)]
    public async Task The_request_line_may_have_8_KiB(int length, int status)
    {
        var target = "/" + new string('a', length - "GET / HTTP/1.1".Length);
        await using var server = ServerFixture.Start();
        Assert.Equal(status, (await server.RoundTripAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"))!.Status);
    }

    [Fact]
    public async Task A_request_line_that_never_ends_is_refused_before_its_end()
    {
        await using var server = ServerFixture.Start();
        Assert.Equal(414, (await server.RoundTripAsync("GET /" + new string('a', 9 * 1024)))!.Status);
    }

    [Theory]
    [InlineData(32 * 1024, 200)]
    [InlineData(32 * 1024 + 1, 431)]
    public async Task The_header_section_may_have_32_KiB(int length, int status)
    {
        const string Fixed = "Host: h\r\nA: \r\n\r\n";
        await using var server = ServerFixture.Start();
        Assert.Equal(status, (await server.RoundTripAsync($"GET / HTTP/1.1\r\nHost: h\r\nA: {new string('a', length - Fixed.Length)}\r\n\r\n"))!.Status);
    }

    [Theory]
    [InlineData(100, 200)]
    [InlineData(101, 431)]
    public async Task There_may_be_100_headers(int count, int status)
    {
        var headers = string.Concat(Enumerable.Range(1, count - 1).Select(i => $"A{i}: b\r\n"));
        await using var server = ServerFixture.Start();
        Assert.Equal(status, (await server.RoundTripAsync($"GET / HTTP/1.1\r\nHost: h\r\n{headers}\r\n"))!.Status);
    }

    [Theory]
    [InlineData(Mebibyte, 200)]
    [InlineData(Mebibyte + 1, 413)]
    public async Task A_body_may_have_1_MiB(int length, int status)
    {
        await using var server = ServerFixture.Start(LengthAsync);
        using var client = await server.ConnectAsync();
        await client.TrySendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{new string('a', length)}"));
        var response = (await client.ReadAsync())!;
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 413, response.Closes);
        Assert.Equal(status == 413 ? HttpFaults.Message(HttpFault.PayloadTooLarge) : $"{length}", Text(response));
    }

    [Theory]
    [InlineData(Mebibyte, 200)]
    [InlineData(Mebibyte + 1, 413)]
    public async Task A_chunked_body_may_have_1_MiB_after_decoding(int length, int status)
    {
        await using var server = ServerFixture.Start(LengthAsync);
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var sent = 0; sent < length;)
        {
            var chunk = Math.Min(60_000, length - sent);
            await client.TrySendAsync(Encoding.ASCII.GetBytes($"{chunk:x}\r\n{new string('a', chunk)}\r\n"));
            sent += chunk;
        }

        await client.TrySendAsync("0\r\n\r\n"u8.ToArray());
        var response = (await client.ReadAsync())!;
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 413 ? HttpFaults.Message(HttpFault.PayloadTooLarge) : $"{length}", Text(response));
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_is_told_so_and_a_place_that_is_freed_can_be_taken()
    {
        await using var server = ServerFixture.Start(limits: new HttpLimits { Connections = 2 });
        await TakeTwoPlacesAndBeRefusedAThirdAsync(server, HttpFault.TooManyConnections);
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_of_its_uid_is_told_so()
    {
        await using var server = ServerFixture.Start(limits: new HttpLimits { ConnectionsPerUid = 2 });
        await TakeTwoPlacesAndBeRefusedAThirdAsync(server, HttpFault.TooManyConnectionsOfUid);
    }

    [Theory]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n")]
    public async Task A_head_that_does_not_end_in_time_is_answered_with_408(string part)
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync(part);
        await ExpectTimeoutAsync(client, time);
    }

    [Fact]
    public async Task Sending_a_byte_now_and_then_does_not_prolong_the_time_for_a_head()
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nA: ");
        var response = client.ReadAsync();
        var bytes = 0;
        while (!response.IsCompleted)
        {
            // One byte for each second of the gate's time, for ever.
            await client.TrySendAsync("a"u8.ToArray());
            bytes++;
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.Equal(408, (await response)!.Status);
        Assert.True(bytes < 32 * 1024, "The size limit, not the clock, ended it.");
    }

    [Theory]
    [InlineData("Content-Length: 3\r\n\r\nab")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\nab")]
    public async Task A_body_that_does_not_end_in_time_is_answered_with_408(string part)
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\n" + part);
        await ExpectTimeoutAsync(client, time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    public async Task An_idle_connection_is_closed_without_a_word(string before)
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(time: time);
        using var client = await server.ConnectAsync();
        if (before.Length > 0)
        {
            await client.SendAsync(before);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        Assert.True(await AdvanceUntilAsync(client.IsClosedAsync(), time));
    }

    [Fact]
    public async Task An_idle_connection_is_kept_for_its_whole_time()
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        time.Advance(TimeSpan.FromSeconds(59));
        await client.SendAsync("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("GET\n/2\n\n", (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_its_response_is_cut()
    {
        var time = new ManualTime();
        await using var server = ServerFixture.Start(
            static (exchange, _) =>
            {
                // Far more than a socket buffers.
                exchange.Response.Body.GetSpan(16 * Mebibyte);
                for (var i = 0; i < 16; i++)
                {
                    exchange.Response.Body.Advance(Mebibyte);
                }

                return default;
            },
            time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        while (server.Server.ConnectionCount != 1)
        {
            await Task.Delay(1);
        }

        while (server.Server.ConnectionCount > 0)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task A_handler_may_take_longer_than_any_time_out()
    {
        var time = new ManualTime();
        var mayEnd = new TaskCompletionSource();
        var hasBegun = new TaskCompletionSource();
        await using var server = ServerFixture.Start(
            async (exchange, aborted) =>
            {
                hasBegun.SetResult();
                await mayEnd.Task;
                exchange.Response.Status = aborted.IsCancellationRequested ? 500 : 202;
            },
            time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await hasBegun.Task;
        time.Advance(TimeSpan.FromMinutes(10));
        mayEnd.SetResult();
        Assert.Equal(202, (await client.ReadAsync())!.Status);
    }

    [Fact]
    public async Task Slow_clients_do_not_hold_up_others()
    {
        await using var server = ServerFixture.Start();
        var slow = new List<RawClient>();
        for (var i = 0; i < 100; i++)
        {
            slow.Add(await server.ConnectAsync());
            await slow[i].SendAsync(i % 2 == 0 ? "GET / HT" : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na");
        }

        Assert.Equal(200, (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))!.Status);
        slow.ForEach(client => client.Dispose());
    }

    private static async ValueTask LengthAsync(HttpExchange exchange, CancellationToken aborted)
    {
        if (await exchange.ReadBodyAsync() is { } body)
        {
            Assert.False(body.Span.ContainsAnyExcept((byte)'a'));
            System.Buffers.BuffersExtensions.Write(exchange.Response.Body, Encoding.ASCII.GetBytes($"{body.Length}"));
        }
    }

    private static string Text(RawResponse response)
        => response.Status == 200 ? response.Body : System.Text.Json.JsonDocument.Parse(response.Body).RootElement.GetProperty("message").GetString()!;

    private static async Task TakeTwoPlacesAndBeRefusedAThirdAsync(ServerFixture server, HttpFault fault)
    {
        const string Request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        foreach (var client in (RawClient[])[first, second])
        {
            await client.SendAsync(Request);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        using (var third = await server.ConnectAsync())
        {
            var refusal = (await third.ReadAsync())!;
            Assert.Equal(503, refusal.Status);
            Assert.Equal("too_many_connections", refusal.Error);
            Assert.Equal(HttpFaults.Message(fault), Text(refusal));
            Assert.True(await third.IsClosedAsync());
        }

        second.Dispose();
        while (server.Server.ConnectionCount > 1)
        {
            await Task.Delay(1);
        }

        Assert.Equal(200, (await server.RoundTripAsync(Request))!.Status);
    }

    private static async Task ExpectTimeoutAsync(RawClient client, ManualTime time)
    {
        var response = await AdvanceUntilAsync(client.ReadAsync(), time);
        Assert.Equal(408, response!.Status);
        Assert.Equal("request_timeout", response.Error);
        Assert.True(response.Closes);
        Assert.True(await client.IsClosedAsync());
    }

    /// <summary>Moves time on in steps, since the server may not have seen the client's bytes yet when the first step is made.</summary>
    private static async Task<T> AdvanceUntilAsync<T>(Task<T> task, ManualTime time)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        return await task;
    }
}
