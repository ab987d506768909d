using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.Catalogue;

/// <summary>
/// The internet of a case: every name has one public address, so that the judgement is that of production, and a connection to port 443
/// there lands on the server of the test.
/// </summary>
internal sealed class VendorNetwork(IPEndPoint server) : IHostResolver, ISocketDialer
{
    private static readonly IPAddress Somewhere = IPAddress.Parse("93.184.215.14");
    private readonly ConcurrentDictionary<Socket, IPEndPoint> _dialled = [];

    public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation) =>
        ValueTask.FromResult((EgressReason.Allowed, new[] { Somewhere }));

    public async ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        if (!endpoint.Equals(new IPEndPoint(Somewhere, 443)))
        {
            throw new SocketException((int)SocketError.NetworkUnreachable);
        }

        var socket = await SocketDialer.Instance.DialAsync(server, cancellation);
        _dialled[socket] = endpoint;
        return socket;
    }

    public IPEndPoint? RemoteOf(Socket socket) => _dialled.GetValueOrDefault(socket);
}
