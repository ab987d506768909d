namespace LatchGate.Policy;

/// <summary>Why the policy gave no usable answer. Each of these denies.</summary>
public enum PolicyFault
{
    /// <summary>It gave one.</summary>
    None,

    /// <summary>No rule answered, not even the default.</summary>
    Undefined,

    /// <summary>No policy engine answered: it cannot be reached, or says that it failed.</summary>
    Unavailable,

    /// <summary>The policy engine did not answer in time.</summary>
    Timeout,

    /// <summary>The answer lacks a member that it must have, has one that nobody knows, or one of the wrong type.</summary>
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
