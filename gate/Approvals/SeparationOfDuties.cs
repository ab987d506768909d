using LatchGate.Identity;

namespace LatchGate.Approvals;

/// <summary>Who asked for a call does not allow it: four eyes, as far as keys, names and users tell people apart.</summary>
internal static class SeparationOfDuties
{
    /// <summary>Why this operator may not allow this call; null when it may.</summary>
    /// <param name="plan">The call.</param>
    /// <param name="operator">Who decides.</param>
    /// <param name="peerUid">The user id of the operator's connection.</param>
    /// <param name="separateUid">Whether that must be another one than the requester's (<c>approvals.separate_uid</c>).</param>
    internal static string? FaultOf(FrozenPlan plan, VerifiedOperator @operator, uint peerUid, bool separateUid) =>
        @operator.SenderBinding == plan.Subject.SenderBinding ? "the operator's key is the key of the agent's lease"
        : @operator.Name == plan.Subject.Principal ? "the operator has the name of the principal"
        : @operator.Name == plan.Subject.Owner ? "the operator is the owner of the principal"
        : separateUid && (plan.Subject.PeerUid is not { } requester || requester == peerUid) ? "the operator's process has the user id of the agent's"
        : null;
}
