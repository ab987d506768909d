namespace LatchGate.Pipeline;

/// <summary>The gate cannot start, for a reason that the operator can mend.</summary>
/// <param name="error">The stable code.</param>
/// <param name="detail">One clear sentence: what is wrong and where. Never a secret.</param>
/// <param name="remedy">One clear sentence: what to do.</param>
/// <param name="inner">The cause, if another exception is.</param>
public sealed class StartupException(StartupError error, string detail, string remedy, Exception? inner = null)
    : Exception($"{detail} {remedy}", inner)
{
    /// <summary>The stable code.</summary>
    public StartupError Error { get; } = error;

    /// <summary>What is wrong and where.</summary>
    public string Detail { get; } = detail;

    /// <summary>What to do about it.</summary>
    public string Remedy { get; } = remedy;
}
