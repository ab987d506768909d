using System.Net.Sockets;

using LatchGate.Pipeline;

namespace LatchGate.Http;

/// <summary>
/// HTTP/1.1 (RFC 9110, RFC 9112) on one Unix domain socket, for handlers that buffer: keep-alive, pipelining, bounded everything.
/// One accept loop, one loop per connection, and one timer that looks at all deadlines.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _stopGate = new();
    private readonly HttpServerOptions _options;
    private readonly TimeProvider _time;
    private readonly UnixListener _listener;
    private readonly HttpResponse _refusal;
    private readonly CancellationTokenSource _stopAccepting = new();
    private readonly long _started;
    private readonly ITimer _sweeper;
    private readonly Task _accepting;
    private long _nowMilliseconds;
    private volatile bool _isStopping;
    private Task? _stopping;

    private HttpServer(HttpServerOptions options, RequestHandler handler, TimeProvider time, UnixListener listener)
    {
        _options = options;
        _time = time;
        _listener = listener;
        Handler = handler;
        Date = new HttpDate(time);
        Connections = new ConnectionTable(options.Limits.Connections, options.Limits.ConnectionsPerUid);
        _refusal = new HttpResponse(Date);
        _started = time.GetTimestamp();
        _sweeper = time.CreateTimer(static server => ((HttpServer)server!).Sweep(), this, options.Limits.SweepInterval, options.Limits.SweepInterval);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Open connections.</summary>
    public int ConnectionCount => Connections.Count;

    /// <summary>The path of the socket.</summary>
    public string SocketPath => _listener.Path;

    internal HttpLimits Limits => _options.Limits;

    internal RequestHandler Handler { get; }

    internal HttpDate Date { get; }

    internal ConnectionTable Connections { get; }

    internal bool IsStopping => _isStopping;

    /// <summary>Binds the socket and serves.</summary>
    /// <exception cref="StartupException">The socket cannot be made; the error is <see cref="HttpServerOptions.Error"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public static HttpServer Start(HttpServerOptions options, RequestHandler handler, TimeProvider time)
    {
        options.Limits.Validate();
        return new HttpServer(options, handler, time, UnixListener.Bind(options.SocketPath, options.Error));
    }

    /// <summary>
    /// Stops accepting, removes the socket file, ends idle connections at once and the others after the request they are in; after
    /// <paramref name="deadline"/> cuts what is left and cancels the tokens of running handlers, which still run to their end.
    /// Only the deadline of the first call counts; every call is done when that one is.
    /// </summary>
    public Task StopAsync(TimeSpan deadline)
    {
        lock (_stopGate)
        {
            return _stopping ??= Task.Run(() => StopOnceAsync(deadline));
        }
    }

    /// <summary>Stops within <see cref="HttpServerOptions.StopTimeout"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(_options.StopTimeout).ConfigureAwait(false);

    private async Task StopOnceAsync(TimeSpan deadline)
    {
        _isStopping = true;
        await _stopAccepting.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener.Dispose();
        Connections.Close();
        try
        {
            await Connections.Drained.WaitAsync(deadline, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Connections.CutAll();
        }

        await _sweeper.DisposeAsync().ConfigureAwait(false);
        _stopAccepting.Dispose();
    }

    /// <summary>Tells of what nobody expected.</summary>
    internal void Report(Exception exception) => _options.UnexpectedError?.Invoke(exception);

    /// <summary>When a time-out that starts now is over. The clock moves with the sweep, hence one interval more.</summary>
    internal long DueAfter(TimeSpan timeout)
        => Volatile.Read(ref _nowMilliseconds) + (long)(timeout + _options.Limits.SweepInterval).TotalMilliseconds;

    private void Sweep()
    {
        try
        {
            var now = (long)_time.GetElapsedTime(_started).TotalMilliseconds;
            Volatile.Write(ref _nowMilliseconds, now);
            Connections.Sweep(now);
        }
        catch (Exception e)
        {
            // Out of a timer callback an exception would end the process.
            Report(e);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_isStopping)
        {
            try
            {
                Admit(await _listener.Socket.AcceptAsync(_stopAccepting.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of descriptors, most likely: serve on, and try again when some may be free.
                Report(e);
                await Task.Delay(AcceptPause, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Admit(Socket socket)
    {
        HttpConnection connection;
        try
        {
            connection = new HttpConnection(this, socket, PeerCredentials.Of(socket));
        }
        catch (SocketException)
        {
            // Without credentials there is nobody to serve.
            socket.Dispose();
            return;
        }

        var fault = Connections.TryAdd(connection);
        if (fault == HttpFault.None)
        {
            // Not on this thread: a handler that runs long before its first await would hold up everyone else.
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
            return;
        }

        Refuse(socket, fault);
    }

    private void Refuse(Socket socket, HttpFault fault)
    {
        _refusal.SetFault(fault);
        socket.Blocking = false;

        // A new socket takes these few bytes at once; where it does not, the peer sees a closed connection, which says as much.
        _ = socket.Send(_refusal.Render(dropBody: false, keepAlive10: false).Span, SocketFlags.None, out _);
        _refusal.Release();
        socket.Dispose();
    }
}
