using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace LatchGate.Cli.Client;

/// <summary>HTTP/1.1 to one of the gate's Unix sockets.</summary>
internal sealed class GateHttp : IDisposable
{
    // An action's output may have 64 MiB, and the answer wraps it.
    private const int LargestAnswer = 80 * 1024 * 1024;

    private readonly string _socket;
    private readonly HttpClient _http;

    internal GateHttp(string socket)
    {
        _socket = socket;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
        };
        _http = new HttpClient(handler)
        {
            // The name only fills the Host header; nothing is resolved.
            BaseAddress = new Uri("http://localhost"),
            MaxResponseContentBufferSize = LargestAnswer,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends one request and reads the whole answer.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="authorization">Token and proof, or null.</param>
    /// <param name="body">JSON, or null for no body.</param>
    /// <param name="timeout">For the whole exchange.</param>
    /// <param name="cancellation">Stops it earlier.</param>
    /// <exception cref="GateUnreachableException">Nothing answers at the socket, or not in time.</exception>
    internal async Task<GateResponse> SendAsync(
        HttpMethod method,
        string target,
        DpopAuthorization? authorization,
        ReadOnlyMemory<byte>? body,
        TimeSpan timeout,
        CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, target);
        if (authorization is { } dpop)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("DPoP", dpop.Token);
            request.Headers.Add("DPoP", dpop.Proof);
        }

        if (body is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            return new GateResponse((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false));
        }
        catch (HttpRequestException e)
        {
            // .NET tells a missing file (ENOENT) as if it were an address.
            var reason = File.Exists(_socket) ? (e.InnerException ?? e).Message : "there is no such socket";
            throw new GateUnreachableException(_socket, reason, e) { MayHaveHappened = e.HttpRequestError == HttpRequestError.ResponseEnded };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new GateUnreachableException(_socket, $"no answer within {timeout.TotalSeconds:0} seconds", e) { MayHaveHappened = true };
        }
    }

    /// <summary>The bytes of one JSON object.</summary>
    internal static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What authenticates one request: the token, and the proof that its key's holder sends it.</summary>
/// <param name="Token">Lease or API key.</param>
/// <param name="Proof">The DPoP proof for this very request.</param>
internal readonly record struct DpopAuthorization(string Token, string Proof);
