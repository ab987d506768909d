namespace LatchGate.Identity;

/// <summary>
/// An operator whose API key and proof were verified, or in the insecure posture the API key alone. Only
/// <see cref="OperatorAuthenticator"/>'s checks make one.
/// </summary>
public sealed class VerifiedOperator
{
    private VerifiedOperator(OperatorCredential credential, VerifiedProof? proof) => (Name, Role, Proof) = (credential.Name, credential.Role, proof);

    /// <summary>The credential's name: <c>operator_id</c>, <c>approved_by</c>, <c>added_by</c> in evidence.</summary>
    public string Name { get; }

    /// <summary>What the operator may do.</summary>
    public OperatorRole Role { get; }

    /// <summary>How the operator proved to be one, as evidence names it.</summary>
    public string AuthnMethod => OperatorAuthn.MethodOf(SenderBinding);

    /// <summary>Thumbprint (RFC 7638) of the key that made the proof; empty without a proof.</summary>
    public string SenderBinding => Proof?.Key.ToString() ?? "";

    /// <summary>The proof; null in the insecure posture, when none was sent.</summary>
    public VerifiedProof? Proof { get; }

    /// <summary>The last check: the proof was made with the credential's key, and the store has not seen it.</summary>
    internal static AuthOutcome<VerifiedOperator> Admit(OperatorCredential credential, VerifiedProof proof, ReplayVerdict verdict) =>
        verdict != ReplayVerdict.Fresh ? new AuthOutcome<VerifiedOperator>(AuthRejection.OfReplay(verdict))
        : credential.Key != proof.Key ? new AuthOutcome<VerifiedOperator>(OperatorAuthenticator.NotBound)
        : new AuthOutcome<VerifiedOperator>(new VerifiedOperator(credential, proof));

    /// <summary>The insecure posture: the credential's API key was sent, and that is all.</summary>
    internal static AuthOutcome<VerifiedOperator> AdmitSharedKey(OperatorCredential credential) => new(new VerifiedOperator(credential, null));
}

/// <summary>How operators authenticate, as evidence names it.</summary>
public static class OperatorAuthn
{
    /// <summary><c>operator_dpop</c> with the thumbprint of a key, <c>operator_shared_key</c> without.</summary>
    public static string MethodOf(string senderBinding) => senderBinding.Length == 0 ? "operator_shared_key" : "operator_dpop";
}
