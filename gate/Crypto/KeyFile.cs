using System.Security.Cryptography;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Crypto;

/// <summary>
/// Private key files. One is read only if nobody else can read it, and made so that nobody ever could.
/// </summary>
public static class KeyFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int MaxPemBytes = 4096;

    /// <summary>Loads an Ed25519 key from its raw 32-byte seed, making the file when it is missing (reference/kernel.md §5.4).</summary>
    /// <param name="path">The seed file.</param>
    /// <param name="kind">What the key is for, as errors call it: <c>receipt</c>, <c>grant</c>.</param>
    /// <exception cref="StartupException">The file is unsafe, damaged or cannot be made.</exception>
    public static Ed25519Signer LoadOrCreateEd25519(string path, string kind)
    {
        using var seed = new SecureMemory(Ed25519.SeedSize);
        if (!TryRead(path, kind, StartupError.SigningKeyFailed, seed.Span, out var length))
        {
            RandomNumberGenerator.Fill(seed.Span);
            Create(path, kind, StartupError.SigningKeyFailed, seed.Span);
        }
        else if (length != Ed25519.SeedSize)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed,
                $"{kind} key file {path} has the wrong length: a seed has {Ed25519.SeedSize} bytes, this file has {length}.",
                "Restore it from a backup, or delete it to have a new key made at the next start.");
        }

        return new Ed25519Signer(seed.Span);
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
            if (!TryRead(path, kind, error, pem, out var length))
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
                error, $"{kind} key file {path} holds no unencrypted P-256 private key in PEM form.", "Restore it from a backup, or delete it to have a new key made.");
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

    /// <summary>Reads a key file into <paramref name="destination"/>; false when there is none. The length is the file's, which may be more.</summary>
    private static bool TryRead(string path, string kind, StartupError error, Span<byte> destination, out long length)
    {
        length = 0;
        try
        {
            using var file = Posix.OpenForReading(path);
            var (owner, isRegular, mode) = Posix.Status(file);
            if (!isRegular)
            {
                throw new StartupException(error, $"{kind} key file {path} is not a regular file.", "Point the setting at the key file itself.");
            }

            if (owner != Posix.EffectiveUser())
            {
                throw new StartupException(
                    error,
                    $"{kind} key file {path} belongs to user {owner}, but the gate runs as user {Posix.EffectiveUser()}.",
                    $"If the key is yours: chown {Posix.EffectiveUser()} {path}");
            }

            if ((mode & Others) != 0)
            {
                throw new StartupException(
                    error,
                    $"SECURITY: {kind} key file {path} has mode 0{Convert.ToString((int)mode, 8)}, so users other than its owner may use it; 0600 is the most that is safe.",
                    $"Close it with: chmod 600 {path}, and replace the key if anyone may have read it.");
            }

            length = RandomAccess.GetLength(file);
            for (var read = 0; read < destination.Length;)
            {
                var count = RandomAccess.Read(file, destination[read..], read);
                if (count == 0)
                {
                    length = Math.Min(length, read);
                    break;
                }

                read += count;
            }

            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException e)
        {
            throw new StartupException(error, $"{kind} key file {path} cannot be read: {e.Message}", "Check the path and its permissions.", e);
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
            throw new StartupException(error, $"{kind} key file {path} cannot be made: {e.Message}", "Make its directory, writable for the gate's user alone.", e);
        }
    }
}
