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

/// <summary>
/// An approval as the ledger keeps it. The plan is the caller's, sealed: the ledger stores bytes that it cannot read, vouches for
/// them, and removes them in the commit that ends the approval.
/// </summary>
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

    /// <summary>Who answers for the agent; null when nobody is named.</summary>
    public string? Owner { get; init; }

    /// <summary>The action.</summary>
    public required string ActionId { get; init; }

    /// <summary>The manifest's version; null in a record that a build before schema 3 wrote.</summary>
    public string? ActionVersion { get; init; }

    /// <summary>The action's risk; null as <see cref="ActionVersion"/>.</summary>
    public string? RiskLevel { get; init; }

    /// <summary>Which policy data asked for a human; null as <see cref="ActionVersion"/>.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>The lease that asked; null in a record that a build before schema 6 wrote.</summary>
    public string? LeaseJti { get; init; }

    /// <summary>The id that the grant of its execution will have; null as <see cref="LeaseJti"/>.</summary>
    public string? GrantId { get; init; }

    /// <summary>Digest of the canonical request.</summary>
    public required Sha256Digest RequestHash { get; init; }

    /// <summary>
    /// Digest of what makes two requests one: a request with the key of an approval that is not ended joins it. Null never joins.
    /// </summary>
    public Sha256Digest? SameKey { get; init; }

    /// <summary>The frozen plan, sealed; empty once the approval has ended, and in lists.</summary>
    public ReadOnlyMemory<byte> SealedPlan { get; init; }

    /// <summary>Digest of the plan before it was sealed. The plan holds a random value, so this says nothing about the rest.</summary>
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

    /// <summary>Whether it has come to its end. From there it does not move, and its plan is gone.</summary>
    public bool HasEnded => State is ApprovalState.Approved or ApprovalState.Denied or ApprovalState.Failed or ApprovalState.Expired;

    /// <summary>The state as it is now: a call that nobody decided in time has expired, swept or not.</summary>
    public ApprovalState StateAt(DateTimeOffset now) => State == ApprovalState.Pending && ExpiresAt <= now ? ApprovalState.Expired : State;

    /// <summary>The row as it was stored first, without the plan: what no decision changes.</summary>
    internal StoredApproval AsAsked() => this with
    {
        State = ApprovalState.Pending,
        SealedPlan = default,
        ClaimedBy = null,
        ClaimedAt = null,
        ClaimTokenHash = null,
        DecidedBy = null,
        DecidedAt = null,
        ReceiptId = null,
        Reason = null,
    };

    /// <summary>Everything but the plan, which its hash and the digest of its sealed form stand for.</summary>
    internal CanonicalBytes ToCanonical(CanonicalWriter writer) => writer.Reset().BeginObject()
        .Member("action_id"u8, ActionId)
        .Optional("action_version"u8, ActionVersion)
        .Member("approval_id"u8, ApprovalId)
        .Member("claim_token_hash"u8, ClaimTokenHash)
        .Member("claimed_at"u8, ClaimedAt is { } claimed ? WireTime.Format(claimed) : null)
        .Member("claimed_by"u8, ClaimedBy)
        .Member("created_at"u8, WireTime.Format(CreatedAt))
        .Member("decided_at"u8, DecidedAt is { } decided ? WireTime.Format(decided) : null)
        .Member("decided_by"u8, DecidedBy)
        .Member("expires_at"u8, WireTime.Format(ExpiresAt))
        .Optional("grant_id"u8, GrantId)
        .Optional("lease_jti"u8, LeaseJti)
        .Optional("owner"u8, Owner)
        .Member("plan_hash"u8, PlanHash)
        .Optional("policy_version"u8, PolicyVersion)
        .Member("principal"u8, Principal)
        .Member("reason"u8, Reason)
        .Member("receipt_id"u8, ReceiptId)
        .Member("request_hash"u8, RequestHash)
        .Optional("risk_level"u8, RiskLevel)
        .Optional("same_key"u8, SameKey)
        .Optional("sealed_plan_sha256"u8, SealedPlan.IsEmpty ? null : Sha256Digest.Of(SealedPlan.Span))
        .Member("session_id"u8, SessionId)
        .Member("state"u8, State.ToWire())
        .Member("trace_id"u8, TraceId)
        .End().Finish();
}
