using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Crypto;

namespace LatchGate.Grants;

/// <summary>
/// What one execution is permitted to do: everything that was decided about it, frozen (reference/kernel.md §5.1).
/// All of it is signed, the budget included (D-64), and the resolved task by its digest (D-20).
/// </summary>
public sealed record GrantTerms
{
    /// <summary>UUIDv7; unique over all time. An approval determines its grant's id, so that it cannot run twice (D-46).</summary>
    public required string GrantId { get; init; }

    /// <summary>The request that led here.</summary>
    public required string TraceId { get; init; }

    /// <summary>The principal on whose behalf the action runs.</summary>
    public required string Subject { get; init; }

    /// <summary>The agent's session.</summary>
    public required string SessionId { get; init; }

    /// <summary>Thumbprint (RFC 7638) of the key that the agent proved.</summary>
    public required string SenderBinding { get; init; }

    /// <summary>The action.</summary>
    public required string ActionId { get; init; }

    /// <summary>The manifest's version.</summary>
    public required string ActionVersion { get; init; }

    /// <summary>The manifest's digest.</summary>
    public required Sha256Digest ActionDigest { get; init; }

    /// <summary>The provider's code.</summary>
    public required Sha256Digest ModuleDigest { get; init; }

    /// <summary>The canonical request.</summary>
    public required Sha256Digest RequestHash { get; init; }

    /// <summary>The resolved task, exactly the bytes that the provider gets.</summary>
    public required Sha256Digest TaskHash { get; init; }

    /// <summary>The version of the policy data that decided.</summary>
    public required string PolicyVersion { get; init; }

    /// <summary>Side effects that the action declares and policy permits.</summary>
    public required ImmutableArray<string> ApprovedTargets { get; init; }

    /// <summary>Names of the secrets that may be used.</summary>
    public required ImmutableArray<string> ApprovedSecrets { get; init; }

    /// <summary>Calls left in the session after this one; null when the session is unlimited.</summary>
    public required long? CallsAfter { get; init; }

    /// <summary>The operator who approved; null when nobody had to.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>Thumbprint of the operator's key; null when nobody had to approve.</summary>
    public string? OperatorBinding { get; init; }

    /// <summary>Binds the operator's decision to the frozen plan; null when nobody had to approve.</summary>
    public Sha256Digest? ApprovalHash { get; init; }

    /// <summary>When the grant was made.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When the grant stops to be valid: the action's time-out and 30 s later.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The revocation epoch at which the grant was made.</summary>
    public required long RevocationEpoch { get; init; }

    /// <summary>
    /// Checks that the grant permits this action with these bytes now: time, epoch, code, task, and a human's decision where the risk
    /// demands one (reference/kernel.md §3.3).
    /// </summary>
    /// <param name="action">The action as this build has it.</param>
    /// <param name="task">The resolved task.</param>
    /// <param name="now">The time.</param>
    /// <param name="currentEpoch">The revocation epoch now.</param>
    public GrantFault Validate(ActionSpec action, ReadOnlySpan<byte> task, DateTimeOffset now, long currentEpoch)
    {
        if (now >= ExpiresAt)
        {
            return GrantFault.Expired;
        }

        if (RevocationEpoch < currentEpoch)
        {
            return GrantFault.Revoked;
        }

        if (ActionId != action.Id || ActionDigest != action.Digest || ModuleDigest != action.ModuleDigest)
        {
            return GrantFault.OtherAction;
        }

        if (TaskHash != Sha256Digest.Of(task))
        {
            return GrantFault.OtherTask;
        }

        return action.Risk.NeedsHuman() && ApprovalHash is null ? GrantFault.NotApproved : GrantFault.None;
    }
}
