using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Age;

/// <summary>Whom an age file is for: the public half of an X25519 key, <c>age1…</c>.</summary>
internal sealed class AgeRecipient
{
    /// <summary>The stanza's type.</summary>
    internal const string StanzaType = "X25519";

    private readonly byte[] _publicKey;

    private AgeRecipient(byte[] publicKey) => _publicKey = publicKey;

    private static ReadOnlySpan<byte> Prefix => "age"u8;

    private static ReadOnlySpan<byte> Label => "age-encryption.org/v1/X25519"u8;

    /// <summary>Reads <c>age1…</c>.</summary>
    /// <returns>Null when it is no X25519 recipient.</returns>
    internal static AgeRecipient? TryParse(string text)
    {
        var key = new byte[X25519.Size];
        return Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('A', 'Z') && Bech32.TryDecode(Encoding.ASCII.GetBytes(text), Prefix, key) ? new AgeRecipient(key) : null;
    }

    /// <summary>The text of a public key.</summary>
    internal static string TextOf(ReadOnlySpan<byte> publicKey) => Bech32.Encode(Prefix, publicKey);

    /// <inheritdoc/>
    public override string ToString() => TextOf(_publicKey);

    /// <summary>Wraps a file key for this recipient, with a key pair made for this stanza alone.</summary>
    internal AgeStanza Wrap(ReadOnlySpan<byte> fileKey)
    {
        using var scalar = new SecureMemory(X25519.Size);
        using var shared = new SecureMemory(X25519.Size);
        var share = new byte[X25519.Size];
        RandomNumberGenerator.Fill(scalar.Span);
        X25519.PublicKey(scalar.Span, share);
        if (!X25519.TryAgree(scalar.Span, _publicKey, shared.Span))
        {
            throw new CryptographicException("The recipient is a point of small order.");
        }

        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        DeriveKey(shared.Span, share, _publicKey, key);
        var body = new byte[AgeStanza.WrappedKeySize];
        using (var cipher = new ChaCha20Poly1305(key))
        {
            cipher.Encrypt(stackalloc byte[12], fileKey, body.AsSpan(0, AgeStanza.FileKeySize), body.AsSpan(AgeStanza.FileKeySize));
        }

        CryptographicOperations.ZeroMemory(key);
        Span<byte> text = stackalloc byte[44];
        return new AgeStanza(StanzaType, Encoding.ASCII.GetString(text[..AgeBase64.Encode(share, text)]), body);
    }

    /// <summary>The key that wraps a file key: both public keys are in its salt.</summary>
    internal static void DeriveKey(ReadOnlySpan<byte> shared, ReadOnlySpan<byte> share, ReadOnlySpan<byte> publicKey, Span<byte> key)
    {
        Span<byte> salt = stackalloc byte[2 * X25519.Size];
        share.CopyTo(salt);
        publicKey.CopyTo(salt[X25519.Size..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, key, salt, Label);
    }
}
