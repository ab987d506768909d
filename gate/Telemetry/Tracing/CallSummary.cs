using LatchGate.Pipeline;

namespace LatchGate.Telemetry.Tracing;

/// <summary>What a call's span says of it. Never an argument's value or a part of the output.</summary>
/// <param name="Principal">Who called; empty when it was not known.</param>
/// <param name="ActionId">An action of this gate, or <c>unknown</c>.</param>
/// <param name="Risk">The action's risk; null for one that is not known.</param>
/// <param name="Decision">As the call is counted.</param>
/// <param name="Failure">The code of what was refused or went wrong; null when nothing was.</param>
internal sealed record CallSummary(string Principal, string ActionId, string? Risk, string Decision, string? Failure)
{
    internal static CallSummary None { get; } = new("", GateMetrics.UnknownAction, null, "error", null);

    /// <summary>The approval that the call waits for, or was run by.</summary>
    internal string? ApprovalId { get; init; }

    /// <summary>The receipt.</summary>
    internal string? ReceiptId { get; init; }

    /// <summary>The grant, which names the execution.</summary>
    internal string? GrantId { get; init; }

    /// <summary>What the check of the effect found.</summary>
    internal string? Verification { get; init; }

    /// <summary>Sums up how a call ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="decision">As it is counted.</param>
    /// <param name="principal">Who called.</param>
    /// <param name="actionId">An action of this gate, or <c>unknown</c>.</param>
    /// <param name="risk">The action's risk.</param>
    internal static CallSummary Of(CallOutcome outcome, string decision, string principal, string actionId, string? risk) => outcome switch
    {
        CallOutcome.Executed { Report: var report } => new CallSummary(principal, actionId, risk, decision, null)
        {
            ApprovalId = report.Approval?.ApprovalId,
            ReceiptId = report.ReceiptId,
            GrantId = report.GrantId,
            Verification = report.Verification.Tag,
        },
        CallOutcome.Pending pending => new CallSummary(principal, actionId, risk, decision, null) { ApprovalId = pending.ApprovalId },
        CallOutcome.Denied { Denial: var denial } =>
            new CallSummary(principal, actionId, risk, decision, GateFailures.Describe(denial.Failure).Code) { ReceiptId = denial.ReceiptId },
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an ending."),
    };
}
