namespace LatchGate.Http;

/// <summary>What a connection waits for; decides what running out of time means.</summary>
internal enum Waiting
{
    /// <summary>The handler: there is no time-out, and the peer is watched for hanging up.</summary>
    Handler,

    /// <summary>The first byte of a request: the connection just ends.</summary>
    Request,

    /// <summary>More of a request: it is refused with 408.</summary>
    Bytes,

    /// <summary>The peer accepting the response: the connection is cut.</summary>
    Peer,
}

/// <summary>
/// The one deadline of a connection. The connection sets it, the shared sweep lets it expire, and one compare-and-swap decides
/// which of them was first. Times are milliseconds since the server started, in the upper bits; the lower two are the <see cref="Waiting"/>.
/// </summary>
internal struct Deadline
{
    private const long Expired = -1;
    private const int WaitingBits = 2;

    private long _state;

    /// <summary>Sets the next deadline; false if the last one had expired, which stays so.</summary>
    internal bool Set(Waiting waiting, long dueMilliseconds)
    {
        var next = Encode(waiting, dueMilliseconds);
        var last = Volatile.Read(ref _state);
        while (last != Expired)
        {
            var seen = Interlocked.CompareExchange(ref _state, next, last);
            if (seen == last)
            {
                return true;
            }

            last = seen;
        }

        return false;
    }

    internal bool HasExpired => Volatile.Read(ref _state) == Expired;

    internal bool WaitsForHandler => Volatile.Read(ref _state) == 0;

    /// <summary>Makes a refusal possible after a deadline has expired; only the connection itself calls this.</summary>
    internal void Restart(Waiting waiting, long dueMilliseconds) => Volatile.Write(ref _state, Encode(waiting, dueMilliseconds));

    /// <summary>Lets the deadline expire if it is due.</summary>
    internal bool TryExpire(long nowMilliseconds, out Waiting waiting)
    {
        var state = Volatile.Read(ref _state);
        waiting = (Waiting)(state & ((1 << WaitingBits) - 1));
        return state > 0 && state >> WaitingBits <= nowMilliseconds && Interlocked.CompareExchange(ref _state, Expired, state) == state;
    }

    /// <summary>Lets the deadline expire now if the connection waits for a request.</summary>
    internal bool TryExpireIdle()
    {
        var state = Volatile.Read(ref _state);
        return (state & ((1 << WaitingBits) - 1)) == (long)Waiting.Request && state > 0 && Interlocked.CompareExchange(ref _state, Expired, state) == state;
    }

    /// <summary>Waiting for a handler is all zeros: never due.</summary>
    private static long Encode(Waiting waiting, long dueMilliseconds)
        => waiting == Waiting.Handler ? 0 : dueMilliseconds << WaitingBits | (long)waiting;
}
