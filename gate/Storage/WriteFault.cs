namespace LatchGate.Storage;

/// <summary>Why a write did not become durable.</summary>
public enum WriteFault
{
    /// <summary>It is durable.</summary>
    None,

    /// <summary>The queue of writes is full; nothing was written.</summary>
    Busy,

    /// <summary>The disk or the database refused; nothing was written.</summary>
    Unavailable,

    /// <summary>The database is closing; nothing was written.</summary>
    Stopped,
}

/// <summary>Why writes do not become durable.</summary>
/// <param name="Reason">In SQLite's words.</param>
/// <param name="IsFinal">A sync failed: nothing is written any more, until the file is opened again.</param>
public sealed record WriteFailure(string Reason, bool IsFinal);

/// <summary>The result of a write: a value that is durable, or why there is none.</summary>
/// <param name="Fault">Why nothing was written.</param>
/// <param name="Value">The result; meaningful only without a fault.</param>
public readonly record struct Written<T>(WriteFault Fault, T? Value)
{
    /// <summary>True when the value is durable.</summary>
    public bool IsDurable => Fault == WriteFault.None;
}
