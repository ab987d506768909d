using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Conformance.Suites;

/// <summary>The internet of the cases: one HTTP server on loopback that stands for every host, with a certificate for each.</summary>
internal sealed class EgressUpstream : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly Dictionary<string, X509Certificate2> _leaves = [];
    private readonly Task _accepting;
    private Script? _script;

    internal EgressUpstream()
    {
        var request = new CertificateRequest("CN=Egress cases", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The value of a secret: what is seen on the wire when it was put in.</summary>
    internal static string ValueOf(string secret) => $"value-of-{secret}-0123456789";

    /// <summary>Begins a case.</summary>
    internal Script Play(JsonElement testCase) => _script = new Script(this, testCase);

    public void Dispose()
    {
        _listener.Stop();
        _accepting.GetAwaiter().GetResult();
        foreach (var leaf in _leaves.Values)
        {
            leaf.Dispose();
        }

        _root.Dispose();
        _key.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = ServeAsync(socket, _script!);
        }
    }

    private async Task ServeAsync(Socket socket, Script script)
    {
        try
        {
            await using var tcp = new NetworkStream(socket, ownsSocket: true);
            if (!script.IsTls)
            {
                await script.AnswerAsync(tcp);
                return;
            }

            await using var tls = new SslStream(tcp);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = LeafOf(script.Host) });
            await script.AnswerAsync(tls);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or ObjectDisposedException)
        {
            // The gate went away: a connection that lost the race, or one that it refused.
        }
    }

    private X509Certificate2 LeafOf(string host)
    {
        lock (_leaves)
        {
            if (_leaves.TryGetValue(host, out var known))
            {
                return known;
            }

            var request = new CertificateRequest("CN=leaf", _key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }

            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
            using var signed = request.Create(_root, _root.NotBefore, _root.NotAfter, RandomNumberGenerator.GetBytes(8));
            return _leaves[host] = signed.CopyWithPrivateKey(_key);
        }
    }

    /// <summary>A request as it came in over the wire.</summary>
    internal sealed record Seen(string Method, IReadOnlyList<(string Name, string Value)> Headers)
    {
        // Set by the gate for every request.
        private static readonly string[] Own = ["host", "content-length", "accept-encoding", "connection"];

        internal IEnumerable<string> GuestHeaders => Headers.Select(h => h.Name).Where(name => !Own.Contains(name)).Order(StringComparer.Ordinal);

        internal IEnumerable<string> Injected =>
            Headers.Where(h => h.Value.Contains("value-of-", StringComparison.Ordinal)).Select(h => h.Name).Order(StringComparer.Ordinal);
    }

    /// <summary>One case's traffic: the real transport, whose connections land here whatever address they are for.</summary>
    internal sealed class Script : IHttpTransport, ISocketDialer, IDisposable
    {
        private readonly EgressUpstream _upstream;
        private readonly JsonElement _case;
        private readonly PinnedHttpTransport _transport;
        private readonly ConcurrentDictionary<Socket, IPEndPoint> _remotes = [];
        private readonly ConcurrentQueue<Seen> _requests = [];
        private readonly List<JudgedRoute> _routes = [];
        private int _hop;

        internal Script(EgressUpstream upstream, JsonElement testCase)
        {
            (_upstream, _case) = (upstream, testCase);
            _transport = new PinnedHttpTransport(this, [upstream._root], TimeProvider.System);
        }

        internal bool IsTls => _routes[^1].Target.Scheme == EgressSchemes.Https;

        internal string Host => _routes[^1].Target.Host;

        internal IEnumerable<string> Pinned => _routes.Count == 0 ? [] : _routes[^1].Addresses.Select(a => a.ToString());

        internal Seen Last => _requests.LastOrDefault() ?? new Seen("", []);

        /// <summary>An address that was dialled although no route holds it; null as it should be.</summary>
        internal IPEndPoint? Unjudged => _remotes.Values.FirstOrDefault(dialled => !_routes.Exists(route => route.IsPinned(dialled)));

        public void Dispose() => _transport.Dispose();

        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
        {
            _routes.Add(route);
            return _transport.SendAsync(route, request, limits, cancellation);
        }

        public async ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
        {
            var socket = await SocketDialer.Instance.DialAsync((IPEndPoint)_upstream._listener.LocalEndpoint, cancellation);
            _remotes[socket] = endpoint;
            return socket;
        }

        public IPEndPoint? RemoteOf(Socket socket) =>
            _case.TryGetProperty("peer", out var peer) ? new IPEndPoint(IPAddress.Parse(peer.GetString()!), _remotes[socket].Port) : _remotes[socket];

        internal async Task AnswerAsync(Stream stream)
        {
            using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
            while (await reader.ReadLineAsync() is { } line)
            {
                var headers = new List<(string Name, string Value)>();
                var length = 0;
                for (var field = await reader.ReadLineAsync(); field is { Length: > 0 }; field = await reader.ReadLineAsync())
                {
                    var colon = field.IndexOf(':', StringComparison.Ordinal);
                    headers.Add((field[..colon].ToLowerInvariant(), field[(colon + 1)..].Trim()));
                    length = headers[^1].Name == "content-length" ? int.Parse(headers[^1].Value, CultureInfo.InvariantCulture) : length;
                }

                if (length > 0)
                {
                    // Asked for nothing, the reader would wait for more.
                    await reader.ReadBlockAsync(new char[length]);
                }

                _requests.Enqueue(new Seen(line.Split(' ')[0], headers));
                await stream.WriteAsync(NextAnswer());
            }
        }

        // One reply for each hop, then an empty 200.
        private byte[] NextAnswer()
        {
            var reply = _case.TryGetProperty("responses", out var responses) && _hop < responses.GetArrayLength() ? responses[_hop++] : default;
            var isGiven = reply.ValueKind == JsonValueKind.Object;
            var head = new StringBuilder("HTTP/1.1 ").Append(isGiven ? reply.GetProperty("status").GetInt32() : 200).Append(" Case\r\n");
            if (isGiven && reply.TryGetProperty("location", out var location))
            {
                head.Append("Location: ").Append(location.GetString()).Append("\r\n");
            }

            var body = new byte[isGiven && reply.TryGetProperty("body_bytes", out var bytes) ? bytes.GetInt32() : 0];
            if (isGiven && reply.TryGetProperty("decoded_bytes", out var decoded))
            {
                body = Compressed(decoded.GetInt32());
                head.Append("Content-Encoding: gzip\r\n");
            }

            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
            return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
        }

        private static byte[] Compressed(int length)
        {
            using var output = new MemoryStream();
            using (var gzip = new GZipStream(output, CompressionLevel.SmallestSize))
            {
                gzip.Write(new byte[length]);
            }

            return output.ToArray();
        }
    }
}
