using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>Which events to read; every filter that is set must hold (reference/kernel.md §6.5).</summary>
public sealed record EventQuery
{
    /// <summary>The largest <see cref="Limit"/>.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Events of one request.</summary>
    public string? TraceId { get; init; }

    /// <summary>One of <see cref="EventTypes"/>.</summary>
    public string? EventType { get; init; }

    /// <summary>Events of one action.</summary>
    public string? ActionId { get; init; }

    /// <summary>Events of one principal.</summary>
    public string? Principal { get; init; }

    /// <summary>Events of one session.</summary>
    public string? SessionId { get; init; }

    /// <summary>Wire form of a decision.</summary>
    public string? Decision { get; init; }

    /// <summary>Events later than this.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Events earlier than this.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Events before this place in the chain: the last event of a page continues to the next without loss.</summary>
    public long? BeforeSeq { get; init; }

    /// <summary>Events after this place in the chain: what is new since a reader last looked.</summary>
    public long? AfterSeq { get; init; }

    /// <summary>At most this many, clamped to 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>An event as stored.</summary>
/// <param name="Seq">Place in the chain.</param>
/// <param name="Json">Canonical JSON, UTF-8: the very bytes that were hashed.</param>
/// <param name="Hash">The hash that the next event names.</param>
public readonly record struct StoredEvent(long Seq, ReadOnlyMemory<byte> Json, Sha256Digest? Hash);

/// <summary>An intent without an outcome: the gate stopped between dispatch and evidence, so the effect may have happened.</summary>
/// <param name="GrantId">Its grant.</param>
/// <param name="TraceId">Its request.</param>
/// <param name="StartedAt">When it started, in <see cref="WireTime"/> form.</param>
/// <param name="Json">The intent, canonical JSON.</param>
public readonly record struct UnresolvedIntent(string GrantId, string TraceId, string StartedAt, ReadOnlyMemory<byte> Json);
