using System.Buffers;
using System.Buffers.Text;

namespace LatchGate.Http;

/// <summary>
/// The answer under construction: status, headers and a wholly buffered body, sent in one piece after the handler returns.
/// <c>date</c>, <c>content-length</c> and <c>connection</c> are the server's. Not thread-safe; of no use after the exchange.
/// </summary>
public sealed class HttpResponse : IBufferWriter<byte>
{
    // The head is written right before the body, so both are one span; a longer head moves the body once.
    private const int UsualHeadBytes = 512;
    private const int FirstBytes = 4 * 1024;

    private readonly HttpDate _date;
    private readonly ArrayBufferWriter<byte> _fields = new(128);
    private byte[]? _array;
    private int _bodyStart;
    private int _end;
    private int _status;

    internal HttpResponse(HttpDate date) => _date = date;

    /// <summary>200 to 599; starts as 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Status
    {
        get => _status;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _status = value;
        }
    }

    /// <summary>Where the body goes; the same object.</summary>
    public IBufferWriter<byte> Body => this;

    /// <summary>Bytes of the body so far.</summary>
    public int BodyLength => _end - _bodyStart;

    /// <summary>Ends the connection after this answer.</summary>
    public bool CloseConnection { get; set; }

    /// <summary>Sets <c>content-type</c>, without which none is sent.</summary>
    public void SetContentType(ReadOnlySpan<byte> value) => SetHeader("content-type"u8, value);

    /// <summary>Sets a header, replacing an earlier value.</summary>
    /// <param name="lowerName">A token in lower case; none of those that the server sets.</param>
    /// <param name="value">Visible ASCII, SP and HTAB; no line ends.</param>
    /// <exception cref="ArgumentException">Name or value is not as said: a response is never split.</exception>
    public void SetHeader(ReadOnlySpan<byte> lowerName, ReadOnlySpan<byte> value)
    {
        if (!HttpGrammar.IsToken(lowerName) || lowerName.ContainsAnyInRange((byte)'A', (byte)'Z') || IsServers(lowerName))
        {
            throw new ArgumentException("The name must be a lower-case token that the server does not set itself.", nameof(lowerName));
        }

        if (value.ContainsAny(HttpGrammar.ForbiddenInValue) || value.ContainsAnyInRange((byte)0x80, (byte)0xFF))
        {
            throw new ArgumentException("The value must be ASCII without control bytes.", nameof(value));
        }

        Remove(lowerName);
        _fields.Write(lowerName);
        _fields.Write(": "u8);
        _fields.Write(value);
        _fields.Write("\r\n"u8);
    }

    /// <summary>Drops status, headers and body.</summary>
    public void Reset()
    {
        _status = 200;
        CloseConnection = false;
        _fields.ResetWrittenCount();
        _bodyStart = _end = UsualHeadBytes;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_array?.Length ?? 0) - _end);
        _end += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => Grown(sizeHint).AsMemory(_end);

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => Grown(sizeHint).AsSpan(_end);

    /// <summary>Makes this the answer to <paramref name="fault"/>; the connection ends after it.</summary>
    internal void SetFault(HttpFault fault)
    {
        Reset();
        Status = HttpFaults.Status(fault);
        SetContentType("application/json"u8);
        this.Write(HttpFaults.Body(fault));
        CloseConnection = true;
    }

    /// <summary>Writes the head before the body.</summary>
    /// <param name="dropBody">For HEAD: the length is told, the body is not sent (RFC 9110 §9.3.2).</param>
    /// <param name="keepAlive10">Whether an HTTP/1.0 client must be told that the connection stays.</param>
    /// <returns>Everything to send, valid until <see cref="Release"/>.</returns>
    internal ReadOnlyMemory<byte> Render(bool dropBody, bool keepAlive10)
    {
        Span<byte> head = stackalloc byte[256];
        var length = RenderFixed(head, keepAlive10);
        head = head[..length];
        var fields = _fields.WrittenSpan;
        var total = head.Length + fields.Length + 2;
        var array = Grown(0);
        if (total > _bodyStart)
        {
            array = MoveBody(total);
        }

        var start = _bodyStart - total;
        var target = array.AsSpan(start, total);
        head.CopyTo(target);
        fields.CopyTo(target[head.Length..]);
        "\r\n"u8.CopyTo(target[^2..]);
        return array.AsMemory(start, dropBody || !MayHaveBody ? total : total + BodyLength);
    }

    /// <summary>Gives the memory back.</summary>
    internal void Release()
    {
        if (_array is not null)
        {
            // Answers carry leases and outputs: other users of the pool must not find them.
            ArrayPool<byte>.Shared.Return(_array, clearArray: true);
            _array = null;
        }

        Reset();
    }

    private bool MayHaveBody => _status is not (204 or 304);

    private static bool IsServers(ReadOnlySpan<byte> name)
        => name.SequenceEqual("content-length"u8) || name.SequenceEqual("transfer-encoding"u8) || name.SequenceEqual("connection"u8) || name.SequenceEqual("date"u8);

    private int RenderFixed(Span<byte> head, bool keepAlive10)
    {
        var line = new SpanWriter(head);
        line.Write("HTTP/1.1 "u8);
        line.Write(_status);
        line.Write(" "u8);
        line.Write(ReasonPhrase.Of(_status));
        line.Write("\r\ndate: "u8);
        line.Write(_date.Now());
        if (MayHaveBody)
        {
            line.Write("\r\ncontent-length: "u8);
            line.Write(BodyLength);
        }

        if (CloseConnection)
        {
            line.Write("\r\nconnection: close"u8);
        }
        else if (keepAlive10)
        {
            line.Write("\r\nconnection: keep-alive"u8);
        }

        line.Write("\r\n"u8);
        return line.Length;
    }

    private void Remove(ReadOnlySpan<byte> name)
    {
        var fields = _fields.WrittenSpan;
        for (var start = 0; start < fields.Length;)
        {
            var length = fields[start..].IndexOf((byte)'\n') + 1;
            var field = fields.Slice(start, length);
            if (field.Length > name.Length && field[name.Length] == ':' && field.StartsWith(name))
            {
                var rest = fields[(start + length)..].ToArray();
                var kept = fields[..start].ToArray();
                _fields.ResetWrittenCount();
                _fields.Write(kept);
                _fields.Write(rest);
                return;
            }

            start += length;
        }
    }

    private byte[] Grown(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = Math.Max(sizeHint, 1);
        if (_array is null)
        {
            _array = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, checked(_end + needed)));
        }
        else if (_array.Length - _end < needed)
        {
            Replace(checked((int)Math.Min(Array.MaxLength, Math.Max((long)_array.Length * 2, (long)_end + needed))), _bodyStart);
        }

        return _array;
    }

    private byte[] MoveBody(int bodyStart)
    {
        Replace(checked(bodyStart + BodyLength), bodyStart);
        return _array!;
    }

    private void Replace(int capacity, int bodyStart)
    {
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        _array.AsSpan(_bodyStart, BodyLength).CopyTo(larger.AsSpan(bodyStart));
        ArrayPool<byte>.Shared.Return(_array!, clearArray: true);
        _end = bodyStart + BodyLength;
        _bodyStart = bodyStart;
        _array = larger;
    }

    private ref struct SpanWriter(Span<byte> target)
    {
        private readonly Span<byte> _target = target;

        internal int Length { get; private set; }

        internal void Write(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_target[Length..]);
            Length += bytes.Length;
        }

        internal void Write(int number)
        {
            _ = Utf8Formatter.TryFormat(number, _target[Length..], out var written);
            Length += written;
        }
    }
}
