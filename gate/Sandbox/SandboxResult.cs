namespace LatchGate.Sandbox;

/// <summary>How one execution ended.</summary>
/// <param name="Trap">Why there is no output; <see cref="TrapReason.None"/> when there is.</param>
/// <param name="Output">The guest's result: one JSON value in UTF-8. Empty after a trap.</param>
/// <param name="FuelConsumed">Basic blocks entered.</param>
/// <param name="IoCalls">Host calls begun, log lines not counted. Above zero, the world may have changed, trap or not.</param>
/// <param name="Duration">Wall-clock time, waiting in the queue included.</param>
public readonly record struct SandboxResult(TrapReason Trap, ReadOnlyMemory<byte> Output, long FuelConsumed, int IoCalls, TimeSpan Duration)
{
    /// <summary>True when the guest returned a result.</summary>
    public bool Completed => Trap == TrapReason.None;
}
