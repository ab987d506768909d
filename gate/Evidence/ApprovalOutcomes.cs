namespace LatchGate.Evidence;

/// <summary>What became of a call that is to wait for an operator.</summary>
public enum HoldOutcome
{
    /// <summary>It waits under a new id.</summary>
    Held,

    /// <summary>The same request waits already; it has that one's id.</summary>
    Joined,

    /// <summary>As many calls wait as may, of this principal or in all.</summary>
    Full,

    /// <summary>An operator revoked what it comes with.</summary>
    Revoked,
}

/// <summary>The result of holding a call.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="ApprovalId">The id that it waits under; null when it does not.</param>
public readonly record struct HeldCall(HoldOutcome Outcome, string? ApprovalId);

/// <summary>How many calls may wait.</summary>
/// <param name="InAll">Of all principals together.</param>
/// <param name="PerPrincipal">Of one.</param>
public readonly record struct ApprovalBounds(int InAll, int PerPrincipal);

/// <summary>Why an approval was or was not claimed.</summary>
public enum ClaimOutcome
{
    /// <summary>The caller holds it now.</summary>
    Claimed,

    /// <summary>No such approval.</summary>
    NotFound,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Another operator holds it, or its execution is under way.</summary>
    AlreadyClaimed,

    /// <summary>It is approved, denied or failed.</summary>
    AlreadyCompleted,

    /// <summary>The clock is behind the time at which it was asked for, so that its deadline means nothing.</summary>
    ClockSetBack,

    /// <summary>The ledger could not write; nothing changed.</summary>
    LedgerUnavailable,
}

/// <summary>The result of a claim.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Token">The token that deciding needs; present exactly when claimed.</param>
/// <param name="Approval">The approval as it now stands; null when not found or not available.</param>
public readonly record struct ClaimResult(ClaimOutcome Outcome, string? Token, StoredApproval? Approval);

/// <summary>Why an approval was or was not completed.</summary>
public enum CompletionOutcome
{
    /// <summary>It is now in its final state.</summary>
    Completed,

    /// <summary>No such approval.</summary>
    NotFound,

    /// <summary>It is not held under this token.</summary>
    NotClaimed,

    /// <summary>It was completed before; nothing changed.</summary>
    AlreadyCompleted,

    /// <summary>The ledger could not write; nothing changed.</summary>
    LedgerUnavailable,
}

/// <summary>How an approval ends.</summary>
/// <param name="ApprovalId">Which.</param>
/// <param name="ClaimToken">The token of the claim.</param>
/// <param name="State">Approved, denied or failed.</param>
/// <param name="Operator">Who decided.</param>
/// <param name="Reason">Why it was denied or failed: a code or the operator's words.</param>
public sealed record ApprovalCompletion(string ApprovalId, string ClaimToken, ApprovalState State, string Operator, string? Reason = null);
