namespace LatchGate.HostIo;

/// <summary>
/// The plaintext side of a TLS connection. It writes the secrets of the exchange under way where the client wrote their marks,
/// out of locked memory that is wiped at once: between that memory and the TLS library, nothing of the process holds them.
/// </summary>
/// <remarks>
/// The client writes a request's head in one piece, so a mark is never cut in two. Were that to change, a mark would go out as it
/// is: the request would lack its credential, and the transport, which looks at <see cref="SecretField.Written"/>, would say so.
/// </remarks>
internal sealed class SecretWritingStream(Stream inner) : Stream
{
    private const int BufferSize = 2 * SecretField.MaxLength;

    private SecureBuffer? _buffer;
    private WireExchange? _done;

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WireExchange.Current is { Secrets.Length: > 0 } exchange && exchange != _done
            ? WriteHeadAsync(buffer, exchange, cancellationToken)
            : inner.WriteAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _buffer?.Release();
        await inner.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _buffer?.Release();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // The head is the first thing written for an exchange on this connection; a body that follows is not searched.
    private async ValueTask WriteHeadAsync(ReadOnlyMemory<byte> head, WireExchange exchange, CancellationToken cancellation)
    {
        _done = exchange;
        var buffer = _buffer ??= new SecureBuffer(BufferSize);
        var used = 0;

        // The connection may be closed, by a time-out for one, while a write is under way.
        buffer.Hold();
        try
        {
            while (true)
            {
                var (at, field) = FirstMark(head.Span, exchange.Secrets);
                for (var plain = head[..at]; !plain.IsEmpty;)
                {
                    var part = Math.Min(plain.Length, BufferSize - used);
                    plain.Span[..part].CopyTo(buffer.GetSpan()[used..]);
                    (used, plain) = (used + part, plain[part..]);
                    if (used == BufferSize)
                    {
                        await inner.WriteAsync(buffer.Memory, cancellation).ConfigureAwait(false);
                        used = 0;
                    }
                }

                if (field is null)
                {
                    break;
                }

                if (BufferSize - used < field.Capacity)
                {
                    await inner.WriteAsync(buffer.Memory[..used], cancellation).ConfigureAwait(false);
                    used = 0;
                }

                used += field.WriteTo(buffer.GetSpan()[used..]);
                head = head[(at + field.MarkBytes.Length)..];
            }

            await inner.WriteAsync(buffer.Memory[..used], cancellation).ConfigureAwait(false);
        }
        finally
        {
            buffer.Yield();
        }
    }

    private static (int At, SecretField? Field) FirstMark(ReadOnlySpan<byte> head, SecretField[] fields)
    {
        var (first, found) = (head.Length, default(SecretField));
        foreach (var field in fields)
        {
            var at = head[..Math.Min(head.Length, first + field.MarkBytes.Length)].IndexOf(field.MarkBytes);
            if (at >= 0 && at < first)
            {
                (first, found) = (at, field);
            }
        }

        return (first, found);
    }
}
