using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Approvals;

/// <summary>What became of an operator's decision: exactly one member is set.</summary>
internal sealed record DecisionResult
{
    private DecisionResult()
    {
    }

    /// <summary>The execution's outcome.</summary>
    internal CallOutcome? Outcome { get; private init; }

    /// <summary>What the gate remembers from now on, with an outcome that is a success; null when nothing was asked for.</summary>
    internal LearnedEntries? Learned { get; private init; }

    /// <summary>With a refusal, whose call it was; null when it is not known.</summary>
    internal string? Principal { get; private init; }

    /// <summary>With a refusal, the action of the call; null when it is not known.</summary>
    internal string? ActionId { get; private init; }

    /// <summary>The approval that was ended before; who decides twice is told what was decided first.</summary>
    internal StoredApproval? Earlier { get; private init; }

    /// <summary>The approval that is denied now.</summary>
    internal DeniedApproval? Denial { get; private init; }

    /// <summary>Why nothing was decided.</summary>
    internal Denial? Refusal { get; private init; }

    internal static DecisionResult Of(CallOutcome outcome, LearnedEntries? learned = null) => new() { Outcome = outcome, Learned = learned };

    internal static DecisionResult Already(StoredApproval approval) => new() { Earlier = approval };

    internal static DecisionResult Denied(StoredApproval approval, string @operator, string reason) =>
        new() { Denial = new DeniedApproval(approval, @operator, reason) };

    internal static DecisionResult Refused(Denial refusal, StoredApproval? approval = null) =>
        new() { Refusal = refusal, Principal = approval?.Principal, ActionId = approval?.ActionId };
}

/// <summary>An approval that an operator denied.</summary>
/// <param name="Approval">The approval.</param>
/// <param name="DeniedBy">The operator.</param>
/// <param name="Reason">The operator's words.</param>
internal sealed record DeniedApproval(StoredApproval Approval, string DeniedBy, string Reason);
