using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LatchGate.Tests.HostIo;

/// <summary>A forward proxy that knows one upstream by whatever name, and refuses what the test says.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly RawServer _server;

    /// <param name="upstream">The port on loopback that stands for every target.</param>
    internal TestProxy(int upstream) => _server = new RawServer((socket, stop) => ServeAsync(socket, upstream, stop));

    internal Uri Address => new($"http://127.0.0.1:{_server.Port}");

    internal int Connections => _server.Connections;

    /// <summary>The first lines that came.</summary>
    internal ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>What is answered instead of passing on; null passes on.</summary>
    internal string? Answer { get; set; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket client, int upstream, CancellationToken stop)
    {
        var head = new List<byte>();
        var octet = new byte[1];
        while (!Encoding.Latin1.GetString(head.ToArray()).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await client.ReceiveAsync(octet, stop) == 0)
            {
                return;
            }

            head.Add(octet[0]);
        }

        var text = Encoding.Latin1.GetString(head.ToArray());
        Asked.Enqueue(text[..text.IndexOf("\r\n", StringComparison.Ordinal)]);
        if (Answer is { } answer)
        {
            await client.SendAsync(Encoding.Latin1.GetBytes(answer), stop);
            await Task.Delay(Timeout.Infinite, stop);
        }

        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await target.ConnectAsync(new IPEndPoint(IPAddress.Loopback, upstream), stop);
        if (text.StartsWith("CONNECT ", StringComparison.Ordinal))
        {
            await client.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), stop);
        }
        else
        {
            await target.SendAsync(head.ToArray(), stop);
        }

        await Task.WhenAny(PumpAsync(client, target, stop), PumpAsync(target, client, stop));
    }

    private static async Task PumpAsync(Socket from, Socket to, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, stop) is > 0 and var read)
        {
            await to.SendAsync(buffer.AsMemory(0, read), stop);
        }
    }
}
