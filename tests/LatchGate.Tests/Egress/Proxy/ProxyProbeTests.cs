using System.Net;
using System.Net.Sockets;
using System.Text;
using LatchGate.Config;
using LatchGate.Egress.Proxy;

namespace LatchGate.Tests.Egress.Proxy;

public sealed class ProxyProbeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Answers => new()
    {
        { "HTTP/1.1 403 Forbidden\r\n\r\n", "None" },
        { "HTTP/1.1 200 Connection established\r\n\r\n", "AllowsUnlistedName" },
        { "HTTP/1.1 503 Service Unavailable\r\n\r\n", "AllowsUnlistedName" },
        { "HTTP/1.0 502 Bad Gateway\r\n\r\n", "AllowsUnlistedName" },
        { "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "WantsCredentials" },
        { "HTTP/1.1 405 Method Not Allowed\r\n\r\n", "NoProxy" },
        { "HTTP/1.1 301 Moved\r\n\r\n", "NoProxy" },
        { "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "NoAnswer" },
        { "HTTP/1.1 4\u00b23 x", "NoAnswer" },
        { "HTTP/1.1", "NoAnswer" },
        { "", "NoAnswer" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_answer_to_what_must_be_refused_tells_what_the_proxy_is(string answer, string fault)
    {
        await using var proxy = new FakeProxy(_ => answer);
        Assert.Equal(fault, (await ProbeAsync(proxy)).ToString());
    }

    [Fact]
    public async Task A_proxy_that_refuses_names_and_not_private_addresses_is_open()
    {
        await using var proxy = new FakeProxy(request => request.Contains(".invalid", StringComparison.Ordinal) ? "HTTP/1.1 403 No\r\n\r\n" : "HTTP/1.1 503 Tried\r\n\r\n");
        Assert.Equal(ProxyFault.AllowsPrivateAddress, await ProbeAsync(proxy));
    }

    [Fact]
    public async Task A_proxy_that_refuses_tunnels_and_not_plain_requests_is_open()
    {
        await using var proxy = new FakeProxy(request => request.StartsWith("CONNECT", StringComparison.Ordinal) ? "HTTP/1.1 403 No\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n");
        Assert.Equal(ProxyFault.AllowsUnlistedName, await ProbeAsync(proxy));
    }

    [Fact]
    public async Task The_canary_name_is_new_each_time_and_never_resolves()
    {
        await using var proxy = new FakeProxy(_ => "HTTP/1.1 403 No\r\n\r\n");
        await ProbeAsync(proxy);
        await ProbeAsync(proxy);
        var names = proxy.Requests.Where(r => r.StartsWith("CONNECT", StringComparison.Ordinal) && r.Contains("canary", StringComparison.Ordinal))
            .Select(r => r.Split(' ')[1]).ToArray();
        Assert.Equal(2, names.Distinct().Count());
        Assert.All(names, name => Assert.EndsWith(".invalid:443", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_there_and_a_name_that_does_not_resolve_are_unreachable()
    {
        int port;
        await using (var proxy = new FakeProxy(_ => ""))
        {
            port = proxy.Port;
        }

        Assert.Equal(ProxyFault.Unreachable, await new ProxyProbe(new ProxyAddress("127.0.0.1", port), Patience).RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ProxyFault.Unreachable, await new ProxyProbe(new ProxyAddress("no-such-host.invalid", port), Patience).RunAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_is_not_waited_for_for_ever()
    {
        await using var proxy = new FakeProxy(_ => null);
        Assert.Equal(ProxyFault.NoAnswer, await new ProxyProbe(new ProxyAddress("127.0.0.1", proxy.Port), TimeSpan.FromMilliseconds(300)).RunAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("http://squid:3128", "squid", 3128)]
    [InlineData("HTTP://Squid.Example.com.:3128/", "squid.example.com", 3128)]
    [InlineData("http://127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("http://[::1]:65535", "::1", 65535)]
    public void A_proxy_may_be_named_by_host_or_address(string text, string host, int port)
    {
        Assert.True(ProxyAddress.TryParse(text, out var address));
        Assert.Equal((host, port), (address!.Host, address.Port));
        Assert.True(ProxyAddress.TryParse(address.ToString(), out var again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("squid:3128")]
    [InlineData("https://squid:3128")]
    [InlineData("socks5://squid:1080")]
    [InlineData("http://squid")]
    [InlineData("http://squid:")]
    [InlineData("http://squid:0")]
    [InlineData("http://squid:03128")]
    [InlineData("http://squid:65536")]
    [InlineData("http://squid:3128/path")]
    [InlineData("http://squid:3128?x")]
    [InlineData("http://user:pw@squid:3128")]
    [InlineData("http://sq uid:3128")]
    [InlineData("http://:3128")]
    [InlineData("http://::1:3128")]
    [InlineData("http://2130706433:3128")]
    public void What_is_no_proxy_address_is_refused(string text) => Assert.False(ProxyAddress.TryParse(text, out _));

    private static async Task<ProxyFault> ProbeAsync(FakeProxy proxy) =>
        await new ProxyProbe(new ProxyAddress("127.0.0.1", proxy.Port), Patience).RunAsync(TestContext.Current.CancellationToken);
}

/// <summary>Answers each connection's first request and closes; with null it says nothing.</summary>
internal sealed class FakeProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, string?> _script;
    private readonly Task _running;

    internal FakeProxy(Func<string, string?> script)
    {
        _script = script;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = ServeAsync();
    }

    internal int Port { get; }

    internal List<string> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[4096];
                var length = await socket.ReceiveAsync(buffer, _stop.Token);
                var request = Encoding.ASCII.GetString(buffer, 0, length);
                lock (Requests)
                {
                    Requests.Add(request);
                }

                if (_script(request) is { } answer)
                {
                    await socket.SendAsync(Encoding.Latin1.GetBytes(answer), _stop.Token);
                    socket.Shutdown(SocketShutdown.Send);
                    return;
                }

                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The client is gone, or the test is over.
            }
        }
    }
}
