using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LatchGate.Crypto;

/// <summary>
/// A SHA-256 digest held by value: 32 bytes, no allocation until it is written as text.
/// </summary>
/// <remarks>Text form: <c>sha256:</c> and 64 lower-case hexadecimal digits (reference/kernel.md §0.1).</remarks>
[InlineArray(Size)]
public struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>Length of a digest in bytes.</summary>
    public const int Size = 32;

    /// <summary>Length of the text form in characters.</summary>
    public const int TextLength = 7 + 2 * Size;

    private const string Prefix = "sha256:";

    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    private byte _first;

    /// <summary>The 32 bytes of the digest.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.CreateReadOnlySpan(in _first, Size);

    /// <summary>Hashes <paramref name="data"/>.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Sha256Digest digest = default;
        SHA256.HashData(data, digest.Writable());
        return digest;
    }

    /// <summary>Takes 32 bytes that already are a digest.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public static Sha256Digest FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(bytes));
        }

        Sha256Digest digest = default;
        bytes.CopyTo(digest.Writable());
        return digest;
    }

    /// <summary>Reads <c>sha256:</c> and 64 lower-case hexadecimal digits; any other spelling is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Sha256Digest digest)
    {
        digest = default;
        return text.StartsWith(Prefix, StringComparison.Ordinal) && TryParseHex(text[Prefix.Length..], out digest);
    }

    /// <summary>Reads exactly 64 lower-case hexadecimal digits.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out Sha256Digest digest)
    {
        digest = default;
        if (hex.Length != 2 * Size || hex.ContainsAnyInRange('A', 'F'))
        {
            return false;
        }

        return Convert.FromHexString(hex, digest.Writable(), out _, out var written) == System.Buffers.OperationStatus.Done && written == Size;
    }

    /// <summary>The 64 lower-case hexadecimal digits, without prefix.</summary>
    public readonly string ToHex() => Convert.ToHexStringLower(Bytes);

    /// <summary>Writes the 64 lower-case hexadecimal digits as ASCII into <paramref name="ascii"/>.</summary>
    public readonly void WriteHex(Span<byte> ascii)
    {
        for (var i = 0; i < Size; i++)
        {
            ascii[2 * i] = Digits[Bytes[i] >> 4];
            ascii[2 * i + 1] = Digits[Bytes[i] & 15];
        }
    }

    /// <inheritdoc/>
    public readonly override string ToString() => Prefix + ToHex();

    /// <inheritdoc/>
    public readonly bool Equals(Sha256Digest other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public readonly override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public readonly override int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <summary>Byte equality. Not for comparing secrets.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);

    [UnscopedRef]
    private Span<byte> Writable() => MemoryMarshal.CreateSpan(ref _first, Size);
}
