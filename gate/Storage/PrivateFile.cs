using LatchGate.Pipeline;

namespace LatchGate.Storage;

/// <summary>Files that only their owner may read or write: keys, credentials, the ledger.</summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes a missing directory, and those above it, with mode 0700; one that exists is left as it is.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void EnsureDirectory(string directory)
    {
        // Level by level: given a whole path, .NET applies the mode to its last directory only.
        var missing = new Stack<string>();
        for (var level = Path.GetFullPath(directory); level is not null && !Directory.Exists(level); level = Path.GetDirectoryName(level))
        {
            missing.Push(level);
        }

        while (missing.TryPop(out var level))
        {
            Directory.CreateDirectory(level, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Makes a missing file, empty, with mode 0600.</summary>
    public static void Ensure(string path)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = OwnerOnly,
        });
    }

    /// <summary>Makes a file of mode 0600, durably; false when one is there already.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path))
        {
            return false;
        }

        AtomicFile.Create(path, content);
        return true;
    }

    /// <summary>Opens a file that must not exist, with mode 0600 from its first moment, to write it.</summary>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    internal static FileStream CreateNew(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 1 << 16,
        UnixCreateMode = OwnerOnly,
    });

    /// <summary>Takes an exclusive lock (<c>flock</c>) on a file of mode 0600; null when another process or object has it.</summary>
    /// <returns>The lock; the kernel releases it when it is disposed or the process ends, however it ends.</returns>
    public static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None, // .NET takes LOCK_EX | LOCK_NB for this
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException held) when (held is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Whether group or others have any right on <paramref name="path"/>.</summary>
    public static bool IsOpenToOthers(string path) => (File.GetUnixFileMode(path) & Others) != 0;

    /// <summary>Reads a secret file, if it is a regular file of this user that nobody else may use.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is, as errors call it: <c>receipt key</c>.</param>
    /// <param name="error">The code of a start-up that fails on it.</param>
    /// <param name="destination">Takes the first bytes; the caller wipes it.</param>
    /// <param name="length">The file's length, which may be more than fits.</param>
    /// <returns>False when there is no such file.</returns>
    /// <exception cref="StartupException">The file is unsafe or cannot be read.</exception>
    internal static bool TryRead(string path, string what, StartupError error, Span<byte> destination, out long length)
    {
        length = 0;
        try
        {
            using var file = Posix.OpenForReading(path);
            RequireOwnersAlone(Posix.Stat(file), path, what, error);
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
            throw new StartupException(error, $"The {what} file {path} cannot be read: {e.Message}", "Check the path and its permissions.", e);
        }
    }

    /// <summary>Refuses a file that is not this user's alone.</summary>
    /// <exception cref="StartupException">It is unsafe, or cannot be looked at.</exception>
    internal static void RequireOwnersAlone(string path, string what, StartupError error)
    {
        try
        {
            using var file = Posix.OpenForReading(path);
            RequireOwnersAlone(Posix.Stat(file), path, what, error);
        }
        catch (IOException e)
        {
            throw new StartupException(error, $"The {what} file {path} cannot be read: {e.Message}", "Check the path and its permissions.", e);
        }
    }

    private static void RequireOwnersAlone(in Posix.FileStatus status, string path, string what, StartupError error)
    {
        if (!status.IsRegular)
        {
            throw new StartupException(error, $"The {what} file {path} is not a regular file.", "Point the setting at the file itself.");
        }

        var self = Posix.EffectiveUserId();
        if (status.UserId != self)
        {
            throw new StartupException(
                error, $"The {what} file {path} belongs to user {status.UserId}, but this process runs as user {self}.", $"If it is yours: chown {self} {path}");
        }

        if ((status.Permissions & Others) != 0)
        {
            throw new StartupException(
                error,
                $"SECURITY: the {what} file {path} has mode 0{Convert.ToString((int)status.Permissions, 8)}, so users other than its owner may use it; 0600 is the most that is safe.",
                $"Close it with: chmod 600 {path}, and replace what it holds if anyone may have read it.");
        }
    }
}
