using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>What is about to be done, written down before it is done (reference/kernel.md §6.4).</summary>
public sealed record IntentRecord
{
    /// <summary>The single-use grant; consumed by recording the intent.</summary>
    public required string GrantId { get; init; }

    /// <summary>The request.</summary>
    public required string TraceId { get; init; }

    /// <summary>The action.</summary>
    public required string ActionId { get; init; }

    /// <summary>The manifest's version.</summary>
    public required string ActionVersion { get; init; }

    /// <summary>Digest of the manifest.</summary>
    public required Sha256Digest ActionDigest { get; init; }

    /// <summary>The agent.</summary>
    public required string Principal { get; init; }

    /// <summary>The lease's session.</summary>
    public required string SessionId { get; init; }

    /// <summary>Digest of the canonical request.</summary>
    public required Sha256Digest RequestHash { get; init; }

    /// <summary>Digest of the provider's task as it will be run.</summary>
    public required Sha256Digest TaskDigest { get; init; }

    /// <summary>SHA-256 of the module that will run.</summary>
    public required Sha256Digest ModuleDigest { get; init; }

    /// <summary>The approval that allowed it; null on the automatic path.</summary>
    public string? ApprovalId { get; init; }

    /// <summary>The operator who approved; null on the automatic path.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>When the execution starts.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    internal CanonicalBytes ToCanonical(CanonicalWriter writer) => writer.Reset().BeginObject()
        .Member("action_digest"u8, ActionDigest)
        .Member("action_id"u8, ActionId)
        .Member("action_version"u8, ActionVersion)
        .Member("approval_id"u8, ApprovalId)
        .Member("approved_by"u8, ApprovedBy)
        .Member("grant_id"u8, GrantId)
        .Member("module_sha256"u8, ModuleDigest)
        .Member("principal"u8, Principal)
        .Member("request_hash"u8, RequestHash)
        .Member("session_id"u8, SessionId)
        .Member("started_at"u8, WireTime.Format(StartedAt))
        .Member("task_sha256"u8, TaskDigest)
        .Member("trace_id"u8, TraceId)
        .End().Finish();
}

/// <summary>Why an intent was or was not recorded. Without a record nothing may be dispatched.</summary>
public enum IntentOutcome
{
    /// <summary>The intent is durable, the grant consumed, the budget debited.</summary>
    Recorded,

    /// <summary>The grant has been used before.</summary>
    GrantAlreadyConsumed,

    /// <summary>The session has no calls left.</summary>
    BudgetExhausted,

    /// <summary>The session has no budget record, or it has expired, although its lease is bound to one.</summary>
    BudgetSessionNotFound,

    /// <summary>The approval is not claimed under this token: decided, expired, or taken by another operator.</summary>
    ApprovalNotClaimed,

    /// <summary>An operator revoked the call, its grant, lease, session or principal.</summary>
    Revoked,

    /// <summary>Too many writes wait for the disk.</summary>
    LedgerBusy,

    /// <summary>The disk or the database refused, or the ledger is closing.</summary>
    LedgerUnavailable,
}
