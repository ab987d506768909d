namespace LatchGate.Storage;

/// <summary>Whether a commit on a file system survives loss of power.</summary>
public static class Durability
{
    // linux/magic.h and statfs(2). Memory, and network or user-space file systems whose fsync or shared-memory locking WAL mode
    // cannot rely on (sqlite.org/wal.html: "WAL does not work over a network filesystem"). What is not named here, is durable.
    private static readonly Dictionary<uint, string> _volatile = new()
    {
        [0x01021994] = "tmpfs",
        [0x858458f6] = "ramfs",
        [0x958458f6] = "hugetlbfs",
        [0x6969] = "nfs",
        [0x517B] = "smbfs",
        [0xFE534D42] = "smb2",
        [0xFF534D42] = "cifs",
        [0x01021997] = "9p",
        [0x65735546] = "fuse",
        [0x5346414F] = "afs",
        [0x6B414653] = "kafs",
        [0x73757245] = "coda",
        [0x00C36400] = "ceph",
        [0x01161970] = "gfs2",
        [0x0BD00BD0] = "lustre",
        [0x786F4256] = "vboxsf",
    };

    private static readonly Dictionary<uint, string> _durable = new()
    {
        [0xEF53] = "ext",
        [0x58465342] = "xfs",
        [0x9123683E] = "btrfs",
        [0x2FC12FC1] = "zfs",
        [0xF2F52010] = "f2fs",
        [0x794C7630] = "overlayfs",
    };

    /// <summary>Names the file system of <paramref name="directory"/> and says whether it keeps what it confirmed.</summary>
    /// <exception cref="IOException">The kernel does not tell, or there is no such directory.</exception>
    public static (bool Durable, string FileSystem) Of(string directory)
    {
        var type = Posix.FileSystemType(Path.GetFullPath(directory));
        return _volatile.TryGetValue(type, out var name)
            ? (false, name)
            : (true, _durable.TryGetValue(type, out name) ? name : $"0x{type:x}");
    }
}
