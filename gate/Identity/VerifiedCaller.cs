namespace LatchGate.Identity;

/// <summary>
/// An agent whose lease and proof were verified, the proof bound to the lease's key and used for the first time. Only
/// <see cref="AgentAuthenticator"/>'s checks make one.
/// </summary>
public sealed class VerifiedCaller
{
    private VerifiedCaller(VerifiedLease lease, VerifiedProof proof) => (Lease, Proof) = (lease, proof);

    /// <summary>The lease.</summary>
    public VerifiedLease Lease { get; }

    /// <summary>The proof.</summary>
    public VerifiedProof Proof { get; }

    /// <summary>The last check: the proof was made with the lease's key, and the store has not seen it.</summary>
    internal static AuthOutcome<VerifiedCaller> Admit(VerifiedLease lease, VerifiedProof proof, ReplayVerdict verdict) =>
        verdict != ReplayVerdict.Fresh ? new AuthOutcome<VerifiedCaller>(AuthRejection.OfReplay(verdict))
        : proof.Key != lease.Key ? new AuthOutcome<VerifiedCaller>(AuthRejection.OfProof(DpopRejection.Of(DpopFault.KeyBinding)))
        : new AuthOutcome<VerifiedCaller>(new VerifiedCaller(lease, proof));
}
