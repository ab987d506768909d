using LatchGate.Crypto;

namespace LatchGate.Grants;

/// <summary>Proof that a grant bears the grant key's signature over its terms as they are now. Dispatch takes nothing else.</summary>
public sealed class VerifiedGrant
{
    private VerifiedGrant(GrantTerms terms) => Terms = terms;

    /// <summary>What is permitted.</summary>
    public GrantTerms Terms { get; }

    /// <summary>Verifies the signature; null when it is not <paramref name="key"/>'s over these terms.</summary>
    public static VerifiedGrant? TryVerify(SignedGrant grant, Ed25519Signer key) => grant.IsSignedBy(key) ? new VerifiedGrant(grant.Terms) : null;
}
