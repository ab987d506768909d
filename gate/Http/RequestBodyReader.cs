using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LatchGate.Http;

/// <summary>
/// Reads the body of the current request: in place when it came with its head, as small ones do, otherwise into a buffer of its own,
/// so that a handler's spans of the head stay good.
/// </summary>
internal sealed class RequestBodyReader(HttpConnection connection, RequestHead head, ReceiveBuffer buffer, HttpLimits limits)
{
    private readonly BodyBuffer _body = new(limits.BodyBytes);
    private ChunkedDecoder _decoder;
    private ReadOnlyMemory<byte> _content;

    /// <summary>Whether there is nothing left to read of this request.</summary>
    internal bool IsDone { get; private set; }

    /// <summary>Why the body could not be read.</summary>
    internal HttpFault Fault { get; private set; }

    /// <summary>Bytes at the front of the receive buffer that belong to this request.</summary>
    internal int RequestLength { get; private set; }

    internal ReadOnlyMemory<byte> Content => _content;

    /// <summary>Starts with a request whose head is complete.</summary>
    internal void Begin()
    {
        _decoder = default;
        _content = default;
        Fault = HttpFault.None;
        RequestLength = head.Length;
        IsDone = !head.Framing.IsChunked && TryReadInPlace();
    }

    /// <summary>Reads to the end; not to be called again once done or failed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<HttpFault> ReadAsync()
    {
        try
        {
            if (head.Framing.ExpectsContinue && buffer.Count == head.Length)
            {
                await connection.SendContinueAsync().ConfigureAwait(false);
            }

            Fault = head.Framing.IsChunked ? await ReadChunkedAsync().ConfigureAwait(false) : await ReadCountedAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer went away, or the connection was cut at the stop deadline.
            Fault = HttpFault.IncompleteBody;
        }

        IsDone = Fault == HttpFault.None;
        return Fault;
    }

    /// <summary>Says that the body was not cut short by the peer but by the clock.</summary>
    internal void TimedOut() => Fault = HttpFault.RequestTimeout;

    /// <summary>Gives the memory of the body back.</summary>
    internal void End()
    {
        _content = default;
        _body.Release();
    }

    private bool TryReadInPlace()
    {
        var length = head.Framing.ContentLength;
        if (buffer.Count - head.Length < length)
        {
            return false;
        }

        _content = buffer.Slice(head.Length, (int)length);
        RequestLength = head.Length + (int)length;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpFault> ReadCountedAsync()
    {
        var length = (int)head.Framing.ContentLength;
        _ = _body.TryAppend(buffer.Data[head.Length..]);
        buffer.Truncate(head.Length);
        while (_body.Length < length)
        {
            var count = await connection.Socket.ReceiveAsync(_body.Room(length - _body.Length)).ConfigureAwait(false);
            if (count == 0)
            {
                return HttpFault.IncompleteBody;
            }

            _body.Received(count);
        }

        _content = _body.Written;
        return HttpFault.None;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpFault> ReadChunkedAsync()
    {
        while (true)
        {
            switch (_decoder.Decode(buffer.Data[head.Length..], _body, limits, out var consumed, out var fault))
            {
                case ChunkProgress.Complete:
                    RequestLength = head.Length + consumed;
                    _content = _body.Written;
                    return HttpFault.None;
                case ChunkProgress.Refused:
                    return fault;
                case ChunkProgress.Incomplete:
                default:
                    break;
            }

            buffer.Truncate(head.Length);
            buffer.MakeRoomKeepingSpans();
            var count = await connection.Socket.ReceiveAsync(buffer.Free).ConfigureAwait(false);
            if (count == 0)
            {
                return HttpFault.IncompleteBody;
            }

            buffer.Received(count);
        }
    }
}
