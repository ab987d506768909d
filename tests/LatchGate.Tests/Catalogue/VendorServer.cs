using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace LatchGate.Tests.Catalogue;

/// <summary>One request as it arrived over TLS.</summary>
internal sealed record VendorRequest(
    string ServerName, string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The values of a header, in the order in which they came.</summary>
    internal string[] Values(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static header => header.Value)];
}

/// <summary>Every vendor at once, on one port of loopback: answers with the reply of the case, and remembers what arrived.</summary>
internal sealed class VendorServer : IAsyncDisposable
{
    private readonly VendorCertificates _certificates = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly ConcurrentQueue<VendorRequest> _arrived = [];
    private readonly Task _accepting;
    private VendorReply? _reply;

    internal VendorServer()
    {
        _listener.Start();
        Network = new VendorNetwork((IPEndPoint)_listener.LocalEndpoint);
        _accepting = AcceptAsync();
    }

    /// <summary>What stands for the internet: every name is a public address, and every connection lands here.</summary>
    internal VendorNetwork Network { get; }

    internal System.Security.Cryptography.X509Certificates.X509Certificate2Collection Roots => [_certificates.Root];

    /// <summary>Forgets what arrived, and answers with <paramref name="reply"/> from now on.</summary>
    internal void Expect(VendorReply? reply)
    {
        _arrived.Clear();
        Volatile.Write(ref _reply, reply);
    }

    internal VendorRequest[] Arrived => [.. _arrived];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_serving);
        _stop.Dispose();
        _certificates.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (
            _stop.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            var name = "";
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = _certificates.Of(name) });
                },
                null,
                _stop.Token);
            while (await ReadAsync(tls, name) is { } request)
            {
                _arrived.Enqueue(request);
                await AnswerAsync(tls, request);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException)
        {
            // The gate went away, or did not trust the certificate; the case finds that nothing arrived.
        }
    }

    private async Task AnswerAsync(SslStream tls, VendorRequest request)
    {
        var reply = Volatile.Read(ref _reply) ?? new VendorReply(599, [], []);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Reply\r\n");
        foreach (var (name, value) in reply.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        // RFC 9110 §8.6: a 204 has no length.
        if (reply.Status != 204)
        {
            head.Append(CultureInfo.InvariantCulture, $"content-length: {reply.Body.Length}\r\n");
        }

        await tls.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method != "HEAD")
        {
            await tls.WriteAsync(reply.Body, _stop.Token);
        }
    }

    private async Task<VendorRequest?> ReadAsync(SslStream tls, string name)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || !bytes[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await tls.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            bytes.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. bytes[..^4]]).Split("\r\n");
        var start = lines[0].Split(' ');
        var headers = lines[1..].Select(static line => line.Split(':', 2)).Select(static pair => (pair[0], pair[1].Trim(' '))).ToList();
        var request = new VendorRequest(name, start[0], start[1], headers, []);
        var length = request.Values("content-length").SingleOrDefault("0");
        var body = new byte[int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture)];
        await tls.ReadExactlyAsync(body, _stop.Token);
        return request with { Body = body };
    }
}
