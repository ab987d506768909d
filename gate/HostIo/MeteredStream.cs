using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LatchGate.HostIo;

/// <summary>
/// A socket's stream that tells the exchange under way of every byte, below TLS. What a connection costs before its first
/// request, its handshakes, is counted to that request.
/// </summary>
internal sealed class MeteredStream(Socket socket) : Stream
{
    private readonly NetworkStream _inner = new(socket, ownsSocket: true);
    private readonly IPEndPoint? _remote = RemoteOf(socket);
    private WireExchange? _exchange;
    private int _sentBefore;
    private int _receivedBefore;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = _inner.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return AwaitAsync(reading);
        }

        var read = reading.Result;
        var noted = NoteReceived(read);
        return noted.IsCompletedSuccessfully ? new ValueTask<int>(read) : AfterAsync(noted, read);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A request is written in the flow of its exchange; what is read from then on answers it.
        if (WireExchange.Current is { } current && current != _exchange)
        {
            _exchange = current;
            current.Meter.Peer = _remote;
        }

        if (_exchange is not { } exchange)
        {
            _sentBefore += buffer.Length;
            return _inner.WriteAsync(buffer, cancellationToken);
        }

        var allowed = exchange.Meter.SendingAsync(buffer.Length + Interlocked.Exchange(ref _sentBefore, 0));
        return allowed.IsCompletedSuccessfully ? _inner.WriteAsync(buffer, cancellationToken) : WriteAfterAsync(allowed, buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _inner.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // A dual-mode socket tells an IPv4 address in its mapped form.
    private static IPEndPoint? RemoteOf(Socket socket) =>
        socket.RemoteEndPoint is not IPEndPoint remote ? null
        : remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port)
        : remote;

    private ValueTask NoteReceived(int read)
    {
        if (_exchange is not { } exchange)
        {
            _receivedBefore += read;
            return ValueTask.CompletedTask;
        }

        return read == 0 ? ValueTask.CompletedTask : exchange.Meter.ReceivedAsync(read + Interlocked.Exchange(ref _receivedBefore, 0));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading)
    {
        var read = await reading.ConfigureAwait(false);
        await NoteReceived(read).ConfigureAwait(false);
        return read;
    }

    private static async ValueTask<int> AfterAsync(ValueTask noted, int read)
    {
        await noted.ConfigureAwait(false);
        return read;
    }

    private async ValueTask WriteAfterAsync(ValueTask allowed, ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        await allowed.ConfigureAwait(false);
        await _inner.WriteAsync(buffer, cancellation).ConfigureAwait(false);
    }
}
