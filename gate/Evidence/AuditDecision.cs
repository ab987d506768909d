namespace LatchGate.Evidence;

/// <summary>How a request ended (reference/kernel.md §6.2). The wire form is the snake_case name.</summary>
public enum AuditDecision
{
    /// <summary>Something went wrong that is not a decision.</summary>
    Error,

    /// <summary>Done, and the effect verified.</summary>
    Allow,

    /// <summary>Done; the effect was not or could not be verified.</summary>
    AllowUnverified,

    /// <summary>Refused.</summary>
    Deny,

    /// <summary>Waits for an operator.</summary>
    PendingApproval,
}

/// <summary>Wire forms of <see cref="AuditDecision"/>.</summary>
public static class AuditDecisionExtensions
{
    /// <summary>The snake_case name.</summary>
    public static string ToWire(this AuditDecision decision) => decision switch
    {
        AuditDecision.Error => "error",
        AuditDecision.Allow => "allow",
        AuditDecision.AllowUnverified => "allow_unverified",
        AuditDecision.Deny => "deny",
        AuditDecision.PendingApproval => "pending_approval",
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };
}
