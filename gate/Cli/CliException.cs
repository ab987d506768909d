namespace LatchGate.Cli;

/// <summary>Ends a command with a message for its user.</summary>
/// <param name="exit">What the process ends with.</param>
/// <param name="code">Stable snake_case code.</param>
/// <param name="message">What is wrong, in one sentence. Never a secret.</param>
/// <param name="remedy">What to do; null when the message says it.</param>
/// <param name="inner">The cause, if another exception is.</param>
internal sealed class CliException(ExitCode exit, string code, string message, string? remedy = null, Exception? inner = null)
    : Exception(message, inner)
{
    internal ExitCode Exit { get; } = exit;

    internal string Code { get; } = code;

    internal string? Remedy { get; } = remedy;

    internal static CliException Usage(string message, string? remedy = null) => new(ExitCode.Usage, "usage", message, remedy);
}
