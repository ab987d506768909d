using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Pipeline;

/// <summary>How a call ended: exactly one of executed, pending, denied.</summary>
internal abstract record CallOutcome(string TraceId)
{
    /// <summary>Done, and the evidence is durable.</summary>
    internal sealed record Executed(string TraceId, ExecutionReport Report) : CallOutcome(TraceId);

    /// <summary>Waits for an operator.</summary>
    internal sealed record Pending(string TraceId, string ApprovalId, Sha256Digest RequestHash) : CallOutcome(TraceId);

    /// <summary>Refused or failed.</summary>
    internal sealed record Denied(string TraceId, Denial Denial, string? Principal, string ActionId) : CallOutcome(TraceId);
}

/// <summary>What an executed call is answered with (reference/wire.md §5.4). Built only from durable evidence.</summary>
/// <param name="Evidence">Proof that receipt and event are durable.</param>
/// <param name="ActionId">The action.</param>
/// <param name="GrantId">The grant.</param>
/// <param name="ReceiptId">The receipt.</param>
/// <param name="Output">The provider's output, JSON as it gave it.</param>
/// <param name="Verification">What the check of the effect found.</param>
/// <param name="Runtime">What the execution used.</param>
/// <param name="ExitCode">0 when the provider says that it succeeded, else 1.</param>
/// <param name="Approval">The operator's decision; null when none was needed.</param>
/// <param name="ApprovalHash">Binds that decision to the plan.</param>
internal sealed record ExecutionReport(
    DurableEvidence Evidence,
    string ActionId,
    string GrantId,
    string ReceiptId,
    ReadOnlyMemory<byte> Output,
    VerificationOutcome Verification,
    ReceiptRuntime Runtime,
    int ExitCode,
    OperatorDecision? Approval,
    Sha256Digest? ApprovalHash)
{
    /// <summary>The provider succeeded, and the effect was verified or declared unverifiable.</summary>
    internal bool IsFullySuccessful =>
        ExitCode == 0 && Verification.Status is VerificationStatus.Verified or VerificationStatus.UnverifiableDeclared;
}
