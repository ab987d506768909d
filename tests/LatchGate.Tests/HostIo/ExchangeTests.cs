using System.Text;
using LatchGate.Egress;
using LatchGate.Sandbox;

namespace LatchGate.Tests.HostIo;

/// <summary>Bounds of one exchange, and what passes in either direction.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = new LoopbackServer("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        using var rig = new Rig();

        var (ok, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("redirect_blocked", body.GetProperty("code").GetString());
        Assert.Single(server.Requests);
        Assert.Equal(302, Assert.Single(calls.Evidence).Status);
    }

    [Fact]
    public async Task Where_redirects_are_followed_another_origin_gets_only_harmless_headers()
    {
        await using var second = new LoopbackServer(LoopbackServer.Ok("arrived"));
        await using var first = new LoopbackServer($"HTTP/1.1 302 Found\r\nLocation: http://other.test:{second.Port}/x\r\nContent-Length: 0\r\n\r\n");
        using var rig = new Rig { MaxRedirects = 1 };
        rig.Resolver.Table["other.test"] = rig.Resolver.Table["api.test"];

        var (ok, body, calls) = await rig.CallAsync(
            $$$"""{"method":"GET","url":"http://api.test:{{{first.Port}}}/","headers":{"Accept":"text/plain","X-Trace":"t"}}""");

        Assert.True(ok);
        Assert.Equal("arrived", body.GetProperty("body_text").GetString());
        Assert.Contains("X-Trace: t", Assert.Single(first.Requests).Head, StringComparison.Ordinal);
        var head = Assert.Single(second.Requests).Head;
        Assert.DoesNotContain("X-Trace", head, StringComparison.Ordinal);
        Assert.Contains("Accept: text/plain", head, StringComparison.Ordinal);
        Assert.Equal(["api.test", "other.test"], rig.Resolver.Asked);
        Assert.Equal(2, calls.Evidence.Count);
    }

    [Fact]
    public async Task A_slow_answer_hits_the_shorter_of_both_time_outs()
    {
        await using var server = new LoopbackServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        using var rig = new Rig();

        var (ok, body, calls) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/","timeout_ms":200}""");

        Assert.False(ok);
        Assert.Equal("request_timeout", body.GetProperty("code").GetString());

        // The request was sent, so it may have had its effect.
        var evidence = Assert.Single(calls.Evidence);
        Assert.Equal(EgressReason.RequestTimeout, evidence.Outcome);
        Assert.Null(evidence.Status);
    }

    [Fact]
    public async Task A_body_that_stalls_hits_the_time_out()
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var rig = new Rig { Limits = EgressLimits.Default with { RequestMs = 200 } };

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("request_timeout", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_executions_deadline_ends_a_call_and_leaves_evidence()
    {
        using var deadline = new CancellationTokenSource();
        await using var server = new LoopbackServer(async (_, _, stop) =>
        {
            await deadline.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var rig = new Rig();
        var calls = rig.Calls();
        var request = Encoding.UTF8.GetBytes($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/"}""");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await calls.CallAsync(HostImports.Http, request, deadline.Token));

        Assert.Single(calls.Evidence);
    }

    [Theory]
    [InlineData("Content-Length: 11\r\n\r\n01234567890")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n")]
    public async Task An_answer_one_byte_over_the_limit_is_refused(string rest)
    {
        await using var server = new LoopbackServer("HTTP/1.1 200 OK\r\n" + rest);
        using var rig = new Rig { Limits = EgressLimits.Default with { ResponseBytes = 10 } };

        var (ok, body, calls) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/"}""");

        Assert.False(ok);
        Assert.Equal("response_too_large", body.GetProperty("code").GetString());
        Assert.Equal(200, Assert.Single(calls.Evidence).Status);
        Assert.Null(calls.Evidence[0].ResponseBody);
    }

    [Fact]
    public async Task An_endless_answer_is_cut()
    {
        await using var server = new LoopbackServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
            while (true)
            {
                await stream.WriteAsync(new byte[4096], stop);
            }
        });
        using var rig = new Rig { Limits = EgressLimits.Default with { ResponseBytes = 100_000 } };

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("response_too_large", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_answer_at_the_limit_passes_also_when_it_outgrows_the_first_buffer()
    {
        var content = new string('z', 100_000);
        await using var server = new LoopbackServer(LoopbackServer.Ok(content));
        using var rig = new Rig { Limits = EgressLimits.Default with { ResponseBytes = content.Length } };

        var (ok, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.True(ok);
        Assert.Equal(content, body.GetProperty("body_text").GetString());
    }

    [Fact]
    public async Task A_request_body_over_the_limit_is_not_sent()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig { Limits = EgressLimits.Default with { RequestBytes = 3 } };

        var (_, body, _) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/","body_text":"four"}""");

        Assert.Equal("request_too_large", body.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_delete_is_not_sent_again_when_a_reused_connection_dies()
    {
        await using var server = new LoopbackServer(async (request, stream, stop) =>
        {
            if (request.Head.StartsWith("DELETE", StringComparison.Ordinal))
            {
                stream.Close();
                return;
            }

            await stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok("warm")), stop);
        });
        using var rig = new Rig();
        await rig.GetAsync($"http://api.test:{server.Port}/");

        var (ok, body, _) = await rig.CallAsync($$"""{"method":"DELETE","url":"http://api.test:{{server.Port}}/thing"}""");

        Assert.False(ok);
        Assert.Equal("upstream_failed", body.GetProperty("code").GetString());
        var delete = Assert.Single(server.Requests, r => r.Head.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.Equal(1, delete.Connection);
    }

    [Fact]
    public async Task Headers_that_are_not_the_guests_to_set_are_left_out_and_recorded()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig();

        var (ok, _, calls) = await rig.CallAsync($$"""
            {"method":"POST","url":"http://api.test:{{server.Port}}/","body_text":"{}","headers":{
            "Host":"evil.test","Authorization":"Bearer x","X-Api-Key":"x","PRIVATE-TOKEN":"x","DD-API-KEY":"x","X-Auth-Token":"x",
            "Cookie":"x","Transfer-Encoding":"chunked","Content-Length":"99","X-Forwarded-For":"x","Connection":"upgrade",
            "Content-Type":"application/json","X-Request-Kind":"mine"} }
            """);

        Assert.True(ok);
        var head = Assert.Single(server.Requests).Head;
        var names = head.Split("\r\n").Skip(1).Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant()).Order(StringComparer.Ordinal);
        Assert.Equal(["accept-encoding", "content-length", "content-type", "host", "user-agent", "x-request-kind"], names);
        Assert.Contains($"Host: api.test:{server.Port}", head, StringComparison.Ordinal);
        Assert.Equal(
            ["host", "authorization", "x-api-key", "private-token", "dd-api-key", "x-auth-token", "cookie", "transfer-encoding", "content-length", "x-forwarded-for", "connection"],
            Assert.Single(calls.Evidence).StrippedHeaders);
    }

    [Theory]
    [InlineData("X-A", "a\\r\\nX-B: b")]
    [InlineData("X-A", "a\\u0000")]
    [InlineData("X-A", "ü")]
    [InlineData("X A", "a")]
    [InlineData("", "a")]
    [InlineData("X-A:", "a")]
    public async Task A_header_that_could_split_a_request_is_refused(string name, string value)
    {
        using var rig = new Rig();

        var (ok, body, _) = await rig.CallAsync($$$"""{"method":"GET","url":"http://api.test/","headers":{"{{{name}}}":"{{{value}}}"}}""");

        Assert.False(ok);
        Assert.Equal("invalid_header", body.GetProperty("code").GetString());
        Assert.Empty(rig.Resolver.Asked);
    }

    [Fact]
    public async Task A_guest_sees_no_cookies_and_joined_fields()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("", "Set-Cookie: s=1\r\nX-Many: a\r\nX-Many: b\r\nKeep-Alive: timeout=5\r\nX-Latin: caf\u00e9\r\n"));
        using var rig = new Rig();

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        var headers = body.GetProperty("headers");
        Assert.Equal(["x-latin", "x-many"], headers.EnumerateObject().Select(h => h.Name).Order(StringComparer.Ordinal));
        Assert.Equal("a, b", headers.GetProperty("x-many").GetString());
        Assert.Equal("café", headers.GetProperty("x-latin").GetString());
    }

    [Fact]
    public async Task A_body_that_is_not_UTF_8_comes_as_base64()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("\u00ff\u00fe"));
        using var rig = new Rig();

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("//4=", body.GetProperty("body_base64").GetString());
        Assert.False(body.TryGetProperty("body_text", out _));
    }

    [Fact]
    public async Task Bytes_are_sent_as_given_in_base64()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig();

        await rig.CallAsync($$"""{"method":"PUT","url":"http://api.test:{{server.Port}}/","body_base64":"//4="}""");

        Assert.Equal([0xFF, 0xFE], Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task A_head_request_passes_whatever_length_it_announces()
    {
        await using var server = new LoopbackServer("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
        using var rig = new Rig();

        var (ok, body, _) = await rig.CallAsync($$"""{"method":"HEAD","url":"http://api.test:{{server.Port}}/"}""");

        Assert.True(ok);
        Assert.Equal("", body.GetProperty("body_text").GetString());
    }

    [Theory]
    [InlineData("CONNECT")]
    [InlineData("TRACE")]
    [InlineData("get")]
    public async Task Only_plain_methods_are_sent(string method)
    {
        using var rig = new Rig();

        var (_, body, _) = await rig.CallAsync($$"""{"method":"{{method}}","url":"http://api.test/"}""");

        Assert.Equal("method_not_allowed", body.GetProperty("code").GetString());
        Assert.Empty(rig.Resolver.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"method":"GET"}""")]
    [InlineData("""{"url":"http://api.test/"}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","extra":1}""")]
    [InlineData("""{"method":"GET","method":"GET","url":"http://api.test/"}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","body_text":"a","body_base64":"YQ=="}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","body_base64":"*"}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","timeout_ms":0}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","timeout_ms":1.5}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","headers":{"a":1}}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/\ud800"}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/","body_text":"\ud800"}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/"} x""")]
    [InlineData("""{"method":"GET","url":"http://api.test/"}{}""")]
    [InlineData("""{"method":"GET","url":"http://api.test/\""")]
    public async Task A_request_that_is_not_the_agreed_JSON_is_refused(string json)
    {
        using var rig = new Rig();

        var (ok, body, calls) = await rig.CallAsync(json);

        Assert.False(ok);
        Assert.Equal("invalid_request", body.GetProperty("code").GetString());
        Assert.Equal(EgressReason.InvalidRequest, calls.FirstRefusal?.Reason);
    }

    [Fact]
    public async Task Garbage_instead_of_HTTP_is_the_peers_failure()
    {
        await using var server = new LoopbackServer("220 mail ready\r\n");
        using var rig = new Rig();

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("upstream_failed", body.GetProperty("code").GetString());
    }
}
