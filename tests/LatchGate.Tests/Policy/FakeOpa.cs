using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LatchGate.Tests.Policy;

/// <summary>Answers each request with the same bytes, on loopback or on a Unix socket; null lets the caller wait.</summary>
internal sealed class FakeOpa : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly Func<string, string?> _answer;

    internal FakeOpa(Func<string, string?> answer, string? socket = null)
    {
        _answer = answer;
        _listener = socket is null ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(socket is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        Url = socket is null ? new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}") : new Uri($"unix://{socket}");
        _serving = ServeAsync();
    }

    internal Uri Url { get; }

    internal List<string> Requests { get; } = [];

    internal static string Ok(string body, string status = "200 OK", string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[64 * 1024];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await _listener.AcceptAsync(_stop.Token);
                var text = new StringBuilder();
                int read;
                do
                {
                    read = await connection.ReceiveAsync(buffer, _stop.Token);
                    text.Append(Encoding.UTF8.GetString(buffer, 0, read));
                }
                while (read > 0 && !IsWhole(text.ToString()));
                lock (Requests)
                {
                    Requests.Add(text.ToString());
                }

                if (_answer(text.ToString()) is not { } answer)
                {
                    await connection.ReceiveAsync(buffer, _stop.Token);
                    continue;
                }

                await connection.SendAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                connection.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over, or the client left: the next connection tells.
            }
        }
    }

    private static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var at = request.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        return end >= 0 && (at < 0 || Encoding.UTF8.GetByteCount(request[(end + 4)..]) >= int.Parse(request[(at + 16)..request.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture));
    }
}
