using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.HostIo.Files;

/// <summary>A directory that is open, below which files are opened and nowhere else. One execution's; not thread-safe.</summary>
internal sealed class FileRoot : IDisposable
{
    // How often something that changes while it is looked at is looked at again.
    private const int Attempts = 4;

    private readonly SafeFileHandle _directory;

    private FileRoot(SafeFileHandle directory) => _directory = directory;

    /// <summary>Opens a root by its canonical path: one that a symbolic link has taken the place of is refused.</summary>
    internal static FileRefusal? Open(string canonical, out FileRoot? root)
    {
        var directory = LinuxFiles.OpenRoot(canonical, out _);
        root = directory is null ? null : new FileRoot(directory);
        return root is null
            ? new FileRefusal(FileFault.IoError, "the session's root is gone, cannot be entered, or is now reached through a symbolic link")
            : null;
    }

    /// <summary>Opens the directory that holds <paramref name="path"/>.</summary>
    /// <param name="path">A path that <see cref="Learned.PathRules"/> allows.</param>
    /// <param name="make">Makes the directories that are missing, mode 0755 narrowed by the umask, each durable.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The last segment.</param>
    internal FileRefusal? OpenParent(string path, bool make, out SafeFileHandle? parent, out string name)
    {
        var cut = path.LastIndexOf('/');
        name = path[(cut + 1)..];
        var directory = cut < 0 ? "." : path[..cut];
        parent = LinuxFiles.Open(_directory, directory, LinuxFiles.ReadOnly | LinuxFiles.Directory, 0, out var error);
        return parent is not null ? null
            : make && error == LinuxFiles.NoEntry ? Make(directory, out parent)
            : Explain(error);
    }

    /// <summary>Opens a regular file below a directory for reading, and never anything else: a device would act, a pipe would wait.</summary>
    /// <param name="directory">The directory; null for the root itself.</param>
    /// <param name="path">A path below it.</param>
    /// <param name="file">The file.</param>
    /// <param name="status">What it is.</param>
    internal FileRefusal? OpenRegular(SafeFileHandle? directory, string path, out SafeFileHandle? file, out Posix.FileStatus status)
    {
        file = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Look(directory, path, out status) is { } refusal)
            {
                return refusal;
            }

            file = LinuxFiles.Open(directory ?? _directory, path, LinuxFiles.ReadOnly | LinuxFiles.NonBlocking | LinuxFiles.NoTerminal, 0, out var error);
            if (file is null)
            {
                return Explain(error);
            }

            // Between the two looks another file may have come in its place.
            var opened = Posix.Stat(file);
            if (opened.IsRegular && opened.IsSameFile(status))
            {
                status = opened;
                return null;
            }

            file.Dispose();
            file = null;
        }

        status = default;
        return new FileRefusal(FileFault.Conflict, "the file is replaced again and again while it is opened");
    }

    /// <summary>Looks at a name without opening what it names; refuses what is no regular file.</summary>
    /// <inheritdoc cref="OpenRegular"/>
    internal FileRefusal? Look(SafeFileHandle? directory, string path, out Posix.FileStatus status)
    {
        status = default;
        using var seen = LinuxFiles.Open(directory ?? _directory, path, LinuxFiles.PathOnly, 0, out var error);
        if (seen is null)
        {
            return Explain(error);
        }

        status = Posix.Stat(seen);
        return status.IsRegular ? null
            : new FileRefusal(FileFault.SpecialFile, status.IsDirectory ? "it is a directory" : "it is no regular file, but a device, a pipe or a socket");
    }

    /// <summary>Refuses a file that has further names: one of them may lie outside of the root.</summary>
    internal static FileRefusal? RefuseLinked(in Posix.FileStatus status) =>
        status.Links > 1 ? new FileRefusal(FileFault.SpecialFile, "the file has further names (hard links), which may lie outside of the root") : null;

    /// <summary>What an error number of an operation on a path means.</summary>
    internal static FileRefusal Explain(int error) => error switch
    {
        LinuxFiles.NoEntry or LinuxFiles.NotDirectory => new FileRefusal(FileFault.PathNotFound, "there is no such file or directory"),
        LinuxFiles.Exists => new FileRefusal(FileFault.AlreadyExists, "the file exists"),
        LinuxFiles.Loop or LinuxFiles.OtherDevice => new FileRefusal(FileFault.SymlinkEscape, "a symbolic link or a mount stands in the way"),
        LinuxFiles.IsDirectory => new FileRefusal(FileFault.SpecialFile, "it is a directory"),
        LinuxFiles.NoDevice => new FileRefusal(FileFault.SpecialFile, "it is no regular file"),
        LinuxFiles.NameTooLong => new FileRefusal(FileFault.PathInvalid, "a name is longer than the file system takes"),
        LinuxFiles.AccessDenied or LinuxFiles.NotPermitted => new FileRefusal(FileFault.IoError, "the gate's user may not do that"),
        LinuxFiles.NoSpace or LinuxFiles.QuotaExceeded => new FileRefusal(FileFault.IoError, "the disk or the quota is full"),
        LinuxFiles.ReadOnlyFileSystem => new FileRefusal(FileFault.IoError, "the file system is read-only"),
        _ => new FileRefusal(FileFault.IoError, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the operating system failed (error {error})")),
    };

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    // One level at a time: each is opened as strictly as any other path, so nothing is made outside of the root.
    private FileRefusal? Make(string directory, out SafeFileHandle? parent)
    {
        const uint Mode = 0x1ED; // 0755
        parent = LinuxFiles.Open(_directory, ".", LinuxFiles.ReadOnly | LinuxFiles.Directory, 0, out var error);
        foreach (var level in directory.Split('/'))
        {
            if (parent is null)
            {
                break;
            }

            var above = parent;
            parent = LinuxFiles.Open(above, level, LinuxFiles.ReadOnly | LinuxFiles.Directory, 0, out error);
            if (parent is null && error == LinuxFiles.NoEntry)
            {
                error = LinuxFiles.MakeDirectory(above, level, Mode);
                error = error is 0 or LinuxFiles.Exists ? LinuxFiles.Sync(above) : error;
                parent = error == 0 ? LinuxFiles.Open(above, level, LinuxFiles.ReadOnly | LinuxFiles.Directory, 0, out error) : null;
            }

            above.Dispose();
        }

        return parent is null ? Explain(error) : null;
    }
}
