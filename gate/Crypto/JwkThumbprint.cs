using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Crypto;

/// <summary>The RFC 7638 SHA-256 thumbprint of a P-256 key: the <c>jkt</c> that binds a lease or an operator to a key (RFC 9449 §6.1).</summary>
/// <remarks>Text form: 43 characters of strict base64url. Equality takes the same time for all values.</remarks>
public readonly struct JwkThumbprint : IEquatable<JwkThumbprint>
{
    /// <summary>Length of the text form in characters.</summary>
    public const int TextLength = 43;

    private readonly Sha256Digest _digest;

    private JwkThumbprint(Sha256Digest digest) => _digest = digest;

    /// <summary>The 32 bytes of the thumbprint.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _digest.Bytes;

    /// <summary>The digest as a key of dictionaries.</summary>
    public Sha256Digest Digest => _digest;

    /// <summary>
    /// Hashes <c>{"crv":"P-256","kty":"EC","x":"…","y":"…"}</c> (RFC 7638 §3.2). Coordinates have one strict base64url spelling,
    /// so hashing the bytes' encoding is hashing the strings as sent.
    /// </summary>
    /// <exception cref="ArgumentException">A coordinate is not 32 bytes long.</exception>
    public static JwkThumbprint Of(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        if (x.Length != P256PublicKey.CoordinateSize || y.Length != P256PublicKey.CoordinateSize)
        {
            throw new ArgumentException("P-256 coordinates have 32 bytes each.", nameof(x));
        }

        // Members in lexicographic order, no white space.
        Span<byte> json = stackalloc byte[160];
        var length = 0;
        Append(json, ref length, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""u8);
        length += Base64Url.EncodeToUtf8(x, json[length..]);
        Append(json, ref length, "\",\"y\":\""u8);
        length += Base64Url.EncodeToUtf8(y, json[length..]);
        Append(json, ref length, "\"}"u8);
        return new JwkThumbprint(Sha256Digest.Of(json[..length]));
    }

    /// <summary>Reads the 43-character text form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out JwkThumbprint thumbprint)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        if (text.Length != TextLength || !StrictBase64Url.TryDecodeExactly(text, bytes))
        {
            thumbprint = default;
            return false;
        }

        thumbprint = new JwkThumbprint(Sha256Digest.FromBytes(bytes));
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out JwkThumbprint)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out JwkThumbprint thumbprint)
    {
        Span<byte> ascii = stackalloc byte[TextLength];
        thumbprint = default;
        return text.Length == TextLength
            && Ascii.FromUtf16(text, ascii, out _) == System.Buffers.OperationStatus.Done
            && TryParse(ascii, out thumbprint);
    }

    /// <inheritdoc/>
    public override string ToString() => Base64Url.EncodeToString(_digest.Bytes);

    /// <summary>Constant-time equality.</summary>
    public bool Equals(JwkThumbprint other) => CryptographicOperations.FixedTimeEquals(_digest.Bytes, other._digest.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is JwkThumbprint other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _digest.GetHashCode();

    /// <summary>Constant-time equality.</summary>
    public static bool operator ==(JwkThumbprint left, JwkThumbprint right) => left.Equals(right);

    /// <summary>Constant-time inequality.</summary>
    public static bool operator !=(JwkThumbprint left, JwkThumbprint right) => !left.Equals(right);

    private static void Append(Span<byte> destination, ref int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(destination[length..]);
        length += text.Length;
    }
}
