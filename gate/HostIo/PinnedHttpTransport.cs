using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>HTTP/1.1 over connections that are pinned to judged addresses, or that a forward proxy opens to judged names.</summary>
internal sealed class PinnedHttpTransport : IHttpTransport, IDisposable
{
    private const int MaxHandlers = 256;
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly TimeSpan HandlerIdle = TimeSpan.FromMinutes(2);

    private readonly TrustAnchors _trust;
    private readonly HandlerCache _handlers;
    private readonly bool _isProxied;

    /// <param name="dialer">Opens sockets.</param>
    /// <param name="trustedRoots">The only roots that TLS trusts, beside those of a rule's own file; null means the system's.</param>
    /// <param name="time">Clock of idle times and connection attempts.</param>
    /// <param name="proxy">The forward proxy, <c>http://host:port</c>; null connects directly.</param>
    internal PinnedHttpTransport(ISocketDialer dialer, X509Certificate2Collection? trustedRoots, TimeProvider time, Uri? proxy = null)
    {
        var connector = new PinnedConnector(dialer, time);
        _trust = new TrustAnchors(trustedRoots);
        _isProxied = proxy is not null;
        var factory = new HandlerFactory(connector, proxy is null ? null : new ForwardProxy(proxy, connector), _trust);
        _handlers = new HandlerCache(MaxHandlers, HandlerIdle, time, factory.Make);
    }

    public void Dispose() => _handlers.Dispose();

    public async ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
    {
        if (!_trust.TryGet(route.AllowRule.CaFile, out var anchors))
        {
            return Exchange.Failed(EgressReason.CaUnusable);
        }

        new WireExchange(request.Secrets, request.Meter ?? new TrafficMeter(null, cancellation)).Enter();
        return await ExchangeAsync(route, request, limits, anchors, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<Exchange> ExchangeAsync(
        JudgedRoute route, OutboundRequest request, EgressLimits limits, TrustAnchors.Anchors? anchors, CancellationToken cancellation)
    {
        using var lease = _handlers.Rent(route, limits, anchors);
        using var message = Compose(route.Target, request);
        int? status = null;
        try
        {
            using var response = await lease.Handler.SendAsync(message, cancellation).ConfigureAwait(false);
            RequireWritten(request.Secrets);
            if (IsProxys(route, response, out var reason))
            {
                return Exchange.Failed(reason, layer: EgressLayer.Proxy);
            }

            status = (int)response.StatusCode;
            if (!ResponseFraming.IsSound(response))
            {
                return Exchange.Failed(EgressReason.UpstreamFailed, status);
            }

            var body = await ResponseBody.ReadAsync(response.Content, limits, request.Redactor, cancellation).ConfigureAwait(false);
            return body.Reason == EgressReason.Allowed
                ? new Exchange(EgressReason.Allowed, status, HeadersOf(response), body.Bytes) { Truncated = body.IsCut }
                : Exchange.Failed(body.Reason, status);
        }
        catch (HttpRequestException e)
        {
            return RefusalIn(e) is { } refusal ? Exchange.Failed(refusal.Reason, status, refusal.Layer) : Exchange.Failed(ReasonOf(e), status);
        }
        catch (IOException e)
        {
            return RefusalIn(e) is { } refusal ? Exchange.Failed(refusal.Reason, status, refusal.Layer) : Exchange.Failed(EgressReason.UpstreamFailed, status);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested && e.InnerException is TimeoutException)
        {
            // The client's own connect time-out.
            return Exchange.Failed(EgressReason.ConnectTimeout, status);
        }
        catch (OperationCanceledException) when (status is not null && request.HeadCounts)
        {
            return Exchange.Failed(EgressReason.RequestTimeout, status);
        }
    }

    // An error page of the proxy is no answer of the target's. In a tunnel the proxy has no say any more.
    private bool IsProxys(JudgedRoute route, HttpResponseMessage response, out EgressReason reason)
    {
        reason = EgressReason.Allowed;
        if (!_isProxied || route.Target.Scheme != EgressSchemes.Http || !response.Headers.NonValidated.TryGetValues("X-Squid-Error", out var error))
        {
            return false;
        }

        reason = ProxyTunnel.ReasonOf((int)response.StatusCode, error.ToString());
        return true;
    }

    // A request that lacked its credential must not pass for one that had it.
    private static void RequireWritten(SecretField[] secrets)
    {
        foreach (var secret in secrets)
        {
            if (!secret.Written)
            {
                throw new InvalidOperationException("A credential was not written into the request.");
            }
        }
    }

    private static HttpRequestMessage Compose(Target target, OutboundRequest request)
    {
        var url = request.SentPath is { } path ? new Uri(target.Origin + path, AsWritten) : target.RequestUri;
        var message = new HttpRequestMessage(HttpMethods.Of(request.Method), url)
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        // The client sends a request again when a reused connection closes without an answer, unless it had begun to
        // send content. So whatever may change something has content, be it empty: it is sent at most once.
        if (request.Body is not null || !HttpMethods.IsSafe(request.Method))
        {
            message.Content = new ReadOnlyMemoryContent(request.Body ?? default);
        }

        message.Headers.TryAddWithoutValidation("accept-encoding", "identity");
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                // A field that describes content, which goes with it or not at all.
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    private static List<HeaderField> HeadersOf(HttpResponseMessage response)
    {
        var fields = new List<HeaderField>();
        Add(response.Headers.NonValidated);
        Add(response.Content.Headers.NonValidated);
        return fields;

        void Add(HttpHeadersNonValidated headers)
        {
            foreach (var (name, values) in headers)
            {
                foreach (var value in values)
                {
                    fields.Add(new HeaderField(name.ToLowerInvariant(), value));
                }
            }
        }
    }

    // What a stream of ours said, however deep the client packed it.
    private static EgressConnectException? RefusalIn(Exception? e)
    {
        while (e is not (null or EgressConnectException))
        {
            e = e.InnerException;
        }

        return (EgressConnectException?)e;
    }

    private static EgressReason ReasonOf(HttpRequestException e)
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AuthenticationException:
                    return EgressReason.TlsFailed;
                case TimeoutException when e.HttpRequestError == HttpRequestError.ConnectionError:
                    return EgressReason.ConnectTimeout;
            }
        }

        return e.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => EgressReason.TlsFailed,
            HttpRequestError.ConnectionError => EgressReason.ConnectFailed,
            _ => EgressReason.UpstreamFailed,
        };
    }
}
