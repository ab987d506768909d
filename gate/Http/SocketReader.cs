using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace LatchGate.Http;

/// <summary>
/// Receives from one non-blocking socket. One receive at a time; a receive that has to wait continues on the serving thread that learns
/// of the bytes.
/// </summary>
/// <remarks>
/// The kernel tells of each arrival once (edge-triggered), maybe before it is asked for, maybe to several threads:
/// <code>
/// idle  ── arrival ──→ ready      something may be there: the next receive tries again before it waits
/// idle  ── EAGAIN ───→ awaited    who takes it from there to idle has the receive
/// </code>
/// </remarks>
internal sealed class SocketReader(Socket socket) : IValueTaskSource<int>
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Awaited = 2;

    private ManualResetValueTaskSourceCore<int> _waiting;
    private Memory<byte> _destination;
    private int _state;

    internal SafeHandle Handle => socket.SafeHandle;

    /// <summary>Receives at least a byte; 0 at the end of input.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    internal ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        if (TryReceive(destination, out var count))
        {
            return new ValueTask<int>(count);
        }

        _waiting.Reset();
        _destination = destination;
        var version = _waiting.Version;
        return TryWait() ? new ValueTask<int>(this, version) : ReceiveAsync(destination);
    }

    /// <summary>Something has arrived, or the socket was closed. Runs what awaits it.</summary>
    internal void Happened()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Ready, Idle) != Awaited)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, Idle, Awaited) == Awaited)
            {
                Finish();
                return;
            }
        }
    }

    /// <summary>Tells a waiting receive that the socket was closed, from any thread.</summary>
    internal void Closed() => ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.Happened(), this, preferLocal: false);

    int IValueTaskSource<int>.GetResult(short token) => _waiting.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    private void Finish()
    {
        int count;
        try
        {
            while (!TryReceive(_destination, out count))
            {
                if (TryWait())
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _waiting.SetException(e);
            return;
        }

        _waiting.SetResult(count);
    }

    /// <summary>Leaves the receive to the next arrival; false if one came meanwhile.</summary>
    private bool TryWait()
    {
        if (Interlocked.CompareExchange(ref _state, Awaited, Idle) == Idle)
        {
            return true;
        }

        Volatile.Write(ref _state, Idle);
        return false;
    }

    private bool TryReceive(Memory<byte> destination, out int count)
    {
        count = socket.Receive(destination.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => true,
            SocketError.WouldBlock => false,
            _ => throw new SocketException((int)error),
        };
    }
}
