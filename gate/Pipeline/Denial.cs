namespace LatchGate.Pipeline;

/// <summary>A failure with what is known of it, ready to be answered and recorded. Never holds a secret.</summary>
/// <param name="Failure">Which failure.</param>
/// <param name="Reason">The precise reason, at most 500 bytes, without control characters; null when the code says all.</param>
/// <param name="Detail">A closed word for machines, such as an egress reason or a trap; null when there is none.</param>
/// <param name="Rule">The rule that decided, if one did.</param>
public sealed record Denial(GateFailure Failure, string? Reason = null, string? Detail = null, string? Rule = null)
{
    /// <summary>The receipt that tells what was done, when the provider had been entered.</summary>
    public string? ReceiptId { get; init; }

    /// <summary>Overrides the status of the failure, where a deny rule names its own (400–599) or the cause is the gate's side.</summary>
    public int? Status { get; init; }
}
