using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using LatchGate.Config;
using LatchGate.Crypto;

namespace LatchGate.Telemetry.Otlp;

/// <summary>What a collector made of one request.</summary>
internal enum OtlpAnswer
{
    /// <summary>It took it, or the part that it wanted.</summary>
    Taken,

    /// <summary>Not now: 429, 502, 503 or 504, or no answer at all (OTLP/HTTP, "Retryable Response Codes").</summary>
    TryAgain,

    /// <summary>It will never take this.</summary>
    Refused,
}

/// <summary>One answer of a collector.</summary>
/// <param name="Answer">What it means.</param>
/// <param name="Rejected">Records of the request that it did not take.</param>
/// <param name="After">How long to wait, where it says so.</param>
/// <param name="Detail">What happened, for the log.</param>
internal sealed record OtlpOutcome(OtlpAnswer Answer, long Rejected, TimeSpan? After, string Detail);

/// <summary>Posts requests to the configured collector, and nowhere else: no proxy, no redirect, no cookie.</summary>
internal sealed class OtlpSender : IDisposable
{
    private const int LargestAnswer = 64 * 1024;

    private readonly HttpMessageInvoker _http;
    private readonly OtlpConfig _config;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, SecureMemory> _secrets = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="Pipeline.StartupException">A header's file is missing or unsafe.</exception>
    internal OtlpSender(OtlpConfig config, TimeProvider time)
    {
        (_config, _time) = (config, time);
        Traces = new Uri($"{config.Endpoint.AbsoluteUri.TrimEnd('/')}/v1/traces");
        Logs = new Uri($"{config.Endpoint.AbsoluteUri.TrimEnd('/')}/v1/logs");
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromMilliseconds(config.TimeoutMs),
            MaxConnectionsPerServer = 1,
            MaxResponseDrainSize = 0,
        });
        foreach (var (name, path) in config.HeaderFiles)
        {
            _secrets.Add(name, OtlpConfig.ReadHeaderFile(name, path));
        }
    }

    /// <summary>Where spans go.</summary>
    internal Uri Traces { get; }

    /// <summary>Where log records go.</summary>
    internal Uri Logs { get; }

    public void Dispose()
    {
        _http.Dispose();
        foreach (var secret in _secrets.Values)
        {
            secret.Dispose();
        }
    }

    /// <summary>Sends one request once.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> fired.</exception>
    internal async Task<OtlpOutcome> PostAsync(Uri to, ReadOnlyMemory<byte> body, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(_config.TimeoutMs), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, abort);
        using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in _config.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        foreach (var (name, secret) in _secrets)
        {
            // The base library takes header values as strings only, so a copy lives for the request.
            request.Headers.TryAddWithoutValidation(name, Encoding.ASCII.GetString(secret.Span));
        }

        try
        {
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => new OtlpOutcome(OtlpAnswer.Taken, await RejectedAsync(response, either.Token).ConfigureAwait(false), null, ""),
                HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                    new OtlpOutcome(OtlpAnswer.TryAgain, 0, After(response), Status(response)),
                _ => new OtlpOutcome(OtlpAnswer.Refused, 0, null, Status(response)),
            };
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return new OtlpOutcome(OtlpAnswer.TryAgain, 0, null, "no answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new OtlpOutcome(OtlpAnswer.TryAgain, 0, null, "the collector cannot be reached");
        }
    }

    private static string Status(HttpResponseMessage response) => string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)response.StatusCode}");

    private TimeSpan? After(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow(),
        _ => null,
    };

    // {"partialSuccess":{"rejectedSpans":"3","errorMessage":"…"}}; an answer that is no such thing took everything.
    private static async Task<long> RejectedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[LargestAnswer];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return Rejected(buffer.AsSpan(0, length));
    }

    private static long Rejected(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName
                    && (reader.ValueTextEquals("rejectedSpans"u8) || reader.ValueTextEquals("rejectedLogRecords"u8)) && reader.Read())
                {
                    return reader.TokenType switch
                    {
                        JsonTokenType.Number when reader.TryGetInt64(out var number) => Math.Max(0, number),
                        JsonTokenType.String when long.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var text) => text,
                        _ => 0,
                    };
                }
            }
        }
        catch (JsonException)
        {
            // 200 is the answer; what else it says is not understood.
        }

        return 0;
    }
}
