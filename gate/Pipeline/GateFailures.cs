namespace LatchGate.Pipeline;

/// <summary>How a failure is told on the wire.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The stable <c>error</c> member.</param>
/// <param name="Message">One clear sentence.</param>
/// <param name="Remedy">What the caller or the operator does about it.</param>
public readonly record struct FailureText(int Status, string Code, string Message, string Remedy);

/// <summary>The exhaustive map from failure to answer; a member without a line does not compile into an answer, it throws in the tests.</summary>
public static class GateFailures
{
    /// <summary>Every member's answer.</summary>
    public static FailureText Describe(GateFailure failure) => failure switch
    {
        GateFailure.MissingAuthHeader => new(401, "missing_auth_header", "The request has no Authorization or no DPoP header.", "Send 'Authorization: DPoP <lease>' and a DPoP proof."),
        GateFailure.InvalidLease => new(401, "invalid_lease", "The lease is not valid here.", "Ask for a new lease with POST /v1/leases."),
        GateFailure.LeaseExpired => new(401, "lease_expired", "The lease has expired.", "Ask for a new lease with POST /v1/leases."),
        GateFailure.Revoked => new(401, "revoked", "The lease was revoked by an operator.", "Ask for a new lease with POST /v1/leases."),
        GateFailure.InvalidDpop => new(401, "invalid_dpop", "The DPoP proof was refused.", "Make a new proof for this method and URL with the key of the lease."),
        GateFailure.ReplayDetected => new(401, "replay_detected", "The DPoP proof was used before.", "Make a new proof, with a new jti, for each request."),
        GateFailure.ReplayCacheUnavailable => new(503, "replay_cache_unavailable", "The gate cannot record another proof.", "Wait a moment and send a new proof."),
        GateFailure.ClockError => new(503, "clock_error", "The gate's clock was set back.", "Ask the operator to correct the clock."),
        GateFailure.InvalidAuthScheme => new(401, "invalid_auth_scheme", "The Authorization header is not of the DPoP scheme.", "Send 'Authorization: DPoP <operator key>'."),
        GateFailure.MissingDpopHeader => new(401, "missing_dpop_header", "The request has no DPoP proof.", "Send a proof made with the operator's private key."),
        GateFailure.InvalidOperatorToken => new(401, "invalid_operator_token", "No operator has this key.", "Use the key of a credential in [operator_credentials]."),
        GateFailure.OperatorForbidden => new(403, "operator_forbidden", "The operator's role does not permit this.", "Ask an operator with the role that the reason names."),
        GateFailure.KeyBindingFailed => new(401, "key_binding_failed", "The proof's key is not the operator's.", "Use the private key whose thumbprint is the credential's dpop_jkt."),
        GateFailure.IdentityUnauthenticated => new(401, "identity_unauthenticated", "The gate cannot tell who is calling.", "Connect over the gate's Unix socket."),
        GateFailure.IdentityForbidden => new(403, "identity_forbidden", "The calling user is mapped to no principal.", "Map its uid in [identity.peercred.principals]."),
        GateFailure.ScopeNotPermitted => new(403, "scope_not_permitted", "None of the requested scopes is permitted.", "Ask for scopes that the principal's mapping lists."),
        GateFailure.InvalidRequest => new(400, "invalid_request", "A member of the request has a wrong value.", "Correct it and send it again."),
        GateFailure.InvalidFsRoot => new(400, "invalid_fs_root", "The fs_root is not a usable directory.", "Leave fs_root out, or name an existing absolute directory."),
        GateFailure.FsRootDenied => new(403, "fs_root_denied", "The fs_root is not permitted.", "Name a directory below one of fs_root_allowed_prefixes, or leave fs_root out."),
        GateFailure.BadRequest => new(400, "bad_request", "The request is malformed.", "Correct it and send it again."),
        GateFailure.UnsupportedMediaType => new(415, "unsupported_media_type", "The route takes JSON.", "Send 'Content-Type: application/json'."),
        GateFailure.NotFound => new(404, "not_found", "Nothing is here.", "Check the path and the identifier."),
        GateFailure.ActionNotFound => new(404, "action_not_found", "There is no such action or approval.", "List what exists with GET /v1/actions."),
        GateFailure.ActionNotRegistered => new(403, "action_not_registered", "The action's provider is not in this gate.", "Build the gate with the provider."),
        GateFailure.ActionDigestMismatch => new(403, "action_digest_mismatch", "The action's provider is not the code that its manifest pins.", "Build the gate again from its manifests."),
        GateFailure.SchemaViolation => new(422, "schema_violation", "The request does not fit the action.", "Read GET /v1/actions/{id}/schema/request."),
        GateFailure.PolicyDenied => new(403, "policy_denied", "Policy does not permit this call.", "Ask the operator for a grant."),
        GateFailure.PolicyEngineUnavailable => new(503, "policy_engine_unavailable", "The policy gave no decision.", "Ask the operator to look at the gate's log."),
        GateFailure.PolicyEngineTimeout => new(503, "policy_engine_timeout", "The policy engine did not answer in time.", "Send the request again; if it lasts, ask the operator to look at the policy engine."),
        GateFailure.PolicyEngineInvalidResponse => new(503, "policy_engine_invalid_response", "The policy's decision is malformed.", "Ask the operator to look at the gate's log."),
        GateFailure.EgressDenied => new(403, "egress_denied", "The destination is not open to this action.", "Use a destination that the action lists, or ask the operator to open it."),
        GateFailure.BudgetExhausted => new(403, "budget_exhausted", "No call is left in the budget.", "Read the reason: it names the bound, and when it opens again."),
        GateFailure.BudgetSessionNotFound => new(403, "budget_session_not_found", "The session's budget is unknown.", "Ask for a new lease."),
        GateFailure.GrantConsumed => new(409, "grant_consumed", "The grant was used before.", "Send the request again."),
        GateFailure.Conflict => new(409, "conflict", "The approval is decided, or being decided, by another request.", "Read the approval to see its state."),
        GateFailure.ApprovalExpired => new(409, "approval_expired", "The approval waited too long.", "Let the agent send its request again."),
        GateFailure.RateLimited => new(429, "rate_limited", "The session, or its user, calls too often.", "Wait a second and send the request again."),
        GateFailure.OperatorThrottled => new(429, "operator_throttled", "The operator decides, or its user fails to authenticate, too often.", "Wait two seconds and send the request again."),
        GateFailure.RateLimitExceeded => new(429, "rate_limit_exceeded", "The caller asks too often.", "Wait a second and send the request again."),
        GateFailure.SelfApproval => new(403, "self_approval", "Who asked for the call cannot approve it.", "Let another operator decide; the call still waits."),
        GateFailure.TooManyPending => new(429, "too_many_pending", "Too many calls wait for an operator.", "Wait until some are decided or expire, then send the request again."),
        GateFailure.PlanUnreadable => new(500, "plan_unreadable", "The stored plan cannot be read.", "Restore the key file of approvals_key_path, or let the agent send its request again."),
        GateFailure.Draining => new(503, "draining", "The gate is stopping.", "Send the request to another gate, or later."),
        GateFailure.Busy => new(503, "busy", "The gate holds as many executions as it may.", "Send the request again later."),
        GateFailure.StoreUnavailable => new(503, "store_unavailable", "The gate cannot record the call, so it did not make it.", "Ask the operator to look at the ledger's disk."),
        GateFailure.ActionExecutionFailed => new(502, "action_execution_failed", "The provider did not finish.", "Read the receipt for the reason."),
        GateFailure.UpstreamFailed => new(502, "upstream_error", "The destination did not answer properly.", "Read the receipt for the reason, then try again."),
        GateFailure.FileDenied => new(403, "file_denied", "The file operation is not open to this action.", "Use a path that the action lists, or ask the operator to open it."),
        GateFailure.FileFailed => new(422, "file_failed", "The file operation could not be done.", "Read the reason: it says what stands in the way."),
        GateFailure.ResponseSchemaViolation => new(502, "response_schema_violation", "The call was made, and its result is not what the action promises.", "Read the receipt before trying again."),
        GateFailure.VerificationFailed => new(502, "verification_failed", "The call was made, and its effect could not be verified.", "Read the receipt before trying again."),
        GateFailure.EvidencePersistenceFailed => new(500, "evidence_persistence_failed", "The call was made, and its evidence could not be stored.", "Do not repeat it; ask the operator to read the unresolved intents."),
        GateFailure.InvalidPrincipal => new(400, "invalid_principal", "The principal has no usable name, or may not have this.", "Name 1 to 253 bytes of printable text; grant risky actions to named principals, not to '*'."),
        GateFailure.EmptyActions => new(400, "empty_actions", "The list of actions is empty.", "Name 1 to 100 actions."),
        GateFailure.TooManyActions => new(400, "too_many_actions", "The list of actions is too long.", "Name 1 to 100 actions; make several requests for more."),
        GateFailure.InvalidActionId => new(400, "invalid_action_id", "An action id is malformed.", "Use an id that GET /v1/actions lists."),
        GateFailure.UnknownAction => new(400, "unknown_action", "There is no such action to grant.", "List what exists with GET /v1/actions."),
        GateFailure.InvalidInput => new(400, "invalid_input", "The standing approval names no usable action or principal.", "Give action_id and agent_id: 1 to 128 of A-Z a-z 0-9 _ : -."),
        GateFailure.PrincipalNotFound => new(404, "principal_not_found", "The principal has no entry in the policy data.", "List the entries with GET /v1/admin/policy."),
        GateFailure.AllowlistEntryNotFound => new(404, "allowlist_entry_not_found", "There is no such standing approval.", "List them with GET /v1/admin/policy."),
        GateFailure.PolicyReadError => new(500, "policy_read_error", "The policy data on disk cannot be used; those in force stay.", "Correct the file at policy_data_path."),
        GateFailure.PolicyWriteError => new(500, "policy_write_error", "The policy data cannot be written; nothing was changed.", "Ask the operator to look at the gate's log and at the file's disk."),
        GateFailure.PolicyDataExternal => new(409, "policy_data_external", "The policy data are not held by this gate.", "Change them where the policy comes from: the bundle, or the policy server."),
        GateFailure.InvalidDomain => new(400, "invalid_domain", "The host cannot be learned.", "Name one public host, or '*.' and a host with two dots."),
        GateFailure.InvalidPathGlob => new(400, "invalid_path_glob", "The glob cannot be learned.", "Name a relative path, such as 'src/**' or 'notes/*.md'."),
        GateFailure.LearningNotPermitted => new(400, "learning_not_permitted", "The action's list is closed.", "Say allow_learning in its manifest, and build the gate again."),
        GateFailure.LearnedLimitReached => new(409, "learned_limit_reached", "The action has learned 50 of them, which is all it may.", "Remove some, or clear them."),
        GateFailure.ReloadFailed => new(500, "reload_failed", "The new policy is refused; the earlier one stays in force.", "Correct what the reason names, then reload."),
        GateFailure.InternalError => new(500, "internal_error", "The gate failed.", "Ask the operator to look at the gate's log."),
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "This failure has no answer."),
    };
}
