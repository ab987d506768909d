namespace LatchGate.Secrets.Sops;

/// <summary>How a SOPS file is written down.</summary>
internal enum SopsFormat
{
    /// <summary>JSON, <c>.json</c>.</summary>
    Json,

    /// <summary>YAML, <c>.yaml</c> or <c>.yml</c>.</summary>
    Yaml,

    /// <summary>Lines of <c>NAME=value</c>, <c>.env</c>.</summary>
    Dotenv,
}
