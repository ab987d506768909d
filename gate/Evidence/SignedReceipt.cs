using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>A receipt with its signature. Made only by signing a content that names a recorded intent.</summary>
public sealed class SignedReceipt
{
    private SignedReceipt(ReceiptContent content, CanonicalBytes canonical, byte[] signature, string keyId) =>
        (Content, Canonical, Signature, KeyId) = (content, canonical, signature, keyId);

    /// <summary>What it says.</summary>
    public ReceiptContent Content { get; }

    /// <summary>The canonical text of the content; its digest is <c>result_hash</c>.</summary>
    public CanonicalBytes Canonical { get; }

    /// <summary>Ed25519 over the 64 ASCII digits of <c>result_hash</c>.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The signing key's id.</summary>
    public string KeyId { get; }

    /// <summary>Signs <paramref name="content"/>.</summary>
    public static SignedReceipt Sign(ReceiptContent content, Ed25519Signer signer)
    {
        var canonical = content.ToCanonical();
        return new SignedReceipt(content, canonical, HashSignature.Sign(canonical.Digest, signer), signer.KeyId);
    }
}
