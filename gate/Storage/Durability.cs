namespace LatchGate.Storage;

/// <summary>Whether a commit on a file system survives loss of power.</summary>
public static class Durability
{
    // Memory, and network or user-space file systems whose fsync or shared-memory locking WAL mode cannot rely on
    // (sqlite.org/wal.html: "WAL does not work over a network filesystem").
    private static readonly string[] _volatile =
        ["tmpfs", "ramfs", "nfs", "nfs4", "cifs", "smb", "smb2", "smbfs", "9p", "v9fs", "fuse", "fuseblk", "afs", "ceph", "gfs2", "lustre", "vboxsf"];

    /// <summary>Names the file system of <paramref name="directory"/> and says whether it keeps what it confirmed.</summary>
    public static (bool Durable, string FileSystem) Of(string directory)
    {
        var format = new DriveInfo(Path.GetFullPath(directory)).DriveFormat;
        return (!_volatile.Contains(format, StringComparer.OrdinalIgnoreCase), format);
    }
}
