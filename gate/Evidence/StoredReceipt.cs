using System.Buffers;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>A receipt as read from the ledger. Nothing in it is trusted until <see cref="Check"/> says so.</summary>
public sealed class StoredReceipt
{
    internal StoredReceipt(string receiptId, string principal, string sessionId, byte[] content, byte[] signature, string keyId) =>
        (ReceiptId, Principal, SessionId, Content, Signature, KeyId) = (receiptId, principal, sessionId, content, signature, keyId);

    /// <summary>UUIDv7.</summary>
    public string ReceiptId { get; }

    /// <summary>The agent it belongs to.</summary>
    public string Principal { get; }

    /// <summary>The session it belongs to.</summary>
    public string SessionId { get; }

    /// <summary>Canonical JSON of the signed content.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>The signing key's id.</summary>
    public string KeyId { get; }

    /// <summary>Hashes the content anew and checks the signature over that hash (D-71).</summary>
    public SignatureStatus Check(VerificationKeys keys) =>
        HashSignature.Check(Sha256Digest.Of(Content.Span), KeyId, Signature.Span, keys);

    /// <summary>
    /// Writes the JSON of <c>GET /v1/receipts/{id}</c>: the content, <c>result_hash</c>, <c>receipt_signature</c>,
    /// <c>signing_key_id</c> and <c>signature_status</c> (reference/wire.md §5.6). The first four let anyone check it again.
    /// </summary>
    /// <exception cref="JsonException">The stored content is not JSON: the database has been damaged.</exception>
    public void WriteJson(IBufferWriter<byte> output, VerificationKeys keys)
    {
        using var content = JsonDocument.Parse(Content, new JsonDocumentOptions { MaxDepth = JsonLimits.DeepestAllowed });
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        foreach (var member in content.RootElement.EnumerateObject())
        {
            member.WriteTo(writer);
        }

        writer.WriteString("receipt_signature"u8, Convert.ToHexStringLower(Signature.Span));
        writer.WriteString("result_hash"u8, Sha256Digest.Of(Content.Span).ToHex());
        writer.WriteString("signature_status"u8, Check(keys).ToWire());
        writer.WriteString("signing_key_id"u8, KeyId);
        writer.WriteEndObject();
    }
}
