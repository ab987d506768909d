using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>A setting with its source, so that a later check can say where the bad value stands.</summary>
/// <param name="Value">The value.</param>
/// <param name="Where"><c>file:line:column: key</c>, or the name of the environment variable.</param>
/// <param name="BaseDirectory">What a relative path is relative to.</param>
internal readonly record struct ConfigValue<T>(T Value, string Where, string BaseDirectory)
{
    /// <summary>The error that refuses this value.</summary>
    internal StartupException Refuse(string problem, string remedy) =>
        new(StartupError.ConfigValidationFailed, $"{Where} {problem}.", remedy);
}
