namespace LatchGate.Identity;

/// <summary>An operator whose API key and proof were verified. Only <see cref="OperatorAuthenticator"/>'s checks make one.</summary>
public sealed class VerifiedOperator
{
    private VerifiedOperator(string name, VerifiedProof proof) => (Name, Proof) = (name, proof);

    /// <summary>The credential's name: <c>operator_id</c>, <c>approved_by</c>, <c>added_by</c> in evidence.</summary>
    public string Name { get; }

    /// <summary>The proof.</summary>
    public VerifiedProof Proof { get; }

    /// <summary>The last check: the proof was made with the credential's key, and the store has not seen it.</summary>
    internal static AuthOutcome<VerifiedOperator> Admit(OperatorCredential credential, VerifiedProof proof, ReplayVerdict verdict) =>
        verdict != ReplayVerdict.Fresh ? new AuthOutcome<VerifiedOperator>(AuthRejection.OfReplay(verdict))
        : credential.Key != proof.Key ? new AuthOutcome<VerifiedOperator>(OperatorAuthenticator.NotBound)
        : new AuthOutcome<VerifiedOperator>(new VerifiedOperator(credential.Name, proof));
}
