using System.Globalization;
using System.Security.Cryptography;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Pipeline;

namespace LatchGate.Webhooks;

/// <summary>How one attempt ended.</summary>
internal enum AttemptResult
{
    /// <summary>The endpoint took it: 2xx.</summary>
    Delivered,

    /// <summary>It may go better later: 5xx, 408, 425, 429, the network, TLS, the name service, the proxy.</summary>
    TryAgain,

    /// <summary>It will not go better by itself: any other status, a destination that is not open, a secret that is not there.</summary>
    Refused,
}

/// <summary>What one attempt came to.</summary>
/// <param name="result">How it ended.</param>
/// <param name="status">The HTTP status, if one came.</param>
/// <param name="error">A word; null when it was delivered. Never text of the receiver's.</param>
/// <param name="retryAfter">What the receiver asks for; null when it asks for nothing.</param>
internal sealed class Attempt(AttemptResult result, int? status, string? error, TimeSpan? retryAfter = null)
{
    internal AttemptResult Result => result;

    internal int? Status => status;

    internal string? Error => error;

    internal TimeSpan? RetryAfter => retryAfter;
}

/// <summary>
/// Makes one attempt: composes the body, signs it, and sends it over the gate's own judged and pinned way out. No redirect is followed, no proxy of
/// the environment is used, and all of it together takes no longer than the endpoint's time-out.
/// </summary>
internal sealed class WebhookSender(HttpHost http, EgressCeiling ceiling, WebhookRequests requests, TimeProvider time)
{
    private const string UserAgentPrefix = "LatchGate-Webhooks/";

    /// <param name="endpoint">To whom.</param>
    /// <param name="delivery">What.</param>
    /// <param name="stop">Abandons the attempt.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    internal async ValueTask<Attempt> SendAsync(WebhookEndpoint endpoint, Delivery delivery, CancellationToken stop)
    {
        using var message = new WebhookMessage(http.Secrets);
        var body = Compose(endpoint, delivery, message);
        try
        {
            // Signed anew each time: a receiver may refuse what is older than a few minutes.
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            message.Header("Content-Type", "application/json");
            message.Header("User-Agent", UserAgentPrefix + ProductVersion.Text);
            message.Header("X-LatchGate-Event-Id", delivery.EventId);
            message.Header("X-LatchGate-Event-Type", delivery.Type);
            message.Header("X-LatchGate-Attempt", (delivery.Attempts + 1).ToString(CultureInfo.InvariantCulture));
            message.Header("X-LatchGate-Timestamp", timestamp);
            if (endpoint.Config.Secret is { } key)
            {
                message.Sign(key, timestamp, body);
            }

            foreach (var header in endpoint.Config.Headers)
            {
                message.Header(header);
            }

            var request = message.Finish(endpoint.Config, body);
            return message.MissingSecret is null
                ? await ExchangeAsync(endpoint, request, stop).ConfigureAwait(false)
                : new Attempt(AttemptResult.Refused, null, "secret_missing");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private byte[] Compose(WebhookEndpoint endpoint, Delivery delivery, WebhookMessage message)
    {
        var envelope = requests.Complete(delivery, out var hasEnded);
        return WebhookBody.Write(endpoint.Config, envelope, hasEnded, message);
    }

    private async ValueTask<Attempt> ExchangeAsync(WebhookEndpoint endpoint, OutboundRequest request, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(endpoint.Config.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return Judge(await http.SendOwnAsync(endpoint.Ask(ceiling, time.GetUtcNow()), request, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Attempt(AttemptResult.TryAgain, null, EgressReason.RequestTimeout.Label());
        }
    }

    // The status decides, whatever became of the body.
    private Attempt Judge(in Exchange exchange) => exchange.Status switch
    {
        >= 200 and < 300 => new Attempt(AttemptResult.Delivered, exchange.Status, null),
        408 or 425 or 429 or >= 500 => new Attempt(AttemptResult.TryAgain, exchange.Status, Words(exchange.Status.Value), RetryAfter(exchange.Headers)),
        { } status => new Attempt(AttemptResult.Refused, status, Redirects.IsRedirect(status) ? EgressReason.RedirectBlocked.Label() : Words(status)),
        null => new Attempt(MayPass(exchange.Reason) ? AttemptResult.TryAgain : AttemptResult.Refused, null, exchange.Reason.Label()),
    };

    // What the gate itself refuses, it refuses the next time too.
    private static bool MayPass(EgressReason reason) => reason is EgressReason.DnsFailed or EgressReason.DnsEmpty or EgressReason.ConnectFailed
        or EgressReason.ConnectTimeout or EgressReason.TlsFailed or EgressReason.RequestTimeout or EgressReason.UpstreamFailed
        or EgressReason.CaUnusable or EgressReason.ProxyDenied or EgressReason.ProxyFailed or EgressReason.ProxyUnattested;

    private static string Words(int status) => string.Create(CultureInfo.InvariantCulture, $"http_{status}");

    // RFC 9110 §10.2.3: seconds, or a date.
    private TimeSpan? RetryAfter(IReadOnlyList<HeaderField> headers)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Name != "retry-after")
            {
                continue;
            }

            if (int.TryParse(headers[i].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return TimeSpan.FromSeconds(seconds);
            }

            return DateTimeOffset.TryParseExact(headers[i].Value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
                ? date - time.GetUtcNow()
                : null;
        }

        return null;
    }
}
