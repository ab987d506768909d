using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// Connects a judged route: only its addresses are tried, and the remote end is checked afterwards.
/// </summary>
/// <remarks>
/// Happy Eyeballs of RFC 8305 §§4–5 over the judged addresses: families alternate, IPv6 first; the next attempt begins
/// 250 ms after the last one or as soon as one fails; the first connection wins and the others are closed.
/// </remarks>
internal sealed class PinnedConnector(ISocketDialer dialer, TimeProvider time)
{
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <exception cref="EgressConnectException">No address accepted, or the remote end is not a judged one.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal async ValueTask<Socket> ConnectAsync(JudgedRoute route, CancellationToken cancellation)
    {
        var socket = await RaceAsync(Interleave(route.Addresses.AsSpan(), route.Target.Port), cancellation).ConfigureAwait(false);
        if (dialer.RemoteOf(socket) is { } remote && route.IsPinned(remote))
        {
            return socket;
        }

        socket.Dispose();
        throw new EgressConnectException(EgressReason.RebindDetected);
    }

    /// <summary>Connects to any of the operator's own addresses, which nobody judges.</summary>
    /// <exception cref="EgressConnectException">None accepted.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal ValueTask<Socket> ConnectAsync(ReadOnlySpan<IPAddress> addresses, int port, CancellationToken cancellation) =>
        new(RaceAsync(Interleave(addresses, port), cancellation));

    private async Task<Socket> RaceAsync(IPEndPoint[] endpoints, CancellationToken cancellation)
    {
        if (endpoints.Length == 1)
        {
            return await DialAsync(endpoints[0], cancellation).ConfigureAwait(false);
        }

        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Socket>>(endpoints.Length);
        EgressConnectException? last = null;
        try
        {
            for (var next = 0; next < endpoints.Length || running.Count > 0;)
            {
                if (next < endpoints.Length)
                {
                    running.Add(DialAsync(endpoints[next++], losers.Token));
                }

                var winner = await FirstAsync(running, wait: next < endpoints.Length, cancellation).ConfigureAwait(false);
                if (winner is null)
                {
                    continue;
                }

                running.Remove(winner);
                try
                {
                    return await winner.ConfigureAwait(false);
                }
                catch (EgressConnectException e)
                {
                    last = e;
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running)
            {
                CloseWhenDone(loser);
            }
        }

        throw last ?? new EgressConnectException(EgressReason.ConnectFailed);
    }

    // The first attempt to end; null when it is time to begin the next one.
    private async Task<Task<Socket>?> FirstAsync(List<Task<Socket>> running, bool wait, CancellationToken cancellation)
    {
        var ended = Task.WhenAny(running);
        if (!wait)
        {
            return await ended.WaitAsync(cancellation).ConfigureAwait(false);
        }

        try
        {
            return await ended.WaitAsync(AttemptDelay, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        try
        {
            return await dialer.DialAsync(endpoint, cancellation).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new EgressConnectException(EgressReason.ConnectFailed, e);
        }
    }

    // An attempt may still succeed after it lost; its outcome is then of no interest, but the socket must be closed.
    private static void CloseWhenDone(Task<Socket> loser) => _ = loser.ContinueWith(
        static task =>
        {
            if (task.IsCompletedSuccessfully)
            {
                task.Result.Dispose();
            }
            else
            {
                _ = task.Exception;
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private static IPEndPoint[] Interleave(ReadOnlySpan<IPAddress> addresses, int port)
    {
        var endpoints = new IPEndPoint[addresses.Length];
        var (six, four) = (0, 0);
        for (var i = 0; i < endpoints.Length; i++)
        {
            var isSix = i % 2 == 0;
            var address = isSix
                ? Next(addresses, AddressFamily.InterNetworkV6, ref six) ?? Next(addresses, AddressFamily.InterNetwork, ref four)
                : Next(addresses, AddressFamily.InterNetwork, ref four) ?? Next(addresses, AddressFamily.InterNetworkV6, ref six);
            endpoints[i] = new IPEndPoint(address!, port);
        }

        return endpoints;
    }

    private static IPAddress? Next(ReadOnlySpan<IPAddress> addresses, AddressFamily family, ref int at)
    {
        while (at < addresses.Length)
        {
            var address = addresses[at++];
            if (address.AddressFamily == family)
            {
                return address;
            }
        }

        return null;
    }
}
