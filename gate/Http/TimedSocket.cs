using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LatchGate.Storage;

namespace LatchGate.Http;

/// <summary>
/// The socket of a connection with its one deadline and its peer's presence. The connection's loop reads, writes and says what it
/// waits for; the server's sweep, always under the connection table's lock, ends waits that take too long.
/// </summary>
internal sealed class TimedSocket : IDisposable
{
    private readonly HttpServer _server;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _aborted = new();
    private Deadline _deadline;
    private bool _peerIsGone;

    internal TimedSocket(HttpServer server, Socket socket)
    {
        _server = server;
        _socket = socket;
        _ = WaitFor(Waiting.Request, server.Limits.KeepAliveTimeout);
    }

    /// <summary>Cancelled once the peer has hung up or the connection was cut.</summary>
    internal CancellationToken Aborted => _aborted.Token;

    /// <summary>Whether the last wait took too long.</summary>
    internal bool HasExpired => _deadline.HasExpired;

    /// <summary>Starts another wait; false if the last one has taken too long, and then nothing has changed.</summary>
    internal bool WaitFor(Waiting waiting, TimeSpan timeout) => _deadline.Set(waiting, _server.DueAfter(timeout));

    /// <summary>Starts another wait even if the last one has taken too long.</summary>
    internal void WaitAnewFor(Waiting waiting, TimeSpan timeout) => _deadline.Restart(waiting, _server.DueAfter(timeout));

    /// <summary>Receives at least a byte; 0 at the end of input, which running out of time is too.</summary>
    /// <exception cref="SocketException">The peer or the server has closed the connection.</exception>
    internal ValueTask<int> ReceiveAsync(Memory<byte> memory) => _socket.ReceiveAsync(memory, SocketFlags.None);

    /// <summary>Sends all bytes.</summary>
    /// <exception cref="SocketException">The peer or the server has closed the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
        }
    }

    /// <summary>Tells the peer that nothing more will come.</summary>
    internal void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Ends a wait that is over, or looks whether the peer of a running handler is still there.</summary>
    internal void Sweep(long nowMilliseconds)
    {
        if (_deadline.WaitsForHandler)
        {
            WatchPeer();
        }
        else if (_deadline.TryExpire(nowMilliseconds, out var waiting))
        {
            Expire(waiting);
        }
    }

    /// <summary>Ends the wait for a request, if that is what is waited for.</summary>
    internal void StopIfIdle()
    {
        if (_deadline.TryExpireIdle())
        {
            Expire(Waiting.Request);
        }
    }

    /// <summary>Closes the socket under the loop's feet and tells a running handler.</summary>
    internal void Cut()
    {
        _socket.Dispose();
        TellHandler();
    }

    private void Expire(Waiting waiting)
    {
        if (waiting == Waiting.Peer)
        {
            _socket.Dispose();
            return;
        }

        try
        {
            // The pending receive returns nothing, and the loop, seeing that the deadline has expired, answers if it should.
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (SocketException)
        {
            // The peer has closed already; the loop will see that.
        }
    }

    private unsafe void WatchPeer()
    {
        if (_peerIsGone)
        {
            return;
        }

        // Under the table's lock the socket is still open. Hang-up means closed in both directions: a peer that only
        // finished sending still waits for its answer.
        var descriptor = new Posix.PollDescriptor { Descriptor = (int)_socket.SafeHandle.DangerousGetHandle() };
        if (Posix.Poll(&descriptor, 1, 0) > 0 && (descriptor.Happened & (Posix.PollHangUp | Posix.PollError)) != 0)
        {
            TellHandler();
        }
    }

    private void TellHandler()
    {
        _peerIsGone = true;
        ThreadPool.UnsafeQueueUserWorkItem(
            static socket =>
            {
                try
                {
                    socket._aborted.Cancel();
                }
                catch (AggregateException e)
                {
                    socket._server.Report(e);
                }
            },
            this,
            preferLocal: false);
    }
}
