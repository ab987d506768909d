using System.Net;
using System.Net.Sockets;

namespace LatchGate.Egress;

/// <summary>The platform's resolver, with a time-out of its own.</summary>
/// <param name="timeout">Longest wait for one answer.</param>
/// <param name="time">The clock the wait is measured by.</param>
public sealed class SystemHostResolver(TimeSpan timeout, TimeProvider time) : IHostResolver
{
    /// <inheritdoc/>
    public async ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
    {
        // The dot at the end keeps the resolver from appending search domains to the judged name. A single label, such
        // as localhost, has to be found in the hosts file, which knows no such form.
        var host = permit.Question.Target.Host;
        var name = host.Contains('.', StringComparison.Ordinal) ? host + "." : host;
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
