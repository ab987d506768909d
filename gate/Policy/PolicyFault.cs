namespace LatchGate.Policy;

/// <summary>Why the policy gave no usable answer. Each of these denies.</summary>
public enum PolicyFault
{
    /// <summary>It gave one.</summary>
    None,

    /// <summary>No rule answered, not even the default.</summary>
    Undefined,

    /// <summary>The answer lacks a member that it must have, or one is of the wrong type.</summary>
    Malformed,

    /// <summary>A rule got two different values.</summary>
    Conflict,

    /// <summary>The policy ran longer than it may.</summary>
    StepLimit,

    /// <summary>The policy built more than it may.</summary>
    MemoryLimit,

    /// <summary>The policy is nested deeper than it may be.</summary>
    DepthLimit,
}
