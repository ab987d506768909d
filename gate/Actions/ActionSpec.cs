using System.Collections.Immutable;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Sandbox;

namespace LatchGate.Actions;

/// <summary>
/// One action, as compiled from its manifest. Immutable; built only by generated code (reference/kernel.md §1).
/// </summary>
public sealed record ActionSpec
{
    /// <summary>1–128 characters of <c>[A-Za-z0-9_-]</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The manifest's version, such as <c>1.0.0</c>.</summary>
    public required string Version { get; init; }

    /// <summary>One sentence that says what the action does.</summary>
    public required string Description { get; init; }

    /// <summary>How much harm the action can do.</summary>
    public required RiskLevel Risk { get; init; }

    /// <summary>The provider as the manifest names it: <c>builtin:NAME</c> or <c>sha256:HEX</c>. Shown on the wire.</summary>
    public required string ProviderReference { get; init; }

    /// <summary>The name of the built-in module, such as <c>http_api</c>.</summary>
    public required string ProviderName { get; init; }

    /// <summary>SHA-256 of the provider's <c>.wasm</c> bytes, as pinned at build time.</summary>
    public required Sha256Digest ModuleDigest { get; init; }

    /// <summary>SHA-256 of the whole manifest in canonical form (RFC 8785), shared schemas included.</summary>
    public required Sha256Digest Digest { get; init; }

    /// <summary>The host interfaces that the execution gets.</summary>
    public required HostImports Imports { get; init; }

    /// <summary>Bounds of one execution.</summary>
    public required ResourceLimits Limits { get; init; }

    /// <summary>Bounds of request and response.</summary>
    public required IoLimits Io { get; init; }

    /// <summary>How the effect is checked after the call.</summary>
    public required VerificationSpec Verification { get; init; }

    /// <summary>Where the action may connect to.</summary>
    public required EgressRuleSet Egress { get; init; }

    /// <summary>The files that the action may touch; null for an action without files.</summary>
    public FileSpec? Files { get; init; }

    /// <summary>Secrets the action may use, by name.</summary>
    public required ImmutableArray<SecretSpec> Secrets { get; init; }

    /// <summary>Labels of what the action does to the world, such as <c>http_read</c>; policy calls them sinks.</summary>
    public required ImmutableArray<string> SideEffects { get; init; }

    /// <summary>Scopes a lease must carry; always contains <c>tools:call</c>.</summary>
    public required ImmutableArray<string> RequiredScopes { get; init; }

    /// <summary>Catalogue labels.</summary>
    public required ImmutableArray<string> Tags { get; init; }

    /// <summary>The request schema as JSON text (UTF-8), or empty when the manifest has none.</summary>
    public required ReadOnlyMemory<byte> RequestSchema { get; init; }

    /// <summary>Checks a request; null when the manifest has no request schema.</summary>
    public required SchemaValidator? ValidateRequest { get; init; }

    /// <summary>Checks a provider's output; null when the manifest has no response schema.</summary>
    public required SchemaValidator? ValidateResponse { get; init; }

    /// <summary>What stands in for members that a request leaves out, where the template does not see to it; null for nothing.</summary>
    public RequestDefaults? Defaults { get; init; }

    /// <summary>Turns a valid request into the provider's task; null when the request itself is the task.</summary>
    public required TaskTemplate? Template { get; init; }
}

/// <summary>A secret that an action may use.</summary>
/// <param name="Name">The name in the gate's secret store.</param>
/// <param name="Required">Whether the action is refused when the store lacks it.</param>
public sealed record SecretSpec(string Name, bool Required);

/// <summary>Bounds of one execution (reference/kernel.md §1.2; upper bounds from §19 D-02).</summary>
/// <param name="Fuel">Basic blocks that the guest may enter, 1 to 1e9.</param>
/// <param name="MemoryMb">Guest memory in MiB, 1 to 512.</param>
/// <param name="TimeoutSeconds">Wall-clock seconds, 1 to 300.</param>
/// <param name="MaxIoCalls">Host calls, 0 to 100; log lines are not counted.</param>
/// <param name="MaxHostResponseBytes">Bytes of one host answer's body, 1 to 64 MiB.</param>
public sealed record ResourceLimits(long Fuel, int MemoryMb, int TimeoutSeconds, int MaxIoCalls, int MaxHostResponseBytes);

/// <summary>Bounds of request and response (reference/kernel.md §1.3).</summary>
/// <param name="MaxRequestBytes">Bytes of the request, 1 to 1 MiB.</param>
/// <param name="MaxResponseBytes">Bytes of the provider's output, 1 to 64 MiB.</param>
public sealed record IoLimits(int MaxRequestBytes, int MaxResponseBytes);
