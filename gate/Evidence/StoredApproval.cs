using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>Where an approval stands. From <see cref="Executing"/> on it can never be claimed again.</summary>
public enum ApprovalState
{
    /// <summary>Waits for an operator.</summary>
    Pending,

    /// <summary>An operator is deciding.</summary>
    Claimed,

    /// <summary>Allowed, and its intent recorded: the effect may have happened.</summary>
    Executing,

    /// <summary>Allowed and done.</summary>
    Approved,

    /// <summary>Refused.</summary>
    Denied,

    /// <summary>Allowed, but the execution failed.</summary>
    Failed,

    /// <summary>Nobody decided in time.</summary>
    Expired,
}

/// <summary>Wire forms of <see cref="ApprovalState"/>.</summary>
public static class ApprovalStateExtensions
{
    /// <summary>The lower-case name.</summary>
    public static string ToWire(this ApprovalState state) => state switch
    {
        ApprovalState.Pending => "pending",
        ApprovalState.Claimed => "claimed",
        ApprovalState.Executing => "executing",
        ApprovalState.Approved => "approved",
        ApprovalState.Denied => "denied",
        ApprovalState.Failed => "failed",
        ApprovalState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>Reads what <see cref="ToWire"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> wire, out ApprovalState state)
    {
        for (state = ApprovalState.Pending; state <= ApprovalState.Expired; state++)
        {
            if (System.Text.Ascii.Equals(wire, state.ToWire()))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>An approval as the ledger keeps it. The plan is the caller's: canonical JSON that is executed as it was frozen.</summary>
public sealed record StoredApproval
{
    /// <summary>UUIDv7.</summary>
    public required string ApprovalId { get; init; }

    /// <summary>Where it stands.</summary>
    public ApprovalState State { get; init; }

    /// <summary>The request that asked.</summary>
    public required string TraceId { get; init; }

    /// <summary>The agent.</summary>
    public required string Principal { get; init; }

    /// <summary>The lease's session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The action.</summary>
    public required string ActionId { get; init; }

    /// <summary>Digest of the canonical request.</summary>
    public required Sha256Digest RequestHash { get; init; }

    /// <summary>The frozen plan, canonical JSON.</summary>
    public required ReadOnlyMemory<byte> Plan { get; init; }

    /// <summary>Digest of the plan.</summary>
    public required Sha256Digest PlanHash { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it can no longer be decided.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The operator who took it.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>Digest of the token that the claim gave out.</summary>
    public Sha256Digest? ClaimTokenHash { get; init; }

    /// <summary>The operator who decided.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>The receipt of its execution.</summary>
    public string? ReceiptId { get; init; }

    /// <summary>Why it was denied or failed: a code or an operator's words, never internal error text.</summary>
    public string? Reason { get; init; }

    /// <summary>Everything but the plan, which its hash stands for.</summary>
    internal CanonicalBytes ToCanonical(CanonicalWriter writer) => writer.Reset().BeginObject()
        .Member("action_id"u8, ActionId)
        .Member("approval_id"u8, ApprovalId)
        .Member("claim_token_hash"u8, ClaimTokenHash)
        .Member("claimed_at"u8, ClaimedAt is { } claimed ? WireTime.Format(claimed) : null)
        .Member("claimed_by"u8, ClaimedBy)
        .Member("created_at"u8, WireTime.Format(CreatedAt))
        .Member("decided_at"u8, DecidedAt is { } decided ? WireTime.Format(decided) : null)
        .Member("decided_by"u8, DecidedBy)
        .Member("expires_at"u8, WireTime.Format(ExpiresAt))
        .Member("plan_hash"u8, PlanHash)
        .Member("principal"u8, Principal)
        .Member("reason"u8, Reason)
        .Member("receipt_id"u8, ReceiptId)
        .Member("request_hash"u8, RequestHash)
        .Member("session_id"u8, SessionId)
        .Member("state"u8, State.ToWire())
        .Member("trace_id"u8, TraceId)
        .End().Finish();
}
