using System.Collections.Immutable;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>What the check of the effect found (reference/kernel.md §13).</summary>
public enum VerificationStatus
{
    /// <summary>The host saw the expected effect, and every rule held.</summary>
    Verified,

    /// <summary>The host saw something else.</summary>
    VerificationFailed,

    /// <summary>The manifest declares that nothing can be checked.</summary>
    UnverifiableDeclared,

    /// <summary>The provider failed, so there was nothing to check.</summary>
    ProviderFailedBeforeVerification,

    /// <summary>The check was not reached.</summary>
    Skipped,
}

/// <summary>What the check of the effect found, with its evidence or reason.</summary>
/// <param name="Status">What it found.</param>
/// <param name="Evidence">What the host saw; for verified only.</param>
/// <param name="Reason">What was wrong; for a failed verification only. Holds no value of request or response.</param>
public readonly record struct VerificationOutcome(VerificationStatus Status, CanonicalBytes? Evidence = null, string? Reason = null)
{
    private readonly ImmutableArray<string> _checked;

    /// <summary>
    /// The rules that were looked at, in order, such as <c>status</c> or <c>body:/id</c>; empty where there was nothing to check. All of an
    /// action's rules for verified.
    /// </summary>
    public ImmutableArray<string> Checked
    {
        get => _checked.IsDefault ? [] : _checked;
        init => _checked = value;
    }

    /// <summary>The rule that did not hold, which is the last of <see cref="Checked"/>; null where all held or none was looked at.</summary>
    public string? Failed { get; init; }

    /// <summary>The tag on the wire.</summary>
    public string Tag => Status switch
    {
        VerificationStatus.Verified => "verified",
        VerificationStatus.VerificationFailed => "verification_failed",
        VerificationStatus.UnverifiableDeclared => "unverifiable_declared",
        VerificationStatus.ProviderFailedBeforeVerification => "provider_failed_before_verification",
        VerificationStatus.Skipped => "skipped",
        _ => throw new InvalidOperationException($"No wire form for {Status}."),
    };

    internal void Write(CanonicalWriter writer) => writer.BeginObject()
        .OptionalList("checked"u8, Checked)
        .Optional("evidence"u8, Evidence)
        .Optional("failed"u8, Failed)
        .Optional("reason"u8, Reason)
        .Member("status"u8, Tag)
        .End();
}
