namespace LatchGate.Approvals;

/// <summary>An operator's decision on one approval.</summary>
/// <param name="ApprovalId">The approval.</param>
/// <param name="OperatorId">The operator's name.</param>
/// <param name="OperatorBinding">Thumbprint of the operator's key; empty in the insecure posture, where none was proved.</param>
/// <param name="ClaimToken">The claim under which the ledger lets the approval move on; kept in memory only.</param>
public sealed record OperatorDecision(string ApprovalId, string OperatorId, string OperatorBinding, string ClaimToken);
