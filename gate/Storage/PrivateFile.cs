namespace LatchGate.Storage;

/// <summary>Files that only their owner may read or write.</summary>
public static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // EWOULDBLOCK of flock(2), which .NET passes on as the exception's HResult.
    private const int WouldBlock = 11;

    /// <summary>Makes a missing directory with mode 0700; an existing one is left as it is.</summary>
    public static void EnsureDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
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

    /// <summary>Takes an exclusive lock (<c>flock</c>) on a file of mode 0600; null when another process or object has it.</summary>
    /// <returns>The lock; the kernel releases it when it is disposed or the process ends, however it ends.</returns>
    /// <exception cref="IOException">The file cannot be made or opened.</exception>
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
        catch (IOException held) when (held.HResult == WouldBlock)
        {
            return null;
        }
    }

    /// <summary>Whether group or others have any right on <paramref name="path"/>.</summary>
    public static bool IsOpenToOthers(string path) => (File.GetUnixFileMode(path) & Others) != 0;
}
