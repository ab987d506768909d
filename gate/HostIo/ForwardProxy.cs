using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// The operator's forward proxy, a second and independent judge of every target (design: the gate hands it the name after its own
/// full check, and the proxy resolves and checks again). https goes through a tunnel, http in absolute form (RFC 9112 §3.2.2).
/// </summary>
internal sealed class ForwardProxy(Uri address, PinnedConnector connector)
{
    // Squid closes its port for a moment when it takes a new list over. Nothing was sent, so nothing can happen twice.
    private const int Attempts = 6;
    private static readonly TimeSpan AttemptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>For plain http, where the HTTP client has to know of the proxy to write the absolute form.</summary>
    internal IWebProxy ForHttp { get; } = new OneProxy(address);

    /// <summary>Opens a connection to the proxy.</summary>
    /// <exception cref="EgressConnectException"><see cref="EgressReason.ProxyFailed"/>: nothing answers there, or not in time.</exception>
    internal async ValueTask<Socket> ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            var host = address.IdnHost;
            var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await connector.ConnectAsync(addresses, address.Port, cancellation).ConfigureAwait(false);
                }
                catch (EgressConnectException) when (attempt < Attempts)
                {
                    await Task.Delay(AttemptPause, cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is EgressConnectException or SocketException or OperationCanceledException)
        {
            throw new EgressConnectException(EgressReason.ProxyFailed, e) { Layer = EgressLayer.Proxy };
        }
    }

    /// <summary>Opens a connection to the proxy, and through it to the target.</summary>
    /// <exception cref="EgressConnectException">The proxy is down, or refuses the target, or cannot reach it.</exception>
    internal async ValueTask<Socket> TunnelAsync(Target target, CancellationToken cancellation)
    {
        var socket = await ConnectAsync(cancellation).ConfigureAwait(false);
        try
        {
            await ProxyTunnel.OpenAsync(socket, target, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The platform's own brings bypass lists, and with them regular expressions.
    private sealed class OneProxy(Uri address) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri host) => false;
    }
}
