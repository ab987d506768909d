using System.Collections.Immutable;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>
/// What a stage says about a request or an administrative act (reference/kernel.md §6.2). The ledger adds <c>event_id</c>,
/// <c>seq</c>, <c>timestamp</c>, <c>prev_hash</c> and the digests of the records written with it.
/// </summary>
public sealed record AuditEvent
{
    /// <summary>The request this belongs to; several events may share it.</summary>
    public required string TraceId { get; init; }

    /// <summary>One of <see cref="EventTypes"/>.</summary>
    public required string EventType { get; init; }

    /// <summary>How it ended.</summary>
    public required AuditDecision Decision { get; init; }

    /// <summary>The agent, or for administrative acts the operator; empty before authentication.</summary>
    public string Principal { get; init; } = "";

    /// <summary>The lease's session; empty before authentication.</summary>
    public string SessionId { get; init; } = "";

    /// <summary>The lease's id; empty before authentication.</summary>
    public string LeaseJti { get; init; } = "";

    /// <summary>How the principal proved its identity.</summary>
    public string? IdentityMethod { get; init; }

    /// <summary>Who answers for the agent.</summary>
    public string? Owner { get; init; }

    /// <summary>The action; empty when none is concerned.</summary>
    public string ActionId { get; init; } = "";

    /// <summary>The manifest's version.</summary>
    public string? ActionVersion { get; init; }

    /// <summary>Digest of the manifest.</summary>
    public Sha256Digest? ActionDigest { get; init; }

    /// <summary><c>digest_ok</c>, <c>mismatch</c>, <c>not_registered</c>, or empty.</summary>
    public string ActionTrustVerdict { get; init; } = "";

    /// <summary>The action's risk level.</summary>
    public string? RiskLevel { get; init; }

    /// <summary>Digest of the canonical request.</summary>
    public Sha256Digest? RequestHash { get; init; }

    /// <summary><c>ACTION:request</c> when the action has a request schema.</summary>
    public string? RequestSchemaId { get; init; }

    /// <summary>Version of the policy data that decided.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>Why it was refused, or a note on an administrative act. Never a secret.</summary>
    public string? DenyReason { get; init; }

    /// <summary>Sinks that the policy allowed.</summary>
    public ImmutableArray<string> AllowedSinks { get; init; } = [];

    /// <summary>Calls left before; null without a budget.</summary>
    public long? CallsBefore { get; init; }

    /// <summary>Calls left after; null without a budget.</summary>
    public long? CallsAfter { get; init; }

    /// <summary>What the execution used; null when nothing ran.</summary>
    public AuditRuntime? Runtime { get; init; }

    /// <summary>Digest of the canonical output.</summary>
    public Sha256Digest? ResponseHash { get; init; }

    /// <summary>Bytes of the output.</summary>
    public long? ResponseBytes { get; init; }

    /// <summary>The grant.</summary>
    public string? GrantId { get; init; }

    /// <summary>The receipt.</summary>
    public string? ReceiptId { get; init; }

    /// <summary>Tag of the verification outcome.</summary>
    public string? VerificationOutcome { get; init; }

    /// <summary>The approval.</summary>
    public string? ApprovalId { get; init; }

    /// <summary>The operator who approved.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>How the operator proved its identity.</summary>
    public string? OperatorAuthnMethod { get; init; }

    /// <summary>Thumbprint of the operator's key.</summary>
    public string? OperatorSenderBinding { get; init; }

    /// <summary>Id of the operator's proof.</summary>
    public string? OperatorProofJti { get; init; }

    /// <summary>Whether a relaxed posture was in force.</summary>
    public bool DevMode { get; init; }

    /// <summary>Whether a part of the sandbox was missing.</summary>
    public bool SandboxDegraded { get; init; }

    /// <summary>More about an administrative act, such as the learned domain. Never a secret.</summary>
    public CanonicalBytes? Detail { get; init; }
}

/// <summary>What an execution used.</summary>
/// <param name="ModuleDigest">SHA-256 of the module that ran.</param>
/// <param name="EgressProfile"><c>none</c> or <c>proxy_allowlist</c>.</param>
/// <param name="DurationMs">Wall-clock milliseconds.</param>
/// <param name="ExitCode">0 on success.</param>
/// <param name="TimeoutHit">Whether the deadline ended it.</param>
/// <param name="FuelConsumed">Basic blocks entered.</param>
/// <param name="IoCallsMade">Host calls made.</param>
public sealed record AuditRuntime(
    Sha256Digest ModuleDigest, string EgressProfile, long DurationMs, int ExitCode, bool TimeoutHit, long FuelConsumed, int IoCallsMade);
