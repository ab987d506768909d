using System.Net;
using System.Net.Sockets;

namespace LatchGate.Egress;

/// <summary>The platform's resolver, with a time-out and a bound on lookups at a time.</summary>
/// <remarks>
/// The name goes to it as judged, without a dot at the end: that form is not found in a hosts file. Search domains are
/// therefore the operator's to leave out of the gate's resolver configuration.
/// </remarks>
public sealed class SystemHostResolver : IHostResolver
{
    // Each lookup blocks a thread of the pool until the platform gives up, even when nobody waits for it any more.
    private const int MaxLookups = 64;

    private readonly SemaphoreSlim _turns = new(MaxLookups);
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Func<string, Task<IPAddress[]>> _lookUp;

    /// <param name="timeout">Longest wait for one answer, waiting for a turn included.</param>
    /// <param name="time">The clock the wait is measured by.</param>
    public SystemHostResolver(TimeSpan timeout, TimeProvider time)
        : this(timeout, time, static host => Dns.GetHostAddressesAsync(host, CancellationToken.None))
    {
    }

    internal SystemHostResolver(TimeSpan timeout, TimeProvider time, Func<string, Task<IPAddress[]>> lookUp) =>
        (_timeout, _time, _lookUp) = (timeout, time, lookUp);

    /// <inheritdoc/>
    public async ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await _turns.WaitAsync(either.Token).ConfigureAwait(false);
            var addresses = await LookUpAsync(permit.Question.Target.Host).WaitAsync(either.Token).ConfigureAwait(false);
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

    // Gives the turn back when the lookup ends, not when its caller stops to wait.
    private async Task<IPAddress[]> LookUpAsync(string host)
    {
        try
        {
            return await _lookUp(host).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }
}
