using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Age;

/// <summary>What opens age files: the secret half of an X25519 key, or a passphrase. In locked memory.</summary>
internal sealed class AgeIdentity : IDisposable
{
    /// <summary>The binary logarithm of the highest scrypt cost that is paid: 256 MiB and about a second; what <c>age -p</c> writes.</summary>
    internal const int HighestWorkFactor = 18;

    private const int SaltSize = 16;
    private const int BlockSize = 8;

    private readonly SecureMemory _secret;
    private readonly byte[]? _publicKey;

    private AgeIdentity(SecureMemory secret, byte[]? publicKey) => (_secret, _publicKey) = (secret, publicKey);

    internal static ReadOnlySpan<byte> SecretPrefix => "age-secret-key-"u8;

    private static ReadOnlySpan<byte> ScryptLabel => "age-encryption.org/v1/scrypt"u8;

    /// <summary>The public half, <c>age1…</c>; null for a passphrase.</summary>
    internal string? Recipient => _publicKey is null ? null : AgeRecipient.TextOf(_publicKey);

    /// <summary>Reads <c>AGE-SECRET-KEY-1…</c>.</summary>
    /// <returns>Null when the text is no X25519 identity.</returns>
    internal static AgeIdentity? TryParse(ReadOnlySpan<byte> text)
    {
        var scalar = new SecureMemory(X25519.Size);
        if (text.ContainsAnyInRange((byte)'a', (byte)'z') || !Bech32.TryDecode(text, SecretPrefix, scalar.Span))
        {
            scalar.Dispose();
            return null;
        }

        return Of(scalar);
    }

    /// <summary>A new X25519 identity.</summary>
    internal static AgeIdentity Generate()
    {
        var scalar = new SecureMemory(X25519.Size);
        RandomNumberGenerator.Fill(scalar.Span);
        return Of(scalar);
    }

    /// <summary>A passphrase, in UTF-8.</summary>
    internal static AgeIdentity Passphrase(ReadOnlySpan<byte> passphrase)
    {
        var secret = new SecureMemory(Math.Max(passphrase.Length, 1));
        passphrase.CopyTo(secret.Span);
        return new AgeIdentity(secret, null);
    }

    /// <summary>Writes <c>AGE-SECRET-KEY-1…</c>.</summary>
    /// <param name="text">Takes it; 74 bytes are enough.</param>
    /// <returns>The number of bytes written.</returns>
    internal int Write(Span<byte> text)
    {
        var length = Bech32.Encode(SecretPrefix, _secret.Span, text);
        _ = Ascii.ToUpperInPlace(text[..length], out _);
        return length;
    }

    /// <summary>Tries to open a stanza.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="fileKey">Takes the file key.</param>
    /// <returns><see cref="AgeFault.NoMatch"/> for a stanza of another kind or key.</returns>
    internal AgeFault TryUnwrap(AgeStanza stanza, Span<byte> fileKey) =>
        _publicKey is null ? UnwrapScrypt(stanza, fileKey) : UnwrapX25519(stanza, fileKey);

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();

    private static AgeIdentity Of(SecureMemory scalar)
    {
        var publicKey = new byte[X25519.Size];
        X25519.PublicKey(scalar.Span, publicKey);
        return new AgeIdentity(scalar, publicKey);
    }

    // -> X25519 share, the other side's ephemeral public key.
    private AgeFault UnwrapX25519(AgeStanza stanza, Span<byte> fileKey)
    {
        if (stanza.Type != AgeRecipient.StanzaType)
        {
            return AgeFault.NoMatch;
        }

        Span<byte> share = stackalloc byte[X25519.Size];
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        using var shared = new SecureMemory(X25519.Size);
        if (stanza.Body.Length != AgeStanza.WrappedKeySize || !AgeBase64.TryDecodeExactly(Encoding.ASCII.GetBytes(stanza.Arguments), share)
            || !X25519.TryAgree(_secret.Span, share, shared.Span))
        {
            return AgeFault.Header;
        }

        AgeRecipient.DeriveKey(shared.Span, share, _publicKey, key);
        return Open(key, stanza.Body, fileKey);
    }

    // -> scrypt salt logN
    private AgeFault UnwrapScrypt(AgeStanza stanza, Span<byte> fileKey)
    {
        if (stanza.Type != "scrypt")
        {
            return AgeFault.NoMatch;
        }

        Span<byte> salt = stackalloc byte[ScryptLabel.Length + SaltSize];
        ScryptLabel.CopyTo(salt);
        var blank = stanza.Arguments.IndexOf(' ', StringComparison.Ordinal);
        if (stanza.Body.Length != AgeStanza.WrappedKeySize || blank < 0 || !AgeBase64.TryDecodeExactly(Encoding.ASCII.GetBytes(stanza.Arguments[..blank]), salt[ScryptLabel.Length..])
            || !TryWorkFactor(stanza.Arguments.AsSpan(blank + 1), out var logCost))
        {
            return AgeFault.Header;
        }

        if (logCost > HighestWorkFactor)
        {
            return AgeFault.WorkFactor;
        }

        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        Scrypt.DeriveKey(_secret.Span, salt, logCost, BlockSize, key);
        return Open(key, stanza.Body, fileKey);
    }

    // A decimal without sign or zeros before it.
    private static bool TryWorkFactor(ReadOnlySpan<char> text, out int logCost)
    {
        logCost = 0;
        return text.Length is 1 or 2 && text[0] is >= '1' and <= '9' && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out logCost);
    }

    private static AgeFault Open(Span<byte> key, ReadOnlySpan<byte> wrapped, Span<byte> fileKey)
    {
        try
        {
            using var cipher = new ChaCha20Poly1305(key);
            cipher.Decrypt(stackalloc byte[12], wrapped[..AgeStanza.FileKeySize], wrapped[AgeStanza.FileKeySize..], fileKey);
            return AgeFault.None;
        }
        catch (AuthenticationTagMismatchException)
        {
            return AgeFault.NoMatch;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
