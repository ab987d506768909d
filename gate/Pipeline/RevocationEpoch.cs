namespace LatchGate.Pipeline;

/// <summary>
/// The revocation epoch: leases, grants and approvals carry the epoch they were made in, and one of an earlier epoch is
/// refused (reference/kernel.md D-35). Nothing advances it while the gate has no revocation route: it is 0.
/// </summary>
internal sealed class RevocationEpoch
{
    /// <summary>The epoch in force.</summary>
    internal long Current { get; init; }
}
