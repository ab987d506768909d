namespace LatchGate.Config;

/// <summary>How much is logged; each level contains those below it.</summary>
public enum LogLevel
{
    /// <summary>Every step of every request.</summary>
    Debug,

    /// <summary>Start, stop and changes made by operators.</summary>
    Info,

    /// <summary>What still works but should be looked at.</summary>
    Warn,

    /// <summary>What failed.</summary>
    Error,
}
