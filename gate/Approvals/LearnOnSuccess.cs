using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Approvals;

/// <summary>What an operator asks the gate to remember when it approves; all null asks for nothing, and nothing is remembered (reference/kernel.md D-42).</summary>
/// <param name="Domain"><c>learn_domain</c>: the unresolved host of the approval, exactly.</param>
/// <param name="Path"><c>learn_path</c>: the unresolved path of the approval, exactly; or the same from <c>/</c>, through the session's root.</param>
internal readonly record struct LearnOnSuccess(string? Domain, string? Path)
{
    /// <summary>Whether anything is to be remembered.</summary>
    internal bool IsEmpty => Domain is null && Path is null;

    /// <summary>Why it cannot be remembered; null when it can. Only what an approval is about may be learned with it, and literally (D-43).</summary>
    internal string? FaultFor(FrozenPlan plan) =>
        Domain is { } domain && domain != plan.UnlistedHost ? "learn_domain is not the unresolved domain of this approval"
        : Domain is { } unfit && !LearnedDomain.TryParse(unfit, wide: false, out _, out var fault) ? $"learn_domain cannot be learned: {fault}"
        : Path is null ? null
        : PathOf(plan.Subject) is not { } path || path != plan.UnlistedPath ? "learn_path is not the unresolved path of this approval"
        : !LearnedPath.TryParse(PathGlob.Escape(path), out _, out var flaw) ? $"learn_path cannot be learned: {flaw}"
        : null;

    /// <summary>The path relative to the session's root; null when none is asked for, or it lies elsewhere.</summary>
    internal string? PathOf(CallSubject subject) => Path is not ['/', ..] ? Path
        : subject.FsRoot is { } root && Path.StartsWith(root + "/", StringComparison.Ordinal) ? Path[(root.Length + 1)..]
        : null;
}

/// <summary>An operator's decision to allow a call, as it arrived.</summary>
/// <param name="ApprovalId">The approval.</param>
/// <param name="Operator">Who decides.</param>
/// <param name="PeerUid">The user id of the operator's connection.</param>
/// <param name="Learn">What to remember when the call succeeded.</param>
internal sealed record ApproveRequest(string ApprovalId, Identity.VerifiedOperator Operator, uint PeerUid, LearnOnSuccess Learn)
{
    /// <summary>Follows the call that is run; null where nobody does.</summary>
    internal Telemetry.Tracing.CallTrace? Trace { get; init; }
}
