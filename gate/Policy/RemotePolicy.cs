using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>Asks an Open Policy Agent in another process, over HTTP/1.1 (openpolicyagent.org/docs/latest/rest-api).</summary>
/// <remarks>
/// <code>
/// POST {url}/v1/data/latchgate/decision   { "input": QUESTION }  →  200 { "result": DECISION, … }
/// GET  {url}/health                                              →  200
/// </code>
/// One second for everything, no redirects, proxies or cookies, and at most a mebibyte of answer. Whatever else comes back denies.
/// </remarks>
internal sealed class RemotePolicy : IDisposable
{
    private const int LargestAnswer = 1024 * 1024;
    private const int MostConnections = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HealthLifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _probing = new();
    private readonly HttpMessageInvoker _http;
    private readonly Uri _decision;
    private readonly Uri _health;
    private readonly TimeProvider _time;
    private Task<bool>? _probe;
    private long _probedAt;

    /// <param name="url"><c>http://host:port</c>, <c>https://host:port</c> or <c>unix:///path/of/socket</c>.</param>
    /// <param name="time">The clock.</param>
    internal RemotePolicy(Uri url, TimeProvider time)
    {
        _time = time;
        var socket = url.Scheme == "unix" ? url.LocalPath : null;
        var root = socket is null ? url : new Uri("http://localhost");
        _decision = new Uri(root, "/v1/data/latchgate/decision");
        _health = new Uri(root, "/health");
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Patience,
            MaxConnectionsPerServer = MostConnections,
            MaxResponseDrainSize = 0,
            ConnectCallback = socket is null ? null : (_, cancellation) => ConnectAsync(socket, cancellation),
        });
    }

    /// <summary>Asks for a decision. Whatever goes wrong is a denial that says what.</summary>
    internal async ValueTask<PolicyDecision> DecideAsync(PolicyInput input)
    {
        var question = new RegoObject(1);
        question.Set(new RegoString("input"), InputBuilder.Build(input));
        using var request = new HttpRequestMessage(HttpMethod.Post, _decision)
        {
            Content = new ReadOnlyMemoryContent(Encoding.UTF8.GetBytes(RegoText.ToJson(question))),
        };
        request.Content.Headers.ContentType = new("application/json");
        using var limit = new CancellationTokenSource(Patience, _time);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            if ((int)response.StatusCode != 200)
            {
                return PolicyDecision.Failed(PolicyFault.Unavailable, $"OPA returned HTTP {(int)response.StatusCode}");
            }

            var answer = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            return answer is { } json ? Interpret(json.Span, input) : PolicyDecision.Failed(PolicyFault.Malformed, "OPA's answer is too large");
        }
        catch (OperationCanceledException)
        {
            return PolicyDecision.Failed(PolicyFault.Timeout, "policy engine timed out");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return PolicyDecision.Failed(PolicyFault.Unavailable, "policy engine cannot be reached");
        }
    }

    /// <summary>Whether OPA says that it is well: 200, and nothing else. Asked at most once a second.</summary>
    internal ValueTask<bool> IsHealthyAsync()
    {
        lock (_probing)
        {
            if (_probe is null || (_probe.IsCompleted && _time.GetElapsedTime(_probedAt) >= HealthLifetime))
            {
                _probedAt = _time.GetTimestamp();
                _probe = ProbeAsync();
            }

            return new ValueTask<bool>(_probe);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static PolicyDecision Interpret(ReadOnlySpan<byte> json, PolicyInput input)
    {
        RegoValue answer;
        try
        {
            answer = RegoJson.Parse(json);
        }
        catch (JsonException)
        {
            return PolicyDecision.Failed(PolicyFault.Malformed, "OPA's answer is not valid JSON");
        }

        return (answer as RegoObject)?.Get("result") is { } result
            ? PolicyDecision.Interpret(result, input)
            : PolicyDecision.Failed(PolicyFault.Malformed, "missing 'result' in OPA response — is the latchgate policy bundle loaded?");
    }

    // The whole body, or null when it is larger than it may be.
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > LargestAnswer)
        {
            return null;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[4096];
            var length = 0;
            while (await stream.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false) is > 0 and var read)
            {
                length += read;
                if (length > LargestAnswer)
                {
                    return null;
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * length);
                }
            }

            return buffer.AsMemory(0, length);
        }
    }

    private async Task<bool> ProbeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _health);
        using var limit = new CancellationTokenSource(Patience, _time);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            return (int)response.StatusCode == 200;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // That it does not answer is the answer.
            return false;
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
