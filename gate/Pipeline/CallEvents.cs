using LatchGate.Actions;
using LatchGate.Evidence;

namespace LatchGate.Pipeline;

/// <summary>What every event of a call begins with: who, and which action.</summary>
internal static class CallEvents
{
    internal static AuditEvent Of(CallSubject subject, ActionSpec action) => Of(subject, action.Id) with
    {
        ActionVersion = action.Version,
        ActionDigest = action.Digest,
        RiskLevel = action.Risk.ToWire(),
        RequestSchemaId = action.ValidateRequest is null ? null : $"{action.Id}:request",
    };

    internal static AuditEvent Of(CallSubject subject, string actionId) => new()
    {
        TraceId = subject.TraceId,
        EventType = EventTypes.ActionCall,
        Decision = AuditDecision.Error,
        Principal = subject.Principal,
        SessionId = subject.SessionId,
        LeaseJti = subject.LeaseJti,
        IdentityMethod = subject.IdentityMethod,
        Owner = subject.Owner,
        ActionId = actionId,
    };

    internal static AuditEvent Anonymous(string traceId, string actionId) => new()
    {
        TraceId = traceId,
        EventType = EventTypes.ActionCall,
        Decision = AuditDecision.Deny,
        ActionId = actionId,
    };
}
