using System.Text;

namespace LatchGate.Crypto;

/// <summary>Ed25519 public keys as PEM: a SubjectPublicKeyInfo (RFC 8410 §4) between the lines of RFC 7468 §13.</summary>
internal static class Ed25519Pem
{
    // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING (32 bytes) }
    private static ReadOnlySpan<byte> Prefix => [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>Three lines, each ended by LF.</summary>
    internal static string Write(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> info = stackalloc byte[Prefix.Length + Ed25519.PublicKeySize];
        Prefix.CopyTo(info);
        publicKey.CopyTo(info[Prefix.Length..]);
        return new StringBuilder("-----BEGIN PUBLIC KEY-----\n").Append(Convert.ToBase64String(info)).Append("\n-----END PUBLIC KEY-----\n").ToString();
    }
}
