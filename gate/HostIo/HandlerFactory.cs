using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Makes the HTTP client of one judged route.</summary>
/// <remarks>
/// The platform's conveniences that would reach somewhere unjudged are off: proxies from the environment, redirects, cookies,
/// decompression, trace headers, certificate downloads, revocation queries, and TLS sessions shared between routes.
/// </remarks>
internal sealed class HandlerFactory(PinnedConnector connector, ForwardProxy? proxy, TrustAnchors trust)
{
    private const int MaxConnections = 64;
    private const int MaxHeadersKb = 64;
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan ConnectionIdle = TimeSpan.FromSeconds(30);

    // Bounds how long an address stays in use after its DNS record changed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Makes a client whose every connection is to this route, or to the proxy for this route.</summary>
    internal HttpMessageInvoker Make(JudgedRoute route, EgressLimits limits, TrustAnchors.Anchors? anchors)
    {
        var isHttps = route.Target.Scheme == EgressSchemes.Https;
        var asksProxy = proxy is not null && !isHttps;
        var handler = new SocketsHttpHandler
        {
            UseProxy = asksProxy,
            Proxy = asksProxy ? proxy!.ForHttp : null,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromMilliseconds(limits.ConnectMs),
            PooledConnectionLifetime = ConnectionLifetime,
            PooledConnectionIdleTimeout = ConnectionIdle,
            MaxConnectionsPerServer = MaxConnections,
            MaxResponseHeadersLength = MaxHeadersKb,

            // A body cut at its limit is not read to the end to save the connection.
            MaxResponseDrainSize = 0,
            ConnectCallback = async (context, cancellation) =>
                new MeteredStream(await ConnectAsync(route, context.DnsEndPoint, isHttps, cancellation).ConfigureAwait(false)),
        };
        if (isHttps)
        {
            handler.SslOptions = TlsOf(anchors);
            handler.PlaintextStreamFilter = static (context, _) => ValueTask.FromResult<Stream>(new SecretWritingStream(context.PlaintextStream));
        }

        return new HttpMessageInvoker(handler);
    }

    private ValueTask<Socket> ConnectAsync(JudgedRoute route, DnsEndPoint asked, bool isHttps, CancellationToken cancellation)
    {
        if (proxy is not null && !isHttps)
        {
            return proxy.ConnectAsync(cancellation);
        }

        // An IPv6 literal comes with its brackets.
        if (asked.Port != route.Target.Port || !asked.Host.AsSpan().Trim("[]").SequenceEqual(route.Target.Host))
        {
            throw new EgressConnectException(EgressReason.RebindDetected);
        }

        return proxy is null ? connector.ConnectAsync(route, cancellation) : proxy.TunnelAsync(route.Target, cancellation);
    }

    private SslClientAuthenticationOptions TlsOf(TrustAnchors.Anchors? anchors)
    {
        var chain = new X509ChainPolicy
        {
            // A certificate names places to fetch more certificates and revocation lists from; nobody judged those.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        chain.ApplicationPolicy.Add(new Oid(ServerAuth));
        if (trust.RootsOf(anchors) is { } roots)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(roots);
        }

        return new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = chain,
            AllowTlsResume = false,
        };
    }
}
