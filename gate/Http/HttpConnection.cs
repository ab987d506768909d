using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LatchGate.Http;

/// <summary>
/// One connection, one loop: read a head, call the handler, send the answer, again. All buffers and objects are reused, so a
/// request that its handler answers without allocating allocates nothing here.
/// </summary>
internal sealed class HttpConnection : IThreadPoolWorkItem
{
    private static readonly byte[] Continue = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    private readonly HttpServer _server;
    private readonly HttpLimits _limits;
    private readonly ReceiveBuffer _buffer = new();
    private readonly RequestHead _head;
    private readonly RequestBodyReader _body;
    private readonly HttpResponse _response;
    private readonly HttpExchange _exchange;

    internal HttpConnection(HttpServer server, Socket socket, PeerCredentials peer)
    {
        _server = server;
        _limits = server.Limits;
        Peer = peer;
        _head = new RequestHead(_limits);
        _body = new RequestBodyReader(this, _head, _buffer, _limits);
        _response = new HttpResponse(server.Date);
        _exchange = new HttpExchange(this, _head, _buffer, _response);
        _exchange.Reset();
        Socket = new TimedSocket(server, socket);
    }

    internal PeerCredentials Peer { get; }

    internal TimedSocket Socket { get; }

    /// <summary>Runs the connection to its end; never throws.</summary>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Tells the client to send the body, whose time starts then.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendContinueAsync()
    {
        _ = Socket.WaitFor(Waiting.Peer, _limits.WriteTimeout);
        await Socket.SendAsync(Continue).ConfigureAwait(false);
        _ = Socket.WaitFor(Waiting.Bytes, _limits.BodyTimeout);
    }

    /// <summary>What <see cref="HttpExchange.ReadBodyAsync"/> promises.</summary>
    internal ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync()
        => _body.IsDone ? new(_body.Content) : _body.Fault != HttpFault.None ? new((ReadOnlyMemory<byte>?)null) : ReadBodySlowlyAsync();

    private async Task RunAsync()
    {
        try
        {
            while (await ReadHeadAsync().ConfigureAwait(false) && await ServeAsync().ConfigureAwait(false))
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer went away, was too slow to read, or the server cut the connection: nobody is left to answer.
        }
        catch (Exception e)
        {
            _server.Report(e);
        }
        finally
        {
            _server.Connections.Remove(this);
            Socket.Dispose();
            _body.End();
            _response.Release();
            _buffer.Release();
        }
    }

    /// <summary>Reads until a head is complete; false when the connection is to end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadHeadAsync()
    {
        _head.Reset();
        if (!Socket.WaitFor(Waiting.Request, _limits.KeepAliveTimeout) || _server.IsStopping)
        {
            return false;
        }

        var hasStarted = false;
        while (true)
        {
            if (_buffer.Count > 0)
            {
                if (!hasStarted && !Socket.WaitFor(Waiting.Bytes, _limits.HeaderTimeout))
                {
                    return false;
                }

                hasStarted = true;
                var progress = _head.Advance(_buffer.Data);
                if (progress == HeadProgress.Refused)
                {
                    await RefuseAsync(_head.Fault).ConfigureAwait(false);
                    return false;
                }

                if (progress == HeadProgress.Complete && Socket.WaitFor(Waiting.Handler, default))
                {
                    return true;
                }
            }

            _buffer.MakeRoom();
            var count = Socket.HasExpired ? 0 : await Socket.ReceiveAsync(_buffer.Free).ConfigureAwait(false);
            if (count == 0)
            {
                if (hasStarted && Socket.HasExpired)
                {
                    await RefuseAsync(HttpFault.RequestTimeout).ConfigureAwait(false);
                }

                return false;
            }

            _buffer.Received(count);
        }
    }

    /// <summary>Has the request answered; false when the connection is to end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ServeAsync()
    {
        _body.Begin();
        var fault = HttpFault.None;
        try
        {
            await _server.Handler(_exchange, Socket.Aborted).ConfigureAwait(false);
            fault = _body.Fault;
        }
        catch (OperationCanceledException) when (Socket.Aborted.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            _server.Report(e);
            fault = HttpFault.InternalError;
        }

        if (fault != HttpFault.None)
        {
            await RefuseAsync(fault).ConfigureAwait(false);
            return false;
        }

        // A client that still waits for 100 Continue may send the body or not: only closing is unambiguous (RFC 9110 §10.1.1).
        var isBodyUnread = !_body.IsDone;
        var keep = _head.Framing.KeepsAlive && !_response.CloseConnection && !_server.IsStopping && !(isBodyUnread && _head.Framing.ExpectsContinue);
        _response.CloseConnection = !keep;
        if (!Socket.WaitFor(Waiting.Peer, _limits.WriteTimeout))
        {
            return false;
        }

        await Socket.SendAsync(_response.Render(dropBody: _exchange.Method is "HEAD", keepAlive10: keep && !_head.IsHttp11)).ConfigureAwait(false);
        _response.Release();
        if (!keep)
        {
            if (isBodyUnread)
            {
                await LingerAsync().ConfigureAwait(false);
            }

            return false;
        }

        if (isBodyUnread && (!Socket.WaitFor(Waiting.Bytes, _limits.BodyTimeout) || await _body.ReadAsync().ConfigureAwait(false) != HttpFault.None))
        {
            return false;
        }

        _body.End();
        _buffer.EndRequest(_body.RequestLength);
        _exchange.Reset();
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>?> ReadBodySlowlyAsync()
    {
        _ = Socket.WaitFor(Waiting.Bytes, _limits.BodyTimeout);
        var fault = await _body.ReadAsync().ConfigureAwait(false);
        if (!Socket.WaitFor(Waiting.Handler, default))
        {
            if (fault == HttpFault.IncompleteBody)
            {
                _body.TimedOut();
            }

            // A body that made it in the same instant counts.
            Socket.WaitAnewFor(Waiting.Handler, default);
        }

        return fault == HttpFault.None ? _body.Content : null;
    }

    /// <summary>Answers with a fault, then gives the peer time to read that before the connection ends.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RefuseAsync(HttpFault fault)
    {
        Socket.WaitAnewFor(Waiting.Peer, _limits.WriteTimeout);
        _response.SetFault(fault);
        await Socket.SendAsync(_response.Render(dropBody: false, keepAlive10: false)).ConfigureAwait(false);
        _response.Release();
        await LingerAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Reads and drops what is still being sent, for a while: a client that only reads after it has written everything would
    /// otherwise see a broken pipe and not the answer (RFC 9112 §9.6).
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask LingerAsync()
    {
        Socket.FinishSending();
        Socket.WaitAnewFor(Waiting.Request, _limits.LingerTimeout);
        _buffer.EndRequest(_buffer.Count);
        while (!_server.IsStopping && await Socket.ReceiveAsync(_buffer.Free).ConfigureAwait(false) > 0)
        {
        }
    }
}
