using System.Net;

namespace LatchGate.Egress;

/// <summary>Looks a permitted name up.</summary>
public interface IHostResolver
{
    /// <summary>Makes exactly one lookup of the permit's host, which is a name.</summary>
    /// <returns>
    /// <see cref="EgressReason.Allowed"/> with at least one address, or <see cref="EgressReason.DnsFailed"/> or
    /// <see cref="EgressReason.DnsEmpty"/> with none.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation);
}
