namespace LatchGate.Sandbox;

/// <summary>Wire words of <see cref="TrapReason"/>, stable over versions.</summary>
public static class TrapReasons
{
    /// <summary>The snake_case name.</summary>
    public static string ToWire(this TrapReason trap) => trap switch
    {
        TrapReason.None => "none",
        TrapReason.FuelExhausted => "fuel_exhausted",
        TrapReason.DeadlineExceeded => "deadline_exceeded",
        TrapReason.MemoryLimit => "memory_limit",
        TrapReason.OutOfBounds => "out_of_bounds",
        TrapReason.Unreachable => "unreachable",
        TrapReason.StackExhausted => "stack_exhausted",
        TrapReason.IoBudgetExceeded => "io_budget_exceeded",
        TrapReason.ImportNotDeclared => "import_not_declared",
        TrapReason.MalformedResult => "malformed_result",
        TrapReason.IntegerOverflow => "integer_overflow",
        TrapReason.DivideByZero => "divide_by_zero",
        TrapReason.InvalidConversion => "invalid_conversion",
        TrapReason.InvalidIndirectCall => "invalid_indirect_call",
        TrapReason.ReentrantCall => "reentrant_call",
        TrapReason.StartRefused => "start_refused",
        TrapReason.HostOutOfMemory => "host_out_of_memory",
        TrapReason.Busy => "busy",
        TrapReason.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(trap), trap, "Not a trap."),
    };
}
