using System.Net.Sockets;

namespace LatchGate.Bench.EndToEnd;

/// <summary>Answers as many bytes as the gate would to as many bytes as an agent would send, after some work or none.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    internal EchoServer(string path, int requestBytes, int answerBytes, Action? work = null)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(1);
        Background.Start("echo", () => Serve(new byte[requestBytes], new byte[answerBytes], work));
    }

    internal string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Serve(byte[] request, byte[] answer, Action? work)
    {
        using var socket = _listener.Accept();
        while (true)
        {
            for (var read = 0; read < request.Length;)
            {
                var count = socket.Receive(request.AsSpan(read));
                if (count == 0)
                {
                    return;
                }

                read += count;
            }

            work?.Invoke();
            socket.Send(answer);
        }
    }
}
