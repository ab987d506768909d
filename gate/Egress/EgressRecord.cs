using System.Collections.Immutable;
using System.Net;
using LatchGate.Crypto;

namespace LatchGate.Egress;

/// <summary>How one request's way out ended.</summary>
public enum EgressEnding
{
    /// <summary>It went out, and a whole response came.</summary>
    Allowed,

    /// <summary>The gate refused it, or what came back.</summary>
    Denied,

    /// <summary>It was allowed, and the network or the far side failed.</summary>
    Failed,
}

/// <summary>
/// What is told of one judged hop: to the ledger, to collectors, to the counters (reference/egress.md C6). Holds no path, query, header
/// or body.
/// </summary>
public sealed record EgressRecord
{
    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Where to; null when the text was not readable as a target.</summary>
    public required Target? Target { get; init; }

    /// <summary><see cref="EgressReason.Allowed"/>, or why not.</summary>
    public required EgressReason Reason { get; init; }

    /// <summary>The rule that decided; empty when none did.</summary>
    public required string Rule { get; init; }

    /// <summary>The layer that decided.</summary>
    public required EgressLayer Layer { get; init; }

    /// <summary>Class of the address that decided; null before addresses are known.</summary>
    public required AddressKind? Address { get; init; }

    /// <summary>Whether public and other addresses stood in one DNS answer.</summary>
    public required bool Mixed { get; init; }

    /// <summary>Redirects followed before this.</summary>
    public required int Hop { get; init; }

    /// <summary>Whether the lists only recorded (audit mode).</summary>
    public bool Audited { get; init; }

    /// <summary>What enforcing would have refused it for; null unless the lists only recorded, and it would have.</summary>
    public EgressReason? WouldDeny { get; init; }

    /// <summary>Identifies the whole request; null when it was refused before it was composed.</summary>
    public Sha256Digest? Fingerprint { get; init; }

    /// <summary>Whether any of it went over the network, be it to a proxy alone.</summary>
    public bool Sent { get; init; }

    /// <summary>The far end; null when no connection was made, or it is not known.</summary>
    public IPEndPoint? Peer { get; init; }

    /// <summary>HTTP status; null when none came.</summary>
    public int? Status { get; init; }

    /// <summary>What the gate's credentials set: header names, and <c>query:NAME</c>.</summary>
    public ImmutableArray<string> Injected { get; init; } = [];

    /// <summary>Those of them that replaced something of the provider's.</summary>
    public ImmutableArray<string> Collided { get; init; } = [];

    /// <summary>Bytes sent over the wire, TLS and framing included.</summary>
    public long BytesUp { get; init; }

    /// <summary>Bytes received over the wire.</summary>
    public long BytesDown { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>How it ended.</summary>
    public EgressEnding Ending => Reason switch
    {
        EgressReason.Allowed or EgressReason.Audit => EgressEnding.Allowed,
        EgressReason.DnsFailed or EgressReason.DnsEmpty or EgressReason.ConnectFailed or EgressReason.ConnectTimeout or EgressReason.TlsFailed
            or EgressReason.RequestTimeout or EgressReason.UpstreamFailed or EgressReason.ProxyFailed => EgressEnding.Failed,
        _ => EgressEnding.Denied,
    };

    /// <summary>A refusal, as the judge put it.</summary>
    internal static EgressRecord Refused(in EgressVerdict verdict, Target? target, string method, int hop, DateTimeOffset at, bool audited = false) => new()
    {
        Audited = audited,
        WouldDeny = verdict.WouldDeny,
        Method = method,
        Target = target,
        Reason = verdict.Reason,
        Rule = verdict.Rule,
        Layer = verdict.Layer,
        Address = verdict.Address,
        Mixed = verdict.Mixed,
        Hop = hop,
        StartedAt = at,
        FinishedAt = at,
    };
}
