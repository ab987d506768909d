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

    /// <summary>An operator took an approval to decide it.</summary>
    public const string ApprovalClaimed = "approval_claimed";

    /// <summary>An operator gave an approval up undecided, because the gate could not carry the decision out.</summary>
    public const string ApprovalReleased = "approval_released";

    /// <summary>An operator who may not decide this approval tried to. It still waits.</summary>
    public const string ApprovalRefused = "approval_refused";

    /// <summary>An operator refused a request.</summary>
    public const string ApprovalDenied = "approval_denied";

    /// <summary>An allowed request failed.</summary>
    public const string ApprovalFailed = "approval_failed";

    /// <summary>Nobody decided in time.</summary>
    public const string ApprovalExpired = "approval_expired";

    /// <summary>An operator revoked every lease, grant and waiting call.</summary>
    public const string AdminRevokeAll = "admin_revoke_all";

    /// <summary>An operator read the revocation epoch.</summary>
    public const string AdminEpochRead = "admin_epoch_read";

    /// <summary>An operator revoked a lease.</summary>
    public const string LeaseRevoked = "lease_revoked";

    /// <summary>An operator revoked a session.</summary>
    public const string SessionRevoked = "session_revoked";

    /// <summary>An operator revoked the leases of a principal, or blocked it.</summary>
    public const string PrincipalRevoked = "principal_revoked";

    /// <summary>An operator lets a blocked principal have leases again.</summary>
    public const string PrincipalBlockLifted = "principal_block_lifted";

    /// <summary>An operator revoked a grant.</summary>
    public const string GrantRevoked = "grant_revoked";

    /// <summary>An operator read the receipt keys.</summary>
    public const string AdminReceiptKeysRead = "admin_receipt_keys_read";

    /// <summary>The gate started with this policy data: a change that was made while no gate ran shows in its digest.</summary>
    public const string PolicyLoaded = "policy_loaded";

    /// <summary>An operator gave a principal actions.</summary>
    public const string PolicyGrant = "policy_grant";

    /// <summary>An operator took actions from a principal.</summary>
    public const string PolicyRevoke = "policy_revoke";

    /// <summary>An operator gave a standing approval.</summary>
    public const string PolicyAllowlistAdded = "policy_allowlist_added";

    /// <summary>An operator took a standing approval back.</summary>
    public const string PolicyAllowlistRemoved = "policy_allowlist_removed";

    /// <summary>A request of a provider went out, and its answer came.</summary>
    public const string EgressAllowed = "egress_allowed";

    /// <summary>The gate refused a request its way out, or what came back.</summary>
    public const string EgressDenied = "egress_denied";

    /// <summary>A request was allowed out, and the network or the far side failed.</summary>
    public const string EgressFailed = "egress_failed";

    /// <summary>What a principal has used today under an egress rule with caps.</summary>
    public const string EgressUsage = "egress_usage";

    /// <summary>An operator added a host to an action's list.</summary>
    public const string DomainAdd = "domain_add";

    /// <summary>An operator took a learned host away.</summary>
    public const string DomainRemove = "domain_remove";

    /// <summary>An operator took all learned hosts of an action away.</summary>
    public const string DomainClear = "domain_clear";

    /// <summary>An operator added a glob to an action's paths.</summary>
    public const string PathAdd = "path_add";

    /// <summary>An operator took a learned glob away.</summary>
    public const string PathRemove = "path_remove";

    /// <summary>An operator took all learned globs of an action away.</summary>
    public const string PathClear = "path_clear";

    /// <summary>The gate was told to take no new calls.</summary>
    public const string AdminDrain = "admin_drain";

    /// <summary>Policy and data were read anew, or refused.</summary>
    public const string AdminReload = "admin_reload";

    /// <summary>Secrets were put in force, at the start or because their file changed, or that file was refused.</summary>
    public const string SecretsLoaded = "secrets_loaded";

    /// <summary>An operator noted how an intent without receipt ended. Written by the ledger itself, and signed at once.</summary>
    public const string IntentResolved = "intent_resolved";

    /// <summary>The disk takes writes again: since when it did not, why, and how many events of refused calls are lost.</summary>
    public const string LedgerRestored = "ledger_restored";

    /// <summary>An operator replaced the receipt signing key. Signed at once, by the key that is replaced.</summary>
    public const string ReceiptKeyRotated = "receipt_key_rotated";

    /// <summary>An operator replaced the grant signing key.</summary>
    public const string GrantKeyRotated = "grant_key_rotated";

    /// <summary>Events were taken out of the ledger into a segment file. Written by the ledger itself, and signed at once.</summary>
    public const string LedgerSealed = "ledger_sealed";

    /// <summary>An operator let the gate send a test event to a webhook.</summary>
    public const string WebhookTested = "webhook_tested";

    /// <summary>An operator let dead letters of webhooks be sent again.</summary>
    public const string WebhookReplayed = "webhook_replayed";

    /// <summary>An operator removed dead letters of webhooks.</summary>
    public const string WebhookPurged = "webhook_purged";
}
