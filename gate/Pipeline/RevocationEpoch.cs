namespace LatchGate.Pipeline;

/// <summary>
/// The revocation epoch: leases, grants and approvals carry the epoch they were made in, and one of an earlier epoch is
/// refused (reference/kernel.md D-35). Nothing advances it while the gate has no revocation route: it is 0.
/// </summary>
internal sealed class RevocationEpoch
{
    private long _current;

    /// <summary>The epoch in force.</summary>
    internal long Current => Volatile.Read(ref _current);

    /// <summary>Moves on to an epoch that is durable already.</summary>
    internal void Advance(long epoch) => Volatile.Write(ref _current, Math.Max(epoch, Current));
}
