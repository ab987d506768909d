using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Policy;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Pipeline;

/// <summary>
/// A call that may be executed. There are two ways to get one, and each demands the proofs of all stages before it: policy
/// allowed it at once, or an operator approved the plan that was frozen when policy asked for a human.
/// </summary>
public sealed class AuthorizedCall
{
    private AuthorizedCall(CallSubject subject, ResolvedTask task, Sha256Digest requestHash, string grantId)
    {
        Subject = subject;
        Task = task;
        RequestHash = requestHash;
        GrantId = grantId;
    }

    /// <summary>Who called.</summary>
    public CallSubject Subject { get; }

    /// <summary>The action.</summary>
    public ActionSpec Action => Task.Action;

    /// <summary>What the provider will get.</summary>
    public ResolvedTask Task { get; }

    /// <summary>Digest of the canonical request.</summary>
    public Sha256Digest RequestHash { get; }

    /// <summary>The id that the grant will have.</summary>
    public string GrantId { get; }

    /// <summary>Which policy data decided.</summary>
    public string PolicyVersion { get; private init; } = "";

    /// <summary>Declared effects that policy permits.</summary>
    public ImmutableArray<string> Targets { get; private init; } = [];

    /// <summary>Secrets that policy permits.</summary>
    public ImmutableArray<string> Secrets { get; private init; } = [];

    /// <summary>The action's ways out, within those that policy approved.</summary>
    public EgressRuleSet Egress { get; private init; } = EgressRuleSet.Closed;

    /// <summary>A host beyond the action's rules that the operator opened for this run; null when there is none.</summary>
    public string? OpenedHost { get; private init; }

    /// <summary>The paths that the action may touch, learned ones included.</summary>
    internal PathRules Paths { get; private init; } = PathRules.Closed;

    /// <summary>A path beyond the action's rules that the operator opened for this run; null when there is none.</summary>
    public string? OpenedPath { get; private init; }

    /// <summary>The operator's decision; null when none was needed.</summary>
    public OperatorDecision? Approval { get; private init; }

    /// <summary>Digest that stands for the approval in the grant; null when none was needed.</summary>
    public Sha256Digest? ApprovalHash { get; private init; }

    /// <summary>The automatic path: policy allowed this request of this caller.</summary>
    /// <returns>False unless the decision is an allow.</returns>
    internal static bool TryFromPolicy(
        CallSubject subject, ValidatedRequest request, ResolvedTask task, PolicyDecision decision, EgressRuleSet rules,
        [NotNullWhen(true)] out AuthorizedCall? call, PathRules? paths = null)
    {
        call = null;
        if (decision.Outcome != PolicyOutcome.Allow || task.Action != request.Action)
        {
            return false;
        }

        call = new AuthorizedCall(subject, task, request.Canonical.Digest, NewId())
        {
            PolicyVersion = decision.PolicyVersion,
            Targets = request.Action.SideEffects,
            Secrets = decision.ApprovedSecrets,
            Egress = ApprovedEgress.WithSecrets(ApprovedEgress.Within(rules, decision.ApprovedDomains), decision.ApprovedSecrets),
            Paths = paths ?? PathRules.Closed,
            ApprovalHash = decision.StandingApproval ? StandingApproval.HashOf(subject.Principal, request.Action, decision.PolicyVersion) : null,
        };
        return true;
    }

    /// <summary>
    /// The approved path: this operator claimed this plan, it was checked against the gate as it is now, and policy, asked again, does not
    /// deny it (reference/kernel.md D-45).
    /// </summary>
    /// <param name="plan">What was approved.</param>
    /// <param name="rules">The action's ways out as they are now: what an operator took away since stays closed.</param>
    /// <param name="paths">The action's paths as they are now, likewise.</param>
    /// <param name="decision">The policy's answer of today.</param>
    /// <param name="call">The call.</param>
    /// <param name="refusal">Why there is none.</param>
    /// <returns>False when policy denies, or no longer permits a secret of the plan.</returns>
    internal static bool TryFromApproval(
        ClaimedPlan plan, EgressRuleSet rules, PathRules paths, PolicyDecision decision, [NotNullWhen(true)] out AuthorizedCall? call,
        [NotNullWhen(false)] out Denial? refusal)
    {
        call = null;
        refusal = null;
        if (decision.Outcome == PolicyOutcome.Deny)
        {
            refusal = PolicyQuestion.Refusal(decision);
            return false;
        }

        foreach (var secret in plan.Secrets)
        {
            if (!decision.ApprovedSecrets.Contains(secret))
            {
                refusal = new Denial(GateFailure.PolicyDenied, $"the secret '{secret}' is no longer permitted");
                return false;
            }
        }

        call = new AuthorizedCall(plan.Subject, plan.Task, plan.RequestHash, plan.GrantId)
        {
            PolicyVersion = decision.PolicyVersion,
            Targets = plan.Targets,
            Secrets = plan.Secrets,
            Egress = ApprovedEgress.WithSecrets(ApprovedEgress.Within(ApprovedEgress.Within(rules, plan.Domains), decision.ApprovedDomains), plan.Secrets),
            OpenedHost = plan.UnlistedHost,
            Paths = paths,
            OpenedPath = plan.UnlistedPath,
            Approval = plan.Decision,
            ApprovalHash = plan.ApprovalHash,
        };
        return true;
    }

    /// <summary>A new UUIDv7, lower case with hyphens.</summary>
    internal static string NewId() => Uuid7.New();
}

/// <summary>On whose behalf a call runs, as proved when the request came in.</summary>
/// <param name="TraceId">The request.</param>
/// <param name="Principal">The lease's principal.</param>
/// <param name="SessionId">The lease's session.</param>
/// <param name="LeaseJti">The lease.</param>
/// <param name="SenderBinding">Thumbprint of the key that was proved.</param>
/// <param name="HasBudget">Whether the session counts its calls.</param>
/// <param name="IdentityMethod">How the principal was identified; null when unknown.</param>
/// <param name="Owner">Who answers for the principal; null when nobody is named.</param>
public sealed record CallSubject(
    string TraceId, string Principal, string SessionId, string LeaseJti, string SenderBinding, bool HasBudget, string? IdentityMethod, string? Owner)
{
    /// <summary>The lease's scopes.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>The user id at the other end of the request's connection; null when it is not known.</summary>
    public uint? PeerUid { get; init; }

    /// <summary>The session's root for files, canonical; null where the lease names none.</summary>
    public string? FsRoot { get; init; }

    /// <summary>The revocation epoch of the lease: what is done with it is revoked with it.</summary>
    public long Epoch { get; init; }

    /// <summary>Follows the call for a collector; null where it is not followed.</summary>
    internal CallTrace? Trace { get; init; }

    /// <summary>The place of the span of the request that waited for approval (W3C <c>traceparent</c>); null where it was not followed.</summary>
    internal string? TraceParent { get; init; }

    /// <summary>The subject of a verified caller.</summary>
    public static CallSubject Of(string traceId, VerifiedLease lease) => new(
        traceId, lease.Principal, lease.SessionId, lease.Jti, lease.Key.ToString(), lease.MaxCalls is not null, lease.IdentityMethod, lease.Owner)
    {
        Scopes = [.. lease.Scopes],
        FsRoot = lease.FsRoot,
        Epoch = lease.Epoch,
    };
}
