using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LatchGate.Tests.Http;

/// <summary>A client that sends exactly the bytes it is given, and reads responses with a parser of its own.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<byte> _received = [];

    private RawClient(Socket socket) => Socket = socket;

    internal Socket Socket { get; }

    internal static async Task<RawClient> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new RawClient(socket);
    }

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Socket.SendAsync(bytes, SocketFlags.None);

    /// <summary>Sends, where the server may already have closed.</summary>
    internal async Task TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>The next response; null if the connection ended before it.</summary>
    internal async Task<RawResponse?> ReadAsync(bool toHead = false)
    {
        int end;
        while ((end = Text().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!await FillAsync())
            {
                Assert.Equal("", Text());
                return null;
            }
        }

        var lines = Text()[..end].Split("\r\n");
        var status = lines[0].Split(' ', 3);
        Assert.Equal("HTTP/1.1", status[0]);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var hasBody = !toHead && status[1] != "100";
        var length = hasBody ? int.Parse(headers["content-length"], CultureInfo.InvariantCulture) : 0;
        while (_received.Count < end + 4 + length)
        {
            Assert.True(await FillAsync(), "The response is cut short.");
        }

        var body = _received.Skip(end + 4).Take(length).ToArray();
        _received.RemoveRange(0, end + 4 + length);
        return new RawResponse(int.Parse(status[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(body));
    }

    /// <summary>Whether the server closes without sending more.</summary>
    internal async Task<bool> IsClosedAsync() => _received.Count == 0 && !await FillAsync();

    public void Dispose() => Socket.Dispose();

    private string Text() => Encoding.Latin1.GetString([.. _received]);

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var count = await Socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token);
            _received.AddRange(buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

internal sealed record RawResponse(int Status, Dictionary<string, string> Headers, string Body)
{
    internal string? Error => System.Text.Json.JsonDocument.Parse(Body).RootElement.GetProperty("error").GetString();

    internal bool Closes => Headers.GetValueOrDefault("connection") == "close";
}
