using System.Collections.Immutable;
using LatchGate.Actions;

namespace LatchGate.Policy;

/// <summary>Whether the action is the one that the gate was built with (reference/kernel.md §10.1).</summary>
public enum TrustVerdict
{
    /// <summary>Nothing was checked. The policy denies.</summary>
    NotRegistered,

    /// <summary>The provider's bytes are those that the manifest pins.</summary>
    DigestOk,

    /// <summary>They are not.</summary>
    DigestMismatch,
}

/// <summary>The question to the policy (reference/kernel.md §10.1). The request's body, time and addresses are not part of it.</summary>
public sealed record PolicyInput
{
    /// <summary>Who asks.</summary>
    public required string Principal { get; init; }

    /// <summary>The session of the lease.</summary>
    public required string SessionId { get; init; }

    /// <summary>Scopes of the lease.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>Scopes that the action demands.</summary>
    public required ImmutableArray<string> RequiredScopes { get; init; }

    /// <summary>The action.</summary>
    public required string ActionId { get; init; }

    /// <summary>The version of its manifest.</summary>
    public required string ActionVersion { get; init; }

    /// <summary>How much harm it can do.</summary>
    public required RiskLevel ActionRiskLevel { get; init; }

    /// <summary>Whether it is what the gate was built with.</summary>
    public required TrustVerdict ActionTrustVerdict { get; init; }

    /// <summary>The pinned and the found digest, as text; read only for <see cref="TrustVerdict.DigestMismatch"/>.</summary>
    public (string Expected, string Actual) DigestMismatch { get; init; }

    /// <summary><c>fs</c> for an action on files; null otherwise.</summary>
    public string? ActionCategory { get; init; }

    /// <summary>The hash of the canonical request, <c>sha256:…</c>.</summary>
    public required string RequestHash { get; init; }

    /// <summary>What the action does to the world, from its manifest.</summary>
    public required ImmutableArray<string> RequestedSinks { get; init; }

    /// <summary>Names of the secrets that the action may use.</summary>
    public required ImmutableArray<string> RequestedSecrets { get; init; }

    /// <summary>The hosts that the action may connect to; default (not empty) where it has no network.</summary>
    public required ImmutableArray<string> EgressAllowedDomains { get; init; }

    /// <summary>The path of the request, for an action on files; null otherwise.</summary>
    public string? FsPath { get; init; }

    /// <summary>Calls that the session may still make, this one included.</summary>
    public required long CallsRemaining { get; init; }

    /// <summary>Hosts of the request that no manifest and no operator has named.</summary>
    public ImmutableArray<string> UnresolvedDomains { get; init; } = [];

    /// <summary>Paths of the request that no manifest and no operator has named.</summary>
    public ImmutableArray<string> UnresolvedPaths { get; init; } = [];
}
