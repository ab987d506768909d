using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;

namespace LatchGate.Approvals;

/// <summary>The events of operators' decisions.</summary>
internal static class ApprovalEvents
{
    /// <summary>What an operator does to an approval that is known.</summary>
    internal static AuditEvent Of(StoredApproval approval, VerifiedOperator @operator, string type, AuditDecision decision, string? reason) => new()
    {
        TraceId = approval.TraceId,
        EventType = type,
        Decision = decision,
        DenyReason = reason,
        Principal = approval.Principal,
        SessionId = approval.SessionId,
        Owner = approval.Owner,
        ActionId = approval.ActionId,
        ActionVersion = approval.ActionVersion,
        RiskLevel = approval.RiskLevel,
        RequestHash = approval.RequestHash,
        PolicyVersion = approval.PolicyVersion,
        ApprovalId = approval.ApprovalId,
        ApprovedBy = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };

    /// <summary>An operator takes an approval; what it is about is in the event that announced it.</summary>
    internal static AuditEvent Claim(string approvalId, VerifiedOperator @operator) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.ApprovalClaimed,
        Decision = AuditDecision.PendingApproval,
        Principal = @operator.Name,
        ApprovalId = approvalId,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };
}
