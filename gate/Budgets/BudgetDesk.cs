using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Budgets;

/// <summary>
/// Says what a caller may still spend, for policy and for the answer. It decides nothing for good: the debit does, in the commit
/// of the intent (reference/kernel.md §7).
/// </summary>
internal sealed class BudgetDesk(BudgetBook book, Ledger ledger, TimeProvider time)
{
    /// <summary>A caller's standing.</summary>
    /// <param name="subject">Who asks.</param>
    /// <param name="callsRemaining">Calls left under the tightest bound, 0 or more; null when there is none.</param>
    /// <returns>Why no call is possible; null when one is.</returns>
    internal Denial? Read(CallSubject subject, out long? callsRemaining)
    {
        callsRemaining = null;
        if (subject.HasBudget)
        {
            callsRemaining = ledger.CallsRemaining(subject.SessionId);
            if (callsRemaining is null)
            {
                return new Denial(GateFailure.BudgetSessionNotFound);
            }
        }

        if (book.Of(subject.Principal) is { } bounds)
        {
            var usage = UsageOf(subject.Principal);
            callsRemaining = Math.Min(callsRemaining ?? long.MaxValue, usage.Remaining(bounds) ?? long.MaxValue);
            if (usage.Refusal(bounds) is { } refusal)
            {
                return Explain(refusal);
            }
        }

        // Policy would refuse it too, but as if a grant could help.
        return callsRemaining is 0 ? Explain(new BudgetRefusal(BudgetBound.Session)) : null;
    }

    /// <summary>What a principal has spent, as of now.</summary>
    internal PrincipalUsage UsageOf(string principal) =>
        (ledger.Read(reader => reader.FindUsage(principal)) ?? new PrincipalUsage()).Settle(time.GetUtcNow());

    /// <summary>The denial that says which bound it is, and when it opens.</summary>
    internal static Denial Explain(BudgetRefusal refusal)
    {
        var reason = refusal.Bound switch
        {
            BudgetBound.Session => "session: the lease's calls are spent; a new lease brings new ones, where the principal has some left",
            BudgetBound.Total => $"total: the principal may make {refusal.Limit} calls in all; only an operator can raise that",
            _ => $"{refusal.Word}: the principal may make {refusal.Limit} calls in any {refusal.Word}; "
                + (refusal.OpensAt is { } at ? $"the next is possible at {WireTime.Format(at)}" : "only an operator can raise that"),
        };
        return new Denial(GateFailure.BudgetExhausted, reason, refusal.Word);
    }
}
