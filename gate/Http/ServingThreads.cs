using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Http;

/// <summary>
/// The few threads of a server that wait for requests, all at one epoll descriptor. The kernel wakes one of them for each connection
/// that has something to read, and that thread runs the connection's loop until it waits again: a request that nothing holds up is read,
/// judged and answered without a change of thread, which costs 15 to 20 µs each.
/// </summary>
/// <remarks>
/// What blocks or computes for long first awaits <see cref="AllowBlocking"/>. Then it stays on its thread if another one is left to serve,
/// and moves to the thread pool if not: at least one thread is always free for, or on its way back to, the other connections.
/// </remarks>
internal sealed class ServingThreads : IDisposable
{
    private const long Stop = -1;

    [ThreadStatic]
    private static ServingThreads? t_owner;

    [ThreadStatic]
    private static bool t_isLent;

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _stop;
    private readonly int _count;
    private SocketReader?[] _readers = new SocketReader?[16];
    private int _lowestFree;
    private int _running;
    private int _lent;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">At least 2.</param>
    /// <exception cref="IOException">There is no descriptor to be had.</exception>
    internal ServingThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        _epoll = Epoll.Create();
        _stop = Epoll.CreateSignal();
        (_count, _running) = (count, count);
        for (var i = 0; i < count; i++)
        {
            new Thread(Serve) { IsBackground = true, Name = "serve" }.Start();
        }
    }

    /// <summary>As many threads as cores, and one that waits for the disk.</summary>
    internal static int UsualCount => Math.Clamp(Environment.ProcessorCount + 1, 3, 33);

    /// <summary>Awaited, it lets what follows block its thread, compute for long, or wait for locks held across input or output.</summary>
    internal static Permission AllowBlocking() => default;

    /// <summary>Awaited, it continues on the thread pool after whatever is queued there.</summary>
    internal static Turn TakeTurns() => default;

    /// <summary>Reports readability to <paramref name="reader"/> until it is removed.</summary>
    /// <returns>The reader's place, for <see cref="Remove"/>.</returns>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    internal int Add(SocketReader reader)
    {
        int place;
        lock (_gate)
        {
            for (place = _lowestFree; place < _readers.Length && _readers[place] is not null; place++)
            {
            }

            if (place == _readers.Length)
            {
                var more = new SocketReader?[place * 2];
                _readers.CopyTo(more, 0);
                Volatile.Write(ref _readers, more);
            }

            _readers[place] = reader;
            _lowestFree = place + 1;
        }

        try
        {
            Epoll.Watch(_epoll, reader.Handle, Epoll.Readable | Epoll.PeerFinished | Epoll.EdgeTriggered, place);
            return place;
        }
        catch
        {
            Remove(place);
            throw;
        }
    }

    /// <summary>Gives a place free. An event that is still under way may reach its next reader, which then finds nothing to read.</summary>
    internal void Remove(int place)
    {
        lock (_gate)
        {
            _readers[place] = null;
            _lowestFree = Math.Min(_lowestFree, place);
        }
    }

    /// <summary>Has each thread end when it has nothing to do; nobody waits for one that a handler holds.</summary>
    public void Dispose() => Epoll.Signal(_stop, _epoll, Stop); // level-triggered and never read: every thread sees it

    private void Serve()
    {
        t_owner = this;
        while (Epoll.WaitForOne(_epoll) is var place && place != Stop)
        {
            Volatile.Read(ref _readers)[place]?.Happened();
            if (t_isLent)
            {
                t_isLent = false;
                Interlocked.Decrement(ref _lent);
            }
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _epoll.Dispose();
            _stop.Dispose();
        }
    }

    private bool TryLend()
    {
        if (t_isLent)
        {
            return true;
        }

        t_isLent = Interlocked.Increment(ref _lent) < _count;
        if (!t_isLent)
        {
            Interlocked.Decrement(ref _lent);
        }

        return t_isLent;
    }

    /// <summary>See <see cref="AllowBlocking"/>.</summary>
    internal readonly struct Permission : ICriticalNotifyCompletion
    {
        /// <summary>Whether the present thread may block.</summary>
        public bool IsCompleted => t_owner is not { } owner || owner.TryLend();

        /// <summary>The awaiter: this.</summary>
        public Permission GetAwaiter() => this;

        /// <summary>Gives nothing.</summary>
        public void GetResult()
        {
        }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static next => next(), continuation, preferLocal: false);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }

    /// <summary>See <see cref="TakeTurns"/>.</summary>
    internal readonly struct Turn : ICriticalNotifyCompletion
    {
        /// <summary>Never.</summary>
        public bool IsCompleted => false;

        /// <summary>The awaiter: this.</summary>
        public Turn GetAwaiter() => this;

        /// <summary>Gives nothing.</summary>
        public void GetResult()
        {
        }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static next => next(), continuation, preferLocal: false);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }
}
