using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Approvals;

/// <summary>
/// An approval given in advance: the operator's allowlist names action and principal (reference/kernel.md D-49). Its digest
/// takes the place of a decision's in the grant, so the evidence says why nobody was asked.
/// </summary>
internal static class StandingApproval
{
    internal static Sha256Digest HashOf(string principal, ActionSpec action, string policyVersion)
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("action_digest"u8, action.Digest)
            .Member("action_id"u8, action.Id)
            .Member("kind"u8, "standing_approval")
            .Member("policy_version"u8, policyVersion)
            .Member("principal"u8, principal)
            .End();
        return json.Finish().Digest;
    }
}
