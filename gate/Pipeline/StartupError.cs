namespace LatchGate.Pipeline;

/// <summary>Why the gate did not start. The wire code is the snake_case name (reference/wire.md §1.5, ops.md §4.2).</summary>
public enum StartupError
{
    /// <summary>The configuration cannot be read, has an unknown key, or holds a value out of range.</summary>
    ConfigValidationFailed,

    /// <summary>The client socket cannot be made.</summary>
    ClientUdsFailed,

    /// <summary>The admin socket cannot be made.</summary>
    AdminUdsFailed,

    /// <summary>The socket for collectors of metrics cannot be made.</summary>
    MetricsUdsFailed,

    /// <summary>The lease issuer has no usable key.</summary>
    IssuerInitFailed,

    /// <summary>The state database cannot be opened.</summary>
    StateDbOpenFailed,

    /// <summary>The built-in registry and the configuration disagree.</summary>
    RegistryLoadFailed,

    /// <summary>The policy or its data cannot be loaded.</summary>
    PolicyLoadFailed,

    /// <summary>The ledger cannot be opened, is damaged, or belongs to another running gate.</summary>
    LedgerOpenFailed,

    /// <summary>The sandbox runtime did not initialise.</summary>
    WasmRuntimeInitFailed,

    /// <summary>A built-in provider is not the module that the manifests pin.</summary>
    WasmModulesLoadFailed,

    /// <summary>A key is missing, damaged, or readable by others.</summary>
    SigningKeyFailed,

    /// <summary>The root for file actions cannot be used, or the kernel cannot keep a path below a root.</summary>
    FsRootOpenFailed,

    /// <summary>The proxy's list cannot be written.</summary>
    EgressSyncFailed,

    /// <summary>The secrets cannot be opened.</summary>
    SecretsLoadFailed,

    /// <summary>An endpoint of webhooks can never be reached, or lacks a secret.</summary>
    WebhookConfigInvalid,
}
