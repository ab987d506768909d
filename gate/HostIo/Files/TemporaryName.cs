using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.HostIo.Files;

/// <summary>A name of the gate's own in a directory that holds a file for a moment. Disposed of, it is gone.</summary>
/// <param name="parent">The directory.</param>
internal sealed class TemporaryName(SafeFileHandle parent) : IDisposable
{
    private SafeFileHandle? _file;
    private Posix.FileStatus _own;

    /// <summary>In the directory. <see cref="Learned.SensitiveNames"/> keeps every action away from it.</summary>
    internal string Name { get; } = $".latchgate.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp";

    /// <summary>Whether a file has the name that goes with it.</summary>
    internal bool Exists { get; set; }

    /// <summary>Writes a new file and makes it durable.</summary>
    /// <param name="content">All of its bytes.</param>
    /// <param name="mode">Its permissions; the umask narrows them.</param>
    /// <param name="cancellation">The execution's deadline.</param>
    /// <param name="hash">SHA-256 of what the file holds, read back from it.</param>
    internal FileRefusal? Write(ReadOnlySpan<byte> content, uint mode, CancellationToken cancellation, out Sha256Digest hash)
    {
        const int Share = 1 << 20;
        hash = default;
        _file = LinuxFiles.Open(parent, Name, LinuxFiles.ReadWrite | LinuxFiles.Create | LinuxFiles.Exclusive, mode, out var error);
        if (_file is null)
        {
            return FileRoot.Explain(error);
        }

        Exists = true;
        try
        {
            for (var at = 0; at < content.Length; at += Share)
            {
                cancellation.ThrowIfCancellationRequested();
                RandomAccess.Write(_file, content[at..Math.Min(content.Length, at + Share)], at);
            }
        }
        catch (IOException e)
        {
            // Its number is the kernel's.
            return FileRoot.Explain(e.HResult);
        }

        error = LinuxFiles.Sync(_file);
        if (error != 0)
        {
            return FileRoot.Explain(error);
        }

        _own = Posix.Stat(_file);
        return FileContent.Hash(_file, in _own, content.Length, out hash, cancellation);
    }

    /// <summary>Gives the new file the permissions of the old one, and its owner and group where the gate's user may.</summary>
    internal void TakeAfter(in Posix.FileStatus old, uint permissions, uint groupPermissions)
    {
        var mode = (uint)old.Mode & permissions;
        var isOwned = (_own.UserId == old.UserId && _own.GroupId == old.GroupId) || LinuxFiles.SetOwner(_file!, old.UserId, old.GroupId) == 0;
        if (!isOwned && _own.GroupId != old.GroupId && LinuxFiles.SetOwner(_file!, uint.MaxValue, old.GroupId) != 0)
        {
            // What one group was given is not given to another.
            mode &= ~groupPermissions;
        }

        // Where the file system has no permissions, there are none to lose.
        _ = LinuxFiles.SetMode(_file!, mode);
        _own = Posix.Stat(_file!);
    }

    /// <summary>Exchanges the names again, after an exchange that took away something else than was meant.</summary>
    internal FileRefusal ExchangeBack(FileRoot root, string name, string why)
    {
        if (LinuxFiles.Rename(parent, Name, name, LinuxFiles.Exchange) == 0 && root.Look(parent, Name, out var back) is null && back.IsSameFile(_own))
        {
            return new FileRefusal(FileFault.Conflict, why);
        }

        // Somebody's file, not ours to take away.
        Exists = false;
        return new FileRefusal(FileFault.IoError, $"{why}, and what was there is now {Name}");
    }

    /// <summary>Gives a file that was moved aside its name back.</summary>
    internal FileRefusal GiveBack(string name, string why) => LinuxFiles.Rename(parent, Name, name, LinuxFiles.NoReplace) == 0
        ? new FileRefusal(FileFault.Conflict, why)
        : new FileRefusal(FileFault.IoError, $"{why}, and what was there is now {Name}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        if (Exists)
        {
            // Gone already, or stays behind under a name that says whose it is.
            _ = LinuxFiles.Unlink(parent, Name);
            Exists = false;
        }
    }
}
