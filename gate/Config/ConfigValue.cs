using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>A setting with its source, so that a later check can say where the bad value stands.</summary>
internal sealed class ConfigValue<T>(T value, string where, string baseDirectory)
{
    /// <summary>The value.</summary>
    internal T Value { get; } = value;

    /// <summary><c>file:line:column: key</c>, or the name of the environment variable.</summary>
    internal string Where { get; } = where;

    /// <summary>What a relative path is relative to.</summary>
    internal string BaseDirectory { get; } = baseDirectory;

    /// <summary>The error that refuses this value.</summary>
    internal StartupException Refuse(string problem, string remedy) =>
        new(StartupError.ConfigValidationFailed, $"{Where} {problem}.", remedy);
}
