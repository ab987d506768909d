using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Grants;

/// <summary>
/// A single-use permission to execute, signed by the gate's grant key. Only <see cref="Sign"/> makes one. It is verified again before
/// the provider is entered (<see cref="VerifiedGrant"/>).
/// </summary>
/// <remarks>
/// The signature is Ed25519 over the ASCII text <c>latchgate-grant-v4:</c> and the hexadecimal SHA-256 of the canonical
/// terms (RFC 8785): canonical JSON leaves no room for a join that reads two ways (reference/kernel.md D-63).
/// </remarks>
public sealed class SignedGrant
{
    private const int PrefixLength = 19;
    private const int MessageLength = PrefixLength + 2 * Sha256Digest.Size;

    private readonly byte[] _signature;
    private readonly Sha256Digest _hash;

    private SignedGrant(GrantTerms terms, Sha256Digest hash, byte[] signature, string keyId)
    {
        Terms = terms;
        _hash = hash;
        _signature = signature;
        KeyId = keyId;
    }

    /// <summary>What is permitted.</summary>
    public GrantTerms Terms { get; }

    /// <summary>Which key signed.</summary>
    public string KeyId { get; }

    /// <summary>SHA-256 of the canonical terms.</summary>
    public Sha256Digest Hash => _hash;

    /// <summary>Signs <paramref name="terms"/>.</summary>
    public static SignedGrant Sign(GrantTerms terms, Ed25519Signer key)
    {
        var hash = HashOf(terms);
        Span<byte> message = stackalloc byte[MessageLength];
        WriteMessage(hash, message);
        var signature = new byte[Ed25519.SignatureSize];
        key.Sign(message, signature);
        return new SignedGrant(terms, hash, signature, key.KeyId);
    }

    /// <summary>Whether the signature is <paramref name="key"/>'s, over the terms as they are now.</summary>
    internal bool IsSignedBy(Ed25519Signer key)
    {
        Span<byte> message = stackalloc byte[MessageLength];
        WriteMessage(HashOf(Terms), message);
        return KeyId == key.KeyId && Ed25519.Verify(key.PublicKey, message, _signature);
    }

    private static Sha256Digest HashOf(GrantTerms terms)
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("action_digest"u8, terms.ActionDigest)
            .Member("action_id"u8, terms.ActionId)
            .Member("action_version"u8, terms.ActionVersion)
            .Member("approval_hash"u8, terms.ApprovalHash?.ToHex())
            .Member("approved_by"u8, terms.ApprovedBy)
            .Name("approved_secrets"u8).List(terms.ApprovedSecrets)
            .Name("approved_targets"u8).List(terms.ApprovedTargets)
            .Member("calls_after"u8, terms.CallsAfter)
            .Member("expires_at"u8, WireTime.Format(terms.ExpiresAt))
            .Member("grant_id"u8, terms.GrantId)
            .Member("issued_at"u8, WireTime.Format(terms.IssuedAt))
            .Member("module_sha256"u8, terms.ModuleDigest)
            .Member("operator_binding"u8, terms.OperatorBinding)
            .Member("policy_version"u8, terms.PolicyVersion)
            .Member("request_hash"u8, terms.RequestHash)
            .Member("revocation_epoch"u8, terms.RevocationEpoch)
            .Member("sender_binding"u8, terms.SenderBinding)
            .Member("session_id"u8, terms.SessionId)
            .Member("subject"u8, terms.Subject)
            .Member("task_hash"u8, terms.TaskHash)
            .Member("trace_id"u8, terms.TraceId)
            .End();
        return json.Finish().Digest;
    }

    private static void WriteMessage(Sha256Digest hash, Span<byte> message)
    {
        "latchgate-grant-v4:"u8.CopyTo(message);
        hash.WriteHex(message[PrefixLength..]);
    }
}
