namespace LatchGate.Storage;

/// <summary>
/// Files that are there whole or not at all, also after a power cut: bytes to disk first, then the name, then the directory.
/// </summary>
public static class AtomicFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Makes a file that must not exist (<c>O_EXCL</c>), with mode 0600 from its first moment, and returns once it is durable.
    /// A file that could not be written whole is removed again.
    /// </summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        WriteNew(path, content, OwnerOnly);
        SyncDirectoryOf(path);
    }

    /// <summary>
    /// Replaces a file, or makes it: a temporary file with a name of its own beside it is written, made durable and renamed over it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of its bytes.</param>
    /// <param name="mode">Permissions of the new file; 0600 unless said otherwise. The umask narrows them further.</param>
    /// <exception cref="IOException">The file cannot be written; the old one is untouched.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly) => Replace(path, content, mode, exactly: false);

    /// <summary>Gives a durable file the name of another, which it replaces, durably.</summary>
    /// <exception cref="IOException">It cannot be renamed; both are as they were, or the new name may not survive loss of power.</exception>
    internal static void MoveOver(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        SyncDirectoryOf(to);
    }

    /// <summary>Gives a durable file a name that no file may have, durably.</summary>
    /// <exception cref="IOException">There is such a file, or the name cannot be given.</exception>
    internal static void MoveNew(string from, string to)
    {
        File.Move(from, to, overwrite: false);
        SyncDirectoryOf(to);
    }

    /// <summary>Replaces the content of a file that exists, whole and durably; its permissions stay as they are.</summary>
    /// <param name="path">The file itself, no link to it.</param>
    /// <param name="content">All of its bytes.</param>
    /// <exception cref="IOException">The file cannot be written; the old one is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void ReplaceContent(string path, ReadOnlySpan<byte> content) => Replace(path, content, File.GetUnixFileMode(path), exactly: true);

    /// <summary>Replaces a file, or makes it, with exactly this mode whatever the umask says: for files that other users are to read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of its bytes.</param>
    /// <param name="mode">Permissions of the new file.</param>
    /// <exception cref="IOException">The file cannot be written; the old one is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Publish(string path, ReadOnlySpan<byte> content, UnixFileMode mode) => Replace(path, content, mode, exactly: true);

    /// <summary>Writes what is perhaps to replace a file, durably, under a name of its own beside it and with the file's permissions.</summary>
    /// <returns>Its name, for <see cref="MoveOver"/>, which takes no more room on the disk.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal static string WriteBeside(string path, ReadOnlySpan<byte> content) => WriteBeside(path, content, File.GetUnixFileMode(path), exactly: true);

    private static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool exactly)
    {
        var temporary = WriteBeside(path, content, mode, exactly);
        try
        {
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        SyncDirectoryOf(path);
    }

    private static string WriteBeside(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool exactly)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        WriteNew(temporary, content, mode);
        try
        {
            if (exactly)
            {
                // The umask narrowed it.
                File.SetUnixFileMode(temporary, mode);
            }
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return temporary;
    }

    private static void WriteNew(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        using var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = mode,
        });
        try
        {
            stream.Write(content);
            Posix.Sync(stream.SafeFileHandle, path);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Makes the name of a file or directory durable.</summary>
    /// <exception cref="IOException">The name may not survive loss of power.</exception>
    internal static void SyncDirectoryOf(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        using var handle = Posix.OpenForReading(directory);
        Posix.Sync(handle, directory);
    }
}
