using System.Net;
using System.Net.Sockets;

namespace LatchGate.Bench.EndToEnd;

/// <summary>
/// The service behind the gate: answers every request on loopback at once with the same bytes. One blocking thread for each
/// connection; nothing is parsed but the end of the head, so it takes requests without a body.
/// </summary>
internal sealed class Upstream : IDisposable
{
    private static readonly byte[] Answer =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n{\"status\":\"ok\",\"items\":[1]}"u8.ToArray();

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private int _connections;

    internal Upstream()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(256);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Background.Start("upstream", Accept);
    }

    internal int Port { get; }

    /// <summary>Connections accepted so far: with keep-alive, as many as were in use at once.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                Interlocked.Increment(ref _connections);
                Background.Start("upstream-connection", () => Serve(socket));
            }
        }
        catch (SocketException)
        {
            // Disposed: the bench is over.
        }
    }

    private static void Serve(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var buffer = new byte[8192];
            var filled = 0;
            try
            {
                while (socket.Receive(buffer.AsSpan(filled)) is > 0 and var read)
                {
                    filled += read;
                    while (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
                    {
                        socket.Send(Answer);
                        filled -= end + 4;
                        buffer.AsSpan(end + 4, filled).CopyTo(buffer);
                    }
                }
            }
            catch (SocketException)
            {
                // The gate closed the connection.
            }
        }
    }
}
