using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>HTTP/1.1 over connections that are pinned to judged addresses.</summary>
/// <remarks>
/// The platform's conveniences that would reach somewhere unjudged are off: proxies from the environment, redirects,
/// cookies, decompression, trace headers, certificate downloads and revocation queries.
/// </remarks>
internal sealed class PinnedHttpTransport : IHttpTransport, IDisposable
{
    private const int MaxHandlers = 256;
    private const int MaxConnectionsPerHandler = 64;
    private const int MaxHeadersKb = 64;
    private const int FirstBuffer = 16 * 1024;
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan HandlerIdle = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ConnectionIdle = TimeSpan.FromSeconds(30);

    // Bounds how long an address stays in use after its DNS record changed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly PinnedConnector _connector;
    private readonly X509Certificate2Collection? _trustedRoots;
    private readonly HandlerCache _handlers;

    /// <param name="dialer">Opens sockets.</param>
    /// <param name="trustedRoots">The only roots that TLS trusts; null means the system's.</param>
    /// <param name="time">Clock of idle times and connection attempts.</param>
    internal PinnedHttpTransport(ISocketDialer dialer, X509Certificate2Collection? trustedRoots, TimeProvider time)
    {
        _connector = new PinnedConnector(dialer, time);
        _trustedRoots = trustedRoots;
        _handlers = new HandlerCache(MaxHandlers, HandlerIdle, time, MakeHandler);
    }

    public void Dispose() => _handlers.Dispose();

    public async ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
    {
        using var lease = _handlers.Rent(route, limits);
        using var message = Compose(route.Target, request);
        int? status = null;
        try
        {
            using var response = await lease.Handler.SendAsync(message, cancellation).ConfigureAwait(false);
            status = (int)response.StatusCode;
            var body = await ReadAsync(response.Content, limits.ResponseBytes, cancellation).ConfigureAwait(false);
            return body is null
                ? Exchange.Failed(EgressReason.ResponseTooLarge, status)
                : new Exchange(EgressReason.Allowed, status, HeadersOf(response), body);
        }
        catch (HttpRequestException e)
        {
            return Exchange.Failed(ReasonOf(e), status);
        }
        catch (IOException)
        {
            return Exchange.Failed(EgressReason.UpstreamFailed, status);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested && e.InnerException is TimeoutException)
        {
            // The client's own connect time-out.
            return Exchange.Failed(EgressReason.ConnectTimeout, status);
        }
    }

    private HttpMessageInvoker MakeHandler(JudgedRoute route, EgressLimits limits)
    {
        var chain = new X509ChainPolicy
        {
            // A certificate names places to fetch more certificates and revocation lists from; nobody judged those.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        chain.ApplicationPolicy.Add(new Oid(ServerAuth));
        if (_trustedRoots is not null)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(_trustedRoots);
        }

        return new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromMilliseconds(limits.ConnectMs),
            PooledConnectionLifetime = ConnectionLifetime,
            PooledConnectionIdleTimeout = ConnectionIdle,
            MaxConnectionsPerServer = MaxConnectionsPerHandler,
            MaxResponseHeadersLength = MaxHeadersKb,

            // A body cut at its limit is not read to the end to save the connection.
            MaxResponseDrainSize = 0,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = chain,
            },
            ConnectCallback = async (context, cancellation) =>
            {
                // An IPv6 literal comes with its brackets.
                var asked = context.DnsEndPoint;
                if (asked.Port != route.Target.Port || !asked.Host.AsSpan().Trim("[]").SequenceEqual(route.Target.Host))
                {
                    throw new EgressConnectException(EgressReason.RebindDetected);
                }

                return new NetworkStream(await _connector.ConnectAsync(route, cancellation).ConfigureAwait(false), ownsSocket: true);
            },
        });
    }

    private static HttpRequestMessage Compose(Target target, OutboundRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), target.RequestUri)
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

    // Null when the body is over the limit; no more than a buffer beyond it is ever read.
    private static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
                length += read;
                if (length > limit)
                {
                    return null;
                }

                if (read == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Release(buffer, length);
                    buffer = larger;
                }
            }
        }
        finally
        {
            Release(buffer, length);
        }
    }

    // Answers may hold secrets; the pool is shared with everything else in the process.
    private static void Release(byte[] buffer, int used)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, Math.Min(used, buffer.Length)));
        ArrayPool<byte>.Shared.Return(buffer);
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

    private static EgressReason ReasonOf(HttpRequestException e)
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case EgressConnectException refused:
                    return refused.Reason;
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
