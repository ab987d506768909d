using System.Net;
using System.Net.Sockets;

namespace LatchGate.HostIo;

/// <summary>Opens one TCP connection. Replaced in tests by one that lands elsewhere.</summary>
internal interface ISocketDialer
{
    ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation);

    /// <summary>The remote end of a connection that this dialer opened, as the system reports it.</summary>
    IPEndPoint? RemoteOf(Socket socket) => socket.RemoteEndPoint as IPEndPoint;
}

/// <summary>The platform's sockets.</summary>
internal sealed class SocketDialer : ISocketDialer
{
    internal static SocketDialer Instance { get; } = new();

    public async ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
