using System.Security.Cryptography;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Crypto;

/// <summary>
/// Private key files. One is read only if nobody else can read it, and made so that nobody ever could.
/// </summary>
public static class KeyFile
{
    private const int MaxPemBytes = 4096;

    /// <summary>Loads an Ed25519 key from its raw 32-byte seed, making the file when it is missing (reference/kernel.md §5.4).</summary>
    /// <param name="path">The seed file.</param>
    /// <param name="kind">What the key is for, as errors call it: <c>receipt</c>, <c>grant</c>.</param>
    /// <exception cref="StartupException">The file is unsafe, damaged or cannot be made.</exception>
    public static Ed25519Signer LoadOrCreateEd25519(string path, string kind)
    {
        using var seed = new SecureMemory(Ed25519.SeedSize);
        if (!PrivateFile.TryRead(path, $"{kind} key", StartupError.SigningKeyFailed, seed.Span, out var length))
        {
            RandomNumberGenerator.Fill(seed.Span);
            Create(path, kind, StartupError.SigningKeyFailed, seed.Span);
        }
        else if (length != Ed25519.SeedSize)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed,
                $"The {kind} key file {path} has the wrong length: a seed has {Ed25519.SeedSize} bytes, this file has {length}.",
                "Restore it from a backup, or delete it to have a new key made at the next start.");
        }

        return new Ed25519Signer(seed.Span);
    }

    /// <summary>Loads an Ed25519 key from its raw 32-byte seed; null when there is no file.</summary>
    /// <exception cref="StartupException">The file is unsafe or damaged.</exception>
    internal static Ed25519Signer? TryLoadEd25519(string path, string kind) => File.Exists(path) ? LoadOrCreateEd25519(path, kind) : null;

    /// <summary>Loads a symmetric key of <paramref name="size"/> raw random bytes, making the file when it is missing.</summary>
    /// <param name="path">The key file.</param>
    /// <param name="kind">What the key is for, as errors call it.</param>
    /// <param name="size">Bytes of the key.</param>
    /// <returns>The key; the caller disposes it.</returns>
    /// <exception cref="StartupException">The file is unsafe, damaged or cannot be made.</exception>
    internal static SecureMemory LoadOrCreateSymmetric(string path, string kind, int size)
    {
        var key = new SecureMemory(size);
        try
        {
            if (!PrivateFile.TryRead(path, $"{kind} key", StartupError.SigningKeyFailed, key.Span, out var length))
            {
                RandomNumberGenerator.Fill(key.Span);
                Create(path, kind, StartupError.SigningKeyFailed, key.Span);
            }
            else if (length != size)
            {
                throw new StartupException(
                    StartupError.SigningKeyFailed,
                    $"The {kind} key file {path} has the wrong length: the key has {size} bytes, this file has {length}.",
                    "Restore it from a backup, or delete it to have a new key made; what it sealed can then no longer be read.");
            }

            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Loads a P-256 key from PKCS#8 PEM, making the file when it is missing.</summary>
    /// <param name="path">The PEM file.</param>
    /// <param name="kind">What the key is for, as errors call it.</param>
    /// <param name="error">The code of a start-up that fails on it.</param>
    /// <exception cref="StartupException">The file is unsafe, damaged or cannot be made.</exception>
    public static P256SigningKey LoadOrCreateP256(string path, string kind, StartupError error = StartupError.IssuerInitFailed)
    {
        if (TryLoadP256(path, kind, error) is { } existing)
        {
            return existing;
        }

        var key = P256SigningKey.Generate();
        SaveP256(path, kind, key, error);
        return key;
    }

    /// <summary>Loads a P-256 key from PKCS#8 or SEC 1 PEM; null when there is no file.</summary>
    /// <exception cref="StartupException">The file is unsafe or damaged.</exception>
    public static P256SigningKey? TryLoadP256(string path, string kind, StartupError error = StartupError.IssuerInitFailed)
    {
        var pem = new byte[MaxPemBytes];
        var characters = new char[MaxPemBytes];
        try
        {
            if (!PrivateFile.TryRead(path, $"{kind} key", error, pem, out var length))
            {
                return null;
            }

            if (length <= MaxPemBytes)
            {
                var count = System.Text.Encoding.Latin1.GetChars(pem.AsSpan(0, (int)length), characters);
                if (P256SigningKey.TryImportPem(characters.AsSpan(0, count), out var key))
                {
                    return key;
                }
            }

            throw new StartupException(
                error, $"The {kind} key file {path} holds no unencrypted P-256 private key in PEM form.", "Restore it from a backup, or delete it to have a new key made.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
            Array.Clear(characters);
        }
    }

    /// <summary>Writes a P-256 key as PKCS#8 PEM to a file that must not exist.</summary>
    /// <exception cref="StartupException">The file exists or cannot be made.</exception>
    public static void SaveP256(string path, string kind, P256SigningKey key, StartupError error = StartupError.IssuerInitFailed)
    {
        var pem = key.ExportPem();
        try
        {
            Create(path, kind, error, pem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }
    }

    private static void Create(string path, string kind, StartupError error, ReadOnlySpan<byte> content)
    {
        try
        {
            AtomicFile.Create(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(error, $"The {kind} key file {path} cannot be made: {e.Message}", "Make its directory, writable for the gate's user alone.", e);
        }
    }
}
