using System.Buffers.Text;
using System.Net.Sockets;

namespace LatchGate.Bench.EndToEnd;

/// <summary>A blocking HTTP/1.1 connection over a Unix socket that sends bytes made before: one write and, as a rule, one read.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[64 * 1024];

    internal RawConnection(string path)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>The last answer's body; holds until the next exchange.</summary>
    internal ReadOnlySpan<byte> Body => _buffer.AsSpan(_bodyStart, _bodyLength);

    /// <summary>Bytes of the last answer.</summary>
    internal int AnswerLength => _bodyStart + _bodyLength;

    private int _bodyStart;
    private int _bodyLength;

    /// <summary>Sends one request, reads its whole answer and returns the status.</summary>
    internal int Exchange(ReadOnlySpan<byte> request)
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += _socket.Send(request[sent..]);
        }

        var filled = 0;
        var end = -1;
        while (end < 0)
        {
            filled += Receive(filled);
            end = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
        }

        _bodyStart = end + 4;
        _bodyLength = ContentLength(_buffer.AsSpan(0, end));
        while (filled < AnswerLength)
        {
            filled += Receive(filled);
        }

        return Utf8Parser.TryParse(_buffer.AsSpan(9, 3), out int status, out _) ? status : throw new InvalidDataException("The answer has no status.");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Receive(int filled)
    {
        var read = _socket.Receive(_buffer.AsSpan(filled));
        return read > 0 ? read : throw new SocketException((int)SocketError.ConnectionReset);
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\ncontent-length: "u8;
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _) ? length : 0;
    }
}
