namespace LatchGate.Identity;

/// <summary>An operator whose API key and proof were verified. Only <see cref="OperatorAuthenticator"/>'s checks make one.</summary>
public sealed class VerifiedOperator
{
    private VerifiedOperator(string name, OperatorRole role, VerifiedProof proof) => (Name, Role, Proof) = (name, role, proof);

    /// <summary>The credential's name: <c>operator_id</c>, <c>approved_by</c>, <c>added_by</c> in evidence.</summary>
    public string Name { get; }

    /// <summary>What the operator may do.</summary>
    public OperatorRole Role { get; }

    /// <summary>How the operator proved to be one, as evidence names it.</summary>
    public string AuthnMethod => "operator_dpop";

    /// <summary>Thumbprint (RFC 7638) of the key that made the proof.</summary>
    public string SenderBinding => Proof.Key.ToString();

    /// <summary>The proof.</summary>
    public VerifiedProof Proof { get; }

    /// <summary>The last check: the proof was made with the credential's key, and the store has not seen it.</summary>
    internal static AuthOutcome<VerifiedOperator> Admit(OperatorCredential credential, VerifiedProof proof, ReplayVerdict verdict) =>
        verdict != ReplayVerdict.Fresh ? new AuthOutcome<VerifiedOperator>(AuthRejection.OfReplay(verdict))
        : credential.Key != proof.Key ? new AuthOutcome<VerifiedOperator>(OperatorAuthenticator.NotBound)
        : new AuthOutcome<VerifiedOperator>(new VerifiedOperator(credential.Name, credential.Role, proof));
}
