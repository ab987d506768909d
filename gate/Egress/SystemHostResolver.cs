using System.Net;
using System.Net.Sockets;

namespace LatchGate.Egress;

/// <summary>The platform's resolver, with a time-out of its own.</summary>
/// <remarks>
/// The name goes to it as judged, without a dot at the end: that form is not found in a hosts file. Search domains are
/// therefore the operator's to leave out of the gate's resolver configuration.
/// </remarks>
/// <param name="timeout">Longest wait for one answer.</param>
/// <param name="time">The clock the wait is measured by.</param>
public sealed class SystemHostResolver(TimeSpan timeout, TimeProvider time) : IHostResolver
{
    /// <inheritdoc/>
    public async ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
    {
        var name = permit.Question.Target.Host;
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, either.Token).ConfigureAwait(false);
            return (addresses.Length == 0 ? EgressReason.DnsEmpty : EgressReason.Allowed, addresses);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (EgressReason.DnsFailed, []);
        }
        catch (SocketException e)
        {
            return (e.SocketErrorCode == SocketError.NoData ? EgressReason.DnsEmpty : EgressReason.DnsFailed, []);
        }
    }
}
