using System.Net;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

/// <summary>Requests that go through a forward proxy: judged in full before, and judged once more by the proxy.</summary>
public sealed class ProxyTests
{
    [Fact]
    public async Task An_https_target_is_reached_through_a_tunnel_by_name_and_its_certificate_is_checked()
    {
        using var certificate = TestCertificates.SelfSigned("api.test");
        await using var server = new LoopbackServer(Hello, certificate);
        await using var proxy = new TestProxy(server.Port);
        using var rig = new Rig(root: certificate, proxy: proxy.Address);
        rig.Resolver.Table["other.test"] = [IPAddress.Loopback];

        var (ok, body, _) = await rig.GetAsync("https://api.test/x");
        var (again, _, _) = await rig.GetAsync("https://api.test/y");
        var (other, refused, _) = await rig.GetAsync("https://other.test/");

        Assert.True(ok && again);
        Assert.Equal("hello", body.GetProperty("body_text").GetString());
        Assert.False(other);
        Assert.Equal("tls_failed", refused.GetProperty("code").GetString());
        Assert.Equal(["CONNECT api.test:443 HTTP/1.1", "CONNECT other.test:443 HTTP/1.1"], proxy.Asked);
        Assert.All(server.Requests, static request => Assert.Contains("Host: api.test", request.Head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_http_target_is_asked_for_in_absolute_form()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("hello"));
        await using var proxy = new TestProxy(server.Port);
        using var rig = new Rig(proxy: proxy.Address);

        var (ok, body, _) = await rig.GetAsync("http://api.test:8080/a?b=c");

        Assert.True(ok);
        Assert.Equal("hello", body.GetProperty("body_text").GetString());
        Assert.Equal("GET http://api.test:8080/a?b=c HTTP/1.1", Assert.Single(proxy.Asked));
    }

    [Fact]
    public async Task The_gate_judges_names_and_addresses_itself_before_it_asks_the_proxy()
    {
        await using var proxy = new TestProxy(1);
        using var rig = new Rig(proxy: proxy.Address);
        rig.Resolver.Table["inside.test"] = [IPAddress.Parse("10.0.0.1")];

        var (_, unlisted, _) = await rig.GetAsync("https://elsewhere.example/");
        var (_, inside, _) = await rig.GetAsync("https://inside.test/");

        Assert.Equal("host_not_allowed", unlisted.GetProperty("code").GetString());
        Assert.Equal("private_target", inside.GetProperty("code").GetString());
        Assert.Equal(0, proxy.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 4\r\n\r\nno\r\n", "proxy_denied", 403)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "proxy_denied", 403)]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", "proxy_denied", 403)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nx-squid-error: ERR_DNS_FAIL 0\r\n\r\n", "dns_failed", 502)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", "connect_failed", 502)]
    [InlineData("HTTP/1.1 500 Internal\r\n\r\n", "proxy_failed", 502)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", "proxy_failed", 502)]
    [InlineData("SSH-2.0-OpenSSH_9\r\n\r\n", "proxy_failed", 502)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nand more than was asked for", "proxy_failed", 502)]
    public async Task What_the_proxy_says_of_a_tunnel_is_the_reason(string answer, string reason, int status)
    {
        await using var proxy = new TestProxy(1) { Answer = answer };
        using var rig = new Rig(proxy: proxy.Address);

        var (ok, body, calls) = await rig.GetAsync("https://api.test/");

        Assert.False(ok);
        Assert.Equal(reason, body.GetProperty("code").GetString());
        Assert.Equal(status, calls.FirstRefusal?.Status);
        Assert.Equal(EgressLayer.Proxy, calls.FirstRefusal?.Layer);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 2\r\n\r\nno", "proxy_denied")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\nContent-Length: 2\r\n\r\nno", "dns_failed")]
    public async Task An_error_page_of_the_proxy_is_not_the_targets_answer(string answer, string reason)
    {
        await using var proxy = new TestProxy(1) { Answer = answer };
        using var rig = new Rig(proxy: proxy.Address);

        var (ok, body, calls) = await rig.GetAsync("http://api.test/");

        Assert.False(ok);
        Assert.Equal(reason, body.GetProperty("code").GetString());
        Assert.Equal(EgressLayer.Proxy, calls.FirstRefusal?.Layer);
    }

    [Fact]
    public async Task A_403_of_the_target_itself_is_its_answer()
    {
        await using var server = new LoopbackServer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = new TestProxy(server.Port);
        using var rig = new Rig(proxy: proxy.Address);

        var (ok, body, _) = await rig.GetAsync("http://api.test/");

        Assert.True(ok);
        Assert.Equal(403, body.GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_proxy_that_is_down_is_a_reason_of_its_own(string scheme)
    {
        Uri address;
        await using (var proxy = new TestProxy(1))
        {
            address = proxy.Address;
        }

        using var rig = new Rig(proxy: address);
        var (_, body, calls) = await rig.GetAsync($"{scheme}://api.test/");

        Assert.Equal("proxy_failed", body.GetProperty("code").GetString());
        Assert.Equal((502, EgressLayer.Proxy), (calls.FirstRefusal?.Status, calls.FirstRefusal?.Layer));
    }

    [Fact]
    public async Task A_proxy_whose_answer_never_ends_is_left()
    {
        await using var proxy = new TestProxy(1) { Answer = "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X-More: 1\r\n", 10_000)) };
        using var rig = new Rig(proxy: proxy.Address);

        var (_, body, _) = await rig.GetAsync("https://api.test/");

        Assert.Equal("proxy_failed", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_proxy_that_never_answers_hits_the_connect_time_out()
    {
        await using var proxy = new TestProxy(1) { Answer = "" };
        using var rig = new Rig(proxy: proxy.Address) { Limits = EgressLimits.Default with { ConnectMs = 200 } };

        var (_, body, _) = await rig.GetAsync("https://api.test/");

        Assert.Equal("connect_timeout", body.GetProperty("code").GetString());
    }

    private static Task Hello(SeenRequest request, Stream stream, CancellationToken stop) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok("hello")), stop).AsTask();
}
