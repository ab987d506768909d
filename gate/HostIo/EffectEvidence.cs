using System.Collections.Immutable;
using System.Net;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// What the host itself saw of one HTTP exchange, for verification and the receipt. Made for every request that was
/// judged and handed to the network, also when it failed: its effect may have happened all the same.
/// </summary>
public sealed record EffectEvidence
{
    /// <summary>Largest body kept, in bytes.</summary>
    public const int MaxKeptBody = 1024 * 1024;

    /// <summary>Method sent.</summary>
    public required string Method { get; init; }

    /// <summary>Where it went.</summary>
    public required Target Target { get; init; }

    /// <summary><c>scheme://host:port</c>.</summary>
    public string Origin => Target.Origin;

    /// <summary>What the judge said of it.</summary>
    public required EgressVerdict Verdict { get; init; }

    /// <summary>The allow rule that covered the target.</summary>
    public required string Rule { get; init; }

    /// <summary>Identifies the whole request without showing path or query.</summary>
    public required Sha256Digest Fingerprint { get; init; }

    /// <summary>SHA-256 of the request body; of no bytes when there was none.</summary>
    public required Sha256Digest RequestBody { get; init; }

    /// <summary>Bytes of the request body.</summary>
    public int RequestLength { get; init; }

    /// <summary><see cref="EgressReason.Allowed"/> when the response came whole, else what failed.</summary>
    public required EgressReason Outcome { get; init; }

    /// <summary>HTTP status; null when none came.</summary>
    public required int? Status { get; init; }

    /// <summary>SHA-256 of the response body; null unless it came whole.</summary>
    public required Sha256Digest? ResponseBody { get; init; }

    /// <summary>Bytes of the response body; 0 unless it came whole.</summary>
    public required int ResponseLength { get; init; }

    /// <summary>The response body for verification; empty when it is over <see cref="MaxKeptBody"/> bytes or did not come.</summary>
    public required ReadOnlyMemory<byte> KeptBody { get; init; }

    /// <summary>The response's header fields for verification, unfiltered, names in lower case; empty when none came.</summary>
    public IReadOnlyList<HeaderField> ResponseHeaders { get; init; } = [];

    /// <summary>Names of the guest's headers that were not sent, in lower case.</summary>
    public required ImmutableArray<string> StrippedHeaders { get; init; }

    /// <summary>What the gate's credentials set in the request: header names, and <c>query:NAME</c>.</summary>
    public ImmutableArray<string> Injected { get; init; } = [];

    /// <summary>Those of them that replaced something of the guest's: <c>credential_collision</c>.</summary>
    public ImmutableArray<string> Collided { get; init; } = [];

    /// <summary>Whether the response body was cut at its limit.</summary>
    public bool Truncated { get; init; }

    /// <summary>Who decided, where <see cref="Outcome"/> is a refusal.</summary>
    public EgressLayer Layer { get; init; }

    /// <summary>The far end of the connection, for the ledger and collectors alone; null when none was made. With a proxy, the proxy.</summary>
    public IPEndPoint? Peer { get; init; }

    /// <summary>Bytes out over the wire, TLS and framing included.</summary>
    public long WireSent { get; init; }

    /// <summary>Bytes in over the wire.</summary>
    public long WireReceived { get; init; }

    /// <summary>When the exchange began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>Writes down one exchange.</summary>
    /// <param name="route">Judged.</param>
    /// <param name="verdict">What the judge said of it.</param>
    /// <param name="request">As it was sent, with marks for secrets.</param>
    /// <param name="bound">The credentials in it; null without.</param>
    /// <param name="requestBody">SHA-256 of its body.</param>
    /// <param name="response">What became of it.</param>
    /// <param name="meter">What went over the wire, also where the exchange was cut off.</param>
    /// <param name="started">When it began.</param>
    /// <param name="finished">When it ended.</param>
    internal static EffectEvidence Of(
        JudgedRoute route, in EgressVerdict verdict, OutboundRequest request, BoundCredentials? bound, in Sha256Digest requestBody, in Exchange response, TrafficMeter meter,
        DateTimeOffset started, DateTimeOffset finished)
    {
        var whole = response.Reason == EgressReason.Allowed;
        return new EffectEvidence
        {
            Method = request.Method,
            Target = route.Target,
            Verdict = verdict,
            Rule = route.Rule,
            Fingerprint = EgressFingerprint.Of(request.Method, route.Target, route.Rule, requestBody),
            RequestBody = requestBody,
            RequestLength = request.Body?.Length ?? 0,
            Outcome = response.Reason,
            Status = response.Status,
            ResponseBody = whole ? Sha256Digest.Of(response.Body.Span) : null,
            ResponseLength = response.Body.Length,
            KeptBody = response.Body.Length <= MaxKeptBody ? response.Body : default,
            ResponseHeaders = response.Headers,
            StrippedHeaders = request.Stripped,
            Injected = bound?.Injected ?? [],
            Collided = bound?.Collided ?? [],
            Truncated = response.Truncated,
            Layer = response.Layer,
            Peer = meter.Peer,
            WireSent = meter.Sent,
            WireReceived = meter.Received,
            StartedAt = started,
            FinishedAt = finished,
        };
    }
}
