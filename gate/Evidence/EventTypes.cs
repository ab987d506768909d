namespace LatchGate.Evidence;

/// <summary>The <c>event_type</c> values of the ledger (reference/kernel.md §6.2, and this ledger's own records).</summary>
public static class EventTypes
{
    /// <summary>A request for an action ended: done, refused or failed.</summary>
    public const string ActionCall = "action_call";

    /// <summary>Somebody could not prove who they are, at a route that is not a call.</summary>
    public const string AuthDenied = "auth_denied";

    /// <summary>An intent was recorded and its grant consumed. Written by the ledger itself.</summary>
    public const string Intent = "intent";

    /// <summary>A session's budget was set. Written by the ledger itself.</summary>
    public const string BudgetSet = "budget_set";

    /// <summary>A lease was issued.</summary>
    public const string LeaseIssued = "lease_issued";

    /// <summary>A lease was revoked.</summary>
    public const string LeaseRevoked = "lease_revoked";

    /// <summary>A request waits for an operator.</summary>
    public const string ApprovalRequested = "approval_requested";

    /// <summary>An operator took an approval to decide it.</summary>
    public const string ApprovalClaimed = "approval_claimed";

    /// <summary>An operator allowed a request.</summary>
    public const string ApprovalGranted = "approval_granted";

    /// <summary>An operator refused a request.</summary>
    public const string ApprovalDenied = "approval_denied";

    /// <summary>An allowed request failed.</summary>
    public const string ApprovalFailed = "approval_failed";

    /// <summary>Nobody decided in time.</summary>
    public const string ApprovalExpired = "approval_expired";

    /// <summary>Everything outstanding was revoked.</summary>
    public const string AdminRevokeAll = "admin_revoke_all";

    /// <summary>An operator read the revocation epoch.</summary>
    public const string AdminEpochRead = "admin_epoch_read";

    /// <summary>An operator read the receipt keys.</summary>
    public const string AdminReceiptKeysRead = "admin_receipt_keys_read";

    /// <summary>The gate stopped taking work.</summary>
    public const string AdminDrain = "admin_drain";

    /// <summary>The configuration was read again.</summary>
    public const string AdminReload = "admin_reload";

    /// <summary>A domain was learned.</summary>
    public const string DomainAdd = "domain_add";

    /// <summary>A learned domain was removed.</summary>
    public const string DomainRemove = "domain_remove";

    /// <summary>An action's learned domains were removed.</summary>
    public const string DomainClear = "domain_clear";

    /// <summary>A path was learned.</summary>
    public const string PathAdd = "path_add";

    /// <summary>A learned path was removed.</summary>
    public const string PathRemove = "path_remove";

    /// <summary>An action's learned paths were removed.</summary>
    public const string PathClear = "path_clear";

    /// <summary>A principal was given an action.</summary>
    public const string PolicyGrant = "policy_grant";

    /// <summary>A principal lost an action.</summary>
    public const string PolicyRevoke = "policy_revoke";

    /// <summary>A high-risk action was put on the allowlist.</summary>
    public const string PolicyAllowlistAdded = "policy_allowlist_added";

    /// <summary>A high-risk action was taken off the allowlist.</summary>
    public const string PolicyAllowlistRemoved = "policy_allowlist_removed";
}
