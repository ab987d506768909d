using System.Runtime.InteropServices;

namespace LatchGate.Http;

/// <summary>The few calls of glibc that the base library does not offer. Constants are those common to all Linux architectures.</summary>
internal static unsafe partial class Posix
{
    internal const int NoEntry = 2;
    internal const int OpenReadOnlyCloseOnExec = 0x80000;
    internal const int LockExclusiveNonBlocking = 2 | 4;
    internal const int WriteAndSearch = 2 | 1;
    internal const short PollHangUp = 0x10;
    internal const short PollError = 0x8;

    private const string Library = "libc";
    private const int CurrentDirectory = -100;
    private const int BasicStats = 0x7ff;
    private const int DoNotFollow = 0x100;

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint EffectiveUserId();

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(int descriptor, int operation);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, FileStatus* status);

    /// <summary>What <paramref name="path"/> is; false with the last P/Invoke error set if the kernel does not tell.</summary>
    internal static bool TryStat(string path, bool followLink, out FileStatus status)
    {
        fixed (FileStatus* pointer = &status)
        {
            *pointer = default;
            return Statx(CurrentDirectory, path, followLink ? 0 : DoNotFollow, BasicStats, pointer) == 0;
        }
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        internal int Descriptor;
        internal short Wanted;
        internal short Happened;
    }

    /// <summary><c>struct statx</c>, chosen over <c>struct stat</c> because its layout is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct FileStatus
    {
        [FieldOffset(20)] internal uint UserId;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;

        private const int TypeMask = 0xF000;

        internal readonly bool IsDirectory => (Mode & TypeMask) == 0x4000;

        internal readonly bool IsSocket => (Mode & TypeMask) == 0xC000;

        internal readonly bool IsWritableByOthers => (Mode & 0x12) != 0;

        internal readonly bool IsSameFile(in FileStatus other)
            => Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;
    }
}
