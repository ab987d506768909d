using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Demo;

/// <summary>
/// A small HTTP service on 127.0.0.1, and on ::1 where the machine has it, that stands for the outside world. It counts whoever
/// connects: a call that was denied must not even have knocked.
/// </summary>
internal sealed class OutsideWorld : IAsyncDisposable
{
    private static readonly byte[] _body = """{"city":"Lisbon","sky":"clear","celsius":24}"""u8.ToArray();
    private static readonly byte[] _answer =
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {_body.Length}\r\nConnection: close\r\n\r\n"), .. _body];

    private readonly TcpListener _four = new(IPAddress.Loopback, 0);
    private readonly TcpListener? _six;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;
    private int _connections;
    private volatile string _lastRequestLine = "";

    internal OutsideWorld()
    {
        _four.Start();
        Port = ((IPEndPoint)_four.LocalEndpoint).Port;
        _six = TryListenSix(Port);
        _serving = Task.WhenAll(ServeAsync(_four), _six is null ? Task.CompletedTask : ServeAsync(_six));
    }

    internal int Port { get; }

    internal bool HasSix => _six is not null;

    /// <summary>Connections so far, whatever came over them.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>Method, target and version of the last request.</summary>
    internal string LastRequestLine => _lastRequestLine;

    /// <summary>What the service answers to every request.</summary>
    internal static string Body => Encoding.ASCII.GetString(_body);

    /// <summary>The digest of <see cref="Body"/> in the form of a receipt.</summary>
    internal static string BodyDigest => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(_body))}";

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _four.Dispose();
        _six?.Dispose();
        await _serving;
        _closing.Dispose();
    }

    private static TcpListener? TryListenSix(int port)
    {
        var listener = new TcpListener(IPAddress.IPv6Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            // No IPv6 here, or the port is another's: the gate must deny ::1 all the same.
            listener.Dispose();
            return null;
        }
    }

    private async Task ServeAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync(_closing.Token);
                Interlocked.Increment(ref _connections);
                await AnswerAsync(client);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The demo is over.
        }
    }

    private async Task AnswerAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await using var stream = new NetworkStream(client);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            _lastRequestLine = await reader.ReadLineAsync(limit.Token) ?? "";
            while (await reader.ReadLineAsync(limit.Token) is { Length: > 0 })
            {
            }

            await stream.WriteAsync(_answer, limit.Token);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !_closing.IsCancellationRequested))
        {
            _lastRequestLine = $"(broken off: {e.Message})";
        }
    }
}
