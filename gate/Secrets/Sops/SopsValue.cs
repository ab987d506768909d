using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// An encrypted value of a SOPS file: AES-256-GCM with a nonce of 32 bytes, bound to its place by the associated data.
/// <code>
/// value = "ENC[AES256_GCM,data:" base64 ",iv:" base64 ",tag:" base64 ",type:" ( "str" / "int" / "float" / "bool" / "bytes" / … ) "]"
/// </code>
/// </summary>
internal static class SopsValue
{
    /// <summary>Bytes of a data key.</summary>
    internal const int DataKeySize = AesGcm256.KeySize;

    private const int NonceSize = 32;
    private const string Begin = "ENC[AES256_GCM,data:";

    /// <summary>Whether a text is an encrypted value rather than a plain one.</summary>
    internal static bool IsEncrypted(string text) => text.StartsWith(Begin, StringComparison.Ordinal);

    /// <summary>The bytes that <see cref="TryDecrypt"/> needs at most.</summary>
    internal static int MaxLength(string text) => Base64.GetMaxDecodedFromUtf8Length(text.Length);

    /// <summary>Decrypts a value.</summary>
    /// <param name="text">The value.</param>
    /// <param name="dataKey">The file's key.</param>
    /// <param name="associatedData">Its place.</param>
    /// <param name="plaintext">Takes the value, as text whatever its type.</param>
    /// <returns>Its length; -1 when it was changed, or stood elsewhere.</returns>
    internal static int TryDecrypt(string text, ReadOnlySpan<byte> dataKey, string associatedData, Span<byte> plaintext)
    {
        var rest = text.AsSpan(Begin.Length);
        if (!TryPart(ref rest, ",iv:", out var data) || !TryPart(ref rest, ",tag:", out var nonce) || !TryPart(ref rest, ",type:", out var tag)
            || tag.Length != AesGcm256.TagSize || nonce.Length is 0 or > 128 || data.Length > plaintext.Length || rest.Length < 2 || rest[^1] != ']')
        {
            return -1;
        }

        return AesGcm256.TryDecrypt(dataKey, nonce, Encoding.UTF8.GetBytes(associatedData), data, tag, plaintext[..data.Length]) ? data.Length : -1;
    }

    /// <summary>Encrypts a text.</summary>
    internal static string Encrypt(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> dataKey, string associatedData)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceSize);
        var data = new byte[plaintext.Length];
        var tag = new byte[AesGcm256.TagSize];
        AesGcm256.Encrypt(dataKey, nonce, Encoding.UTF8.GetBytes(associatedData), plaintext, data, tag);
        return $"{Begin}{Convert.ToBase64String(data)},iv:{Convert.ToBase64String(nonce)},tag:{Convert.ToBase64String(tag)},type:str]";
    }

    private static bool TryPart(ref ReadOnlySpan<char> rest, string end, out byte[] bytes)
    {
        bytes = [];
        var length = rest.IndexOf(end, StringComparison.Ordinal);
        if (length <= 0)
        {
            return false;
        }

        var digits = Encoding.UTF8.GetBytes(rest[..length].ToArray());
        rest = rest[(length + end.Length)..];
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(digits.Length)];
        if (Base64.DecodeFromUtf8(digits, decoded, out _, out var written) != OperationStatus.Done)
        {
            return false;
        }

        bytes = decoded[..written];
        return true;
    }
}
