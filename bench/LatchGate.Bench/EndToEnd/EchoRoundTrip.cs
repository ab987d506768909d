using System.Net.Sockets;

namespace LatchGate.Bench.EndToEnd;

/// <summary>A client and its <see cref="EchoServer"/>, a thread each.</summary>
internal sealed class EchoRoundTrip : IDisposable
{
    private readonly EchoServer _server;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _request;
    private readonly byte[] _answer;

    /// <param name="path">Of the socket.</param>
    /// <param name="requestBytes">Of a request.</param>
    /// <param name="answerBytes">Of its answer.</param>
    /// <param name="work">What the server does between the two; null for nothing.</param>
    internal EchoRoundTrip(string path, int requestBytes, int answerBytes, Action? work = null)
    {
        (_request, _answer) = (new byte[requestBytes], new byte[answerBytes]);
        _server = new EchoServer(path, requestBytes, answerBytes, work);
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>Sends a request and waits for the whole answer.</summary>
    internal void Run()
    {
        _socket.Send(_request);
        for (var read = 0; read < _answer.Length;)
        {
            var count = _socket.Receive(_answer.AsSpan(read));
            read += count > 0 ? count : throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _server.Dispose();
    }
}
