using System.Net;
using LatchGate.Egress.Caps;

namespace LatchGate.HostIo;

/// <summary>Counts the bytes of one exchange on the wire, TLS and framing included, and holds them against the rule's caps.</summary>
/// <param name="caps">The passage that the caps granted; null where the rule has none.</param>
/// <param name="cancellation">Ends the waits that a rate demands: the exchange's own time-out.</param>
internal sealed class TrafficMeter(CapLease? caps, CancellationToken cancellation)
{
    private readonly Lock _lock = new();
    private long _sent;
    private long _received;

    /// <summary>Bytes that went out.</summary>
    internal long Sent => Interlocked.Read(ref _sent);

    /// <summary>Bytes that came in.</summary>
    internal long Received => Interlocked.Read(ref _received);

    /// <summary>The far end of the connection that carries the exchange; null before it has one. With a proxy, the proxy.</summary>
    internal IPEndPoint? Peer { get; set; }

    /// <summary>Takes bytes that are about to be sent. Completes when they may be.</summary>
    internal ValueTask SendingAsync(int bytes) => PassAsync(ref _sent, bytes);

    /// <summary>Takes bytes that have arrived. Completes when more may be read.</summary>
    internal ValueTask ReceivedAsync(int bytes) => PassAsync(ref _received, bytes);

    private ValueTask PassAsync(ref long counter, int bytes)
    {
        Interlocked.Add(ref counter, bytes);
        if (caps is null)
        {
            return ValueTask.CompletedTask;
        }

        // An answer may arrive while the request is still being written.
        lock (_lock)
        {
            return caps.PassAsync(bytes, cancellation);
        }
    }
}
