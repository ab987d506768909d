using LatchGate.Actions;
using LatchGate.Budgets;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Approvals;

/// <summary>
/// Makes every check of the request again, where the world may have changed while it waited: epoch, digests, destination, budget, policy
/// (reference/kernel.md §3.4, D-45).
/// </summary>
internal sealed class PlanReview(
    ActionRegistry actions,
    LearnedStore learned,
    Revocations revocations,
    PolicyDecisionPoint policy,
    EgressPrecheck egress,
    FilePrecheck files,
    BudgetDesk budgets,
    PlanVault vault,
    GateLog log)
{
    /// <summary>Turns a claim into a call that may run, or says why it may not.</summary>
    internal async ValueTask<ReviewedCall> PrepareAsync(ClaimResult claim, VerifiedOperator @operator, CallTrace? trace = null)
    {
        try
        {
            if (!vault.TryOpen(claim.Approval!, out var frozen))
            {
                return new ReviewedCall(null, null, new Denial(GateFailure.PlanUnreadable));
            }

            if (trace is not null)
            {
                trace.Continue(frozen.Subject.TraceId, frozen.Subject.TraceParent);
                frozen = frozen with { Subject = frozen.Subject with { Trace = trace } };
            }

            // Read once: what is judged here is what the dispatch is bound to.
            var learnt = learned.Current;
            var plan = ClaimedPlan.TryCreate(
                in claim, frozen, @operator, actions, revocations, learnt, egress, files, out var rules, out var paths, out var unlisted, out var refusal);
            if (plan is null)
            {
                return new ReviewedCall(null, null, refusal);
            }

            var (subject, action) = (plan.Subject, plan.Task.Action);
            if (budgets.Read(subject, out var callsRemaining) is { } exhausted)
            {
                return new ReviewedCall(null, null, exhausted);
            }

            var question = PolicyQuestion.Of(subject, plan.Task, plan.RequestHash, callsRemaining, unlisted, rules);
            var decision = await policy.DecideAsync(question).ConfigureAwait(false);
            if (!AuthorizedCall.TryFromApproval(plan, rules, paths, decision, out var call, out refusal))
            {
                return new ReviewedCall(null, null, refusal);
            }

            // What policy has narrowed since, it has narrowed for calls that waited as well.
            return plan.UnlistedHost is null && egress.Judge(action, call.Egress, call.Task, subject.Principal, out _) is { Allowed: false } verdict
                ? new ReviewedCall(null, null, CallPipeline.Refusal(in verdict))
                : new ReviewedCall(call, callsRemaining, null);
        }
        catch (Exception e)
        {
            // Nothing was dispatched, and nothing was decided against the call: it waits on.
            log.Unexpected(e);
            return new ReviewedCall(null, null, new Denial(e is Storage.DatabaseException ? GateFailure.StoreUnavailable : GateFailure.InternalError));
        }
    }
}

/// <summary>A claimed call that may run, or why it may not.</summary>
/// <param name="Call">The call; null when it may not run.</param>
/// <param name="CallsRemaining">Calls that its caller has left, this one included; null for no bound.</param>
/// <param name="Refusal">Why it may not; null when it may.</param>
internal readonly record struct ReviewedCall(AuthorizedCall? Call, long? CallsRemaining, Denial? Refusal);
