namespace LatchGate.Sandbox;

/// <summary>
/// Why an execution ended without a result. The members up to <see cref="HostOutOfMemory"/> have the numbers of
/// <c>lg_reason</c> in providers/runtime/latchgate.h; the rest come from the host around the guest.
/// </summary>
public enum TrapReason
{
    /// <summary>Not a trap: the guest returned a result.</summary>
    None = 0,

    /// <summary>The guest entered as many basic blocks as its fuel allows.</summary>
    FuelExhausted = 1,

    /// <summary>The wall-clock limit passed, while the guest computed or while it waited for the host.</summary>
    DeadlineExceeded = 2,

    /// <summary>
    /// The guest's first memory is over the limit; or growth over the limit was refused and the guest then gave up
    /// (<c>unreachable</c>, or an access out of bounds); or its <c>lg_alloc</c> returned null.
    /// </summary>
    MemoryLimit = 3,

    /// <summary>An access outside linear memory or a table, by the guest or by a pointer it gave the host.</summary>
    OutOfBounds = 4,

    /// <summary>The guest executed <c>unreachable</c>: it found itself in a state it does not handle.</summary>
    Unreachable = 5,

    /// <summary>The guest's calls nest too deeply for its stack.</summary>
    StackExhausted = 6,

    /// <summary>The guest made more host calls than its limit; the call over the limit was not made.</summary>
    IoBudgetExceeded = 7,

    /// <summary>The module imports a host interface that the execution does not declare; nothing ran.</summary>
    ImportNotDeclared = 8,

    /// <summary>The result lies outside guest memory, or is not one JSON value in UTF-8.</summary>
    MalformedResult = 9,

    /// <summary>An integer division or a truncation of a float has no representable result.</summary>
    IntegerOverflow = 10,

    /// <summary>An integer division by zero.</summary>
    DivideByZero = 11,

    /// <summary>A conversion of NaN to an integer.</summary>
    InvalidConversion = 12,

    /// <summary>An indirect call to a null element, or to a function of another signature.</summary>
    InvalidIndirectCall = 13,

    /// <summary>The guest called the host from within <c>lg_alloc</c>, where the host was calling the guest.</summary>
    ReentrantCall = 14,

    /// <summary>The module has a start function, which would run before the task exists; nothing ran.</summary>
    StartRefused = 15,

    /// <summary>The host has no memory for another guest; nothing ran.</summary>
    HostOutOfMemory = 16,

    /// <summary>As many executions as the host allows are running, and the queue is full or did not move in time; nothing ran.</summary>
    Busy = 17,

    /// <summary>The caller cancelled.</summary>
    Cancelled = 18,
}
