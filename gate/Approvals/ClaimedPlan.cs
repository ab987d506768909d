using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Approvals;

/// <summary>
/// A frozen plan that an operator holds and may execute: its bytes are those that were frozen, and the gate still is what it
/// was when they were. Only <see cref="TryCreate"/> makes one.
/// </summary>
internal sealed class ClaimedPlan
{
    private ClaimedPlan(FrozenPlan plan, ResolvedTask task, OperatorDecision decision, Sha256Digest approvalHash)
    {
        (Task, Decision, ApprovalHash) = (task, decision, approvalHash);
        (Subject, RequestHash, GrantId, Targets, Secrets, Domains, UnlistedHost, UnlistedPath) =
            (plan.Subject, plan.RequestHash, plan.GrantId, plan.Targets, plan.Secrets, plan.Domains, plan.UnlistedHost, plan.UnlistedPath);
    }

    /// <summary>Who asked.</summary>
    internal CallSubject Subject { get; }

    /// <summary>What the provider will get.</summary>
    internal ResolvedTask Task { get; }

    /// <summary>Digest of the canonical request.</summary>
    internal Sha256Digest RequestHash { get; }

    /// <summary>The id that the grant will have.</summary>
    internal string GrantId { get; }

    /// <summary>Effects that the action declares.</summary>
    internal ImmutableArray<string> Targets { get; }

    /// <summary>Secrets that policy permitted.</summary>
    internal ImmutableArray<string> Secrets { get; }

    /// <summary>The host patterns that policy permitted; default where the action has no network.</summary>
    internal ImmutableArray<string> Domains { get; }

    /// <summary>The host that the operator opens for this run; null when the action lists it.</summary>
    internal string? UnlistedHost { get; }

    /// <summary>The path that the operator opens for this run; null when the action lists it.</summary>
    internal string? UnlistedPath { get; }

    /// <summary>The decision.</summary>
    internal OperatorDecision Decision { get; }

    /// <summary>Binds the decision to the plan.</summary>
    internal Sha256Digest ApprovalHash { get; }

    /// <summary>Checks a claimed approval against the gate as it is now (reference/kernel.md §3.4).</summary>
    /// <param name="claim">The ledger's claim.</param>
    /// <param name="plan">Its plan, opened by the vault: the bytes have the approval's digest.</param>
    /// <param name="operator">Who decides.</param>
    /// <param name="actions">The actions of this gate.</param>
    /// <param name="revocations">What operators revoked.</param>
    /// <param name="learned">The hosts that operators have added, as they are now.</param>
    /// <param name="egress">Judges the destination under the operator's bounds of today.</param>
    /// <param name="files">Likewise judges the path.</param>
    /// <param name="rules">The action's ways out as they are now.</param>
    /// <param name="paths">Its paths as they are now.</param>
    /// <param name="unlisted">What none of them names, if that is what was approved and nobody has listed it since.</param>
    /// <param name="refusal">Why there is no plan to execute; null when there is.</param>
    internal static ClaimedPlan? TryCreate(
        in ClaimResult claim, FrozenPlan plan, VerifiedOperator @operator, ActionRegistry actions, Revocations revocations, LearnedSnapshot learned,
        EgressPrecheck egress, FilePrecheck files, out EgressRuleSet rules, out PathRules paths, out Unlisted unlisted, out Denial? refusal)
    {
        rules = EgressRuleSet.Closed;
        paths = PathRules.Closed;
        unlisted = default;
        refusal = null;
        var approval = claim.Approval!;

        if (revocations.Refuses(plan.Subject, plan.Epoch, plan.GrantId))
        {
            refusal = new Denial(GateFailure.Revoked);
            return null;
        }

        if (!actions.TryFind(plan.ActionId, out var action))
        {
            refusal = new Denial(GateFailure.ActionNotFound);
            return null;
        }

        if (CallPipeline.Trust(action) != TrustVerdict.DigestOk || action.Digest != plan.ActionDigest || action.ModuleDigest != plan.ModuleDigest
            || EgressText.Of(action.Egress).Digest != plan.EgressDigest)
        {
            refusal = new Denial(GateFailure.ActionDigestMismatch, "the action changed since it was asked for");
            return null;
        }

        if (!ResolvedTask.TryThaw(action, plan.Task.Span, plan.TaskHash, out var task, plan.Expected))
        {
            refusal = new Denial(GateFailure.PlanUnreadable, "the stored task is not the one that was frozen");
            return null;
        }

        rules = learned.RulesOf(action);
        var verdict = egress.Judge(action, rules, task, plan.Subject.Principal, out var host);
        if (!verdict.Allowed && (host is null || host != plan.UnlistedHost))
        {
            refusal = CallPipeline.Refusal(in verdict);
            return null;
        }

        paths = files.RulesOf(action, learned);
        refusal = files.Judge(action, paths, task, plan.Subject, out var path);
        if (refusal is null && path is not null && path != plan.UnlistedPath)
        {
            refusal = new Denial(GateFailure.FileDenied, "path_not_allowed: no rule lists the path any longer", "path_not_allowed");
        }

        if (refusal is not null)
        {
            return null;
        }

        unlisted = new Unlisted(host, path);

        var decision = new OperatorDecision(approval.ApprovalId, @operator.Name, @operator.SenderBinding, claim.Token!);
        return new ClaimedPlan(plan, task, decision, HashOf(approval, decision));
    }

    // Plan, approval and operator in one digest: the decision is for this plan, by this key, and for nothing else.
    private static Sha256Digest HashOf(StoredApproval approval, OperatorDecision decision)
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("approval_id"u8, approval.ApprovalId)
            .Member("kind"u8, "operator_approval")
            .Member("operator_binding"u8, decision.OperatorBinding)
            .Member("operator_id"u8, decision.OperatorId)
            .Member("plan_hash"u8, approval.PlanHash)
            .End();
        return json.Finish().Digest;
    }
}
