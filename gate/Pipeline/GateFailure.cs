namespace LatchGate.Pipeline;

/// <summary>
/// Every way a call can end without an effect being answered as done. The names are the wire codes in snake_case
/// (reference/wire.md §2.2–2.4); <see cref="GateFailures"/> maps each to its HTTP status, sentence and remedy.
/// </summary>
public enum GateFailure
{
    /// <summary>The request has no Authorization or no DPoP header.</summary>
    MissingAuthHeader,

    /// <summary>The lease is malformed, not ours, or belongs to another principal.</summary>
    InvalidLease,

    /// <summary>The lease was ours and has expired.</summary>
    LeaseExpired,

    /// <summary>The lease was issued before everything was revoked.</summary>
    Revoked,

    /// <summary>The DPoP proof breaks a rule of RFC 9449 §4.3.</summary>
    InvalidDpop,

    /// <summary>The proof's identifier was used before.</summary>
    ReplayDetected,

    /// <summary>The replay store cannot take another identifier.</summary>
    ReplayCacheUnavailable,

    /// <summary>The gate's clock was set back, so that proofs cannot be judged.</summary>
    ClockError,

    /// <summary>The operator's Authorization header is not of the DPoP scheme.</summary>
    InvalidAuthScheme,

    /// <summary>The operator's request has no proof.</summary>
    MissingDpopHeader,

    /// <summary>No operator has this key.</summary>
    InvalidOperatorToken,

    /// <summary>The proof's key is not the one that the operator's credential names.</summary>
    KeyBindingFailed,

    /// <summary>The operator's role does not permit this.</summary>
    OperatorForbidden,

    /// <summary>The connection's peer is unknown to the identity provider.</summary>
    IdentityUnauthenticated,

    /// <summary>The peer's uid is mapped to no principal.</summary>
    IdentityForbidden,

    /// <summary>None of the requested scopes is permitted to the principal.</summary>
    ScopeNotPermitted,

    /// <summary>A member of the request has a wrong value.</summary>
    InvalidRequest,

    /// <summary>A file-system root was asked for that is not a usable directory.</summary>
    InvalidFsRoot,

    /// <summary>A file-system root was asked for that the operator does not permit.</summary>
    FsRootDenied,

    /// <summary>The body of the request is not what the route takes.</summary>
    BadRequest,

    /// <summary>The route takes JSON and the request does not say that it sends JSON.</summary>
    UnsupportedMediaType,

    /// <summary>No route has this path.</summary>
    NotFound,

    /// <summary>No action, or no approval, has this identifier.</summary>
    ActionNotFound,

    /// <summary>The provider's code is not in this binary.</summary>
    ActionNotRegistered,

    /// <summary>The provider's code is not the code that the manifest pins.</summary>
    ActionDigestMismatch,

    /// <summary>The request breaks the action's schema or limits.</summary>
    SchemaViolation,

    /// <summary>Policy refuses the call.</summary>
    PolicyDenied,

    /// <summary>The policy engine gave no answer.</summary>
    PolicyEngineUnavailable,

    /// <summary>The policy engine did not answer in time.</summary>
    PolicyEngineTimeout,

    /// <summary>The policy engine's answer is not of the agreed shape.</summary>
    PolicyEngineInvalidResponse,

    /// <summary>The destination is not open to this action.</summary>
    EgressDenied,

    /// <summary>The session, or its principal, has no call left.</summary>
    BudgetExhausted,

    /// <summary>The session's budget is unknown.</summary>
    BudgetSessionNotFound,

    /// <summary>The grant was used before.</summary>
    GrantConsumed,

    /// <summary>The approval is being decided, or was decided, by another request.</summary>
    Conflict,

    /// <summary>The approval waited too long and can no longer be decided.</summary>
    ApprovalExpired,

    /// <summary>The session, or its user, calls too often.</summary>
    RateLimited,

    /// <summary>The operator decides too often, or its user fails to authenticate too often.</summary>
    OperatorThrottled,

    /// <summary>The caller asks too often.</summary>
    RateLimitExceeded,

    /// <summary>Who decides is who asked, by key, name or user.</summary>
    SelfApproval,

    /// <summary>As many calls of this principal, or of all, wait for an operator as may.</summary>
    TooManyPending,

    /// <summary>The stored plan was changed, or was sealed under a key that the gate no longer has.</summary>
    PlanUnreadable,

    /// <summary>The gate is stopping and takes no new work.</summary>
    Draining,

    /// <summary>As many executions as the gate may hold are running and waiting.</summary>
    Busy,

    /// <summary>The state database or ledger cannot take the record; nothing was executed.</summary>
    StoreUnavailable,

    /// <summary>The disk did not confirm the ledger's last write: what can be read is no evidence before the next start.</summary>
    EvidenceUnconfirmed,

    /// <summary>The provider was stopped, or failed, after the grant was used. A receipt tells how.</summary>
    ActionExecutionFailed,

    /// <summary>The destination could not be reached or broke the protocol. A receipt tells how.</summary>
    UpstreamFailed,

    /// <summary>A file operation is not open to the action. With a receipt, the provider had been entered.</summary>
    FileDenied,

    /// <summary>A permitted file operation could not be done. A receipt tells what was seen.</summary>
    FileFailed,

    /// <summary>The provider's output breaks the action's response schema. A receipt tells what was done.</summary>
    ResponseSchemaViolation,

    /// <summary>The effect of a high-risk action could not be verified. A receipt tells what was seen.</summary>
    VerificationFailed,

    /// <summary>The call was executed, and its evidence could not be made durable.</summary>
    EvidencePersistenceFailed,

    /// <summary>A principal has no usable name, or may not be given what the request gives it.</summary>
    InvalidPrincipal,

    /// <summary>The list of actions is empty.</summary>
    EmptyActions,

    /// <summary>The list of actions is too long.</summary>
    TooManyActions,

    /// <summary>An action's id is not of the form that ids have.</summary>
    InvalidActionId,

    /// <summary>An action that is to be granted does not exist.</summary>
    UnknownAction,

    /// <summary>A standing approval names no usable action or principal.</summary>
    InvalidInput,

    /// <summary>The principal has no entry in the policy data.</summary>
    PrincipalNotFound,

    /// <summary>There is no such standing approval.</summary>
    AllowlistEntryNotFound,

    /// <summary>The policy data on disk cannot be used.</summary>
    PolicyReadError,

    /// <summary>The policy data cannot be written.</summary>
    PolicyWriteError,

    /// <summary>The policy's data are not the gate's own.</summary>
    PolicyDataExternal,

    /// <summary>A host cannot be learned.</summary>
    InvalidDomain,

    /// <summary>A glob cannot be learned.</summary>
    InvalidPathGlob,

    /// <summary>The action's manifest does not permit learning.</summary>
    LearningNotPermitted,

    /// <summary>The action has learned as much as it may.</summary>
    LearnedLimitReached,

    /// <summary>What was to be loaded is refused; the earlier stays in force.</summary>
    ReloadFailed,

    /// <summary>The intent has a receipt, or an operator's note.</summary>
    IntentAlreadyResolved,

    /// <summary>The call of the intent may still be under way.</summary>
    IntentInFlight,

    /// <summary>A signing key's file could not be written.</summary>
    KeyRotationFailed,

    /// <summary>No event could be sealed; the ledger is as it was.</summary>
    SealFailed,

    /// <summary>A receipt of this time is in a segment file, if there is one.</summary>
    ReceiptSealed,

    /// <summary>The gate failed. Nothing is answered as done.</summary>
    InternalError,
}
