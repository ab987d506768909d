using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Storage;

/// <summary>The few calls of glibc that the base library does not offer. Constants are those common to all Linux architectures.</summary>
internal static unsafe partial class Posix
{
    internal const int NoEntry = 2;
    internal const int OpenReadOnlyCloseOnExec = OpenCloseOnExec;
    internal const int LockExclusiveNonBlocking = 2 | 4;
    internal const int WriteAndSearch = 2 | 1;
    internal const short PollHangUp = 0x10;
    internal const short PollError = 0x8;

    private const string Library = "libc.so.6";
    private const int CurrentDirectory = -100;
    private const int BasicStats = 0x7ff;
    private const int DoNotFollow = 0x100;
    private const int ThisDescriptor = 0x1000;
    private const int OpenNonBlocking = 0x800;
    private const int OpenReadWrite = 2;
    private const int OpenAppend = 0x400;
    private const int OpenCloseOnExec = 0x80000;

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

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Fsync(SafeFileHandle handle);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    internal static partial int DataSync(SafeFileHandle handle);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statfs(string path, FileSystemStatus* status);

    /// <summary>
    /// Makes a file, or the names in a folder, durable. Not <c>FileStream.Flush(true)</c> nor <c>RandomAccess.FlushToDisk</c>: these return
    /// as if the disk had confirmed when it did not.
    /// </summary>
    /// <exception cref="IOException">The disk does not confirm it.</exception>
    internal static void Sync(SafeFileHandle handle, string path)
    {
        if (Fsync(handle) != 0)
        {
            throw new IOException($"{path} cannot be made durable: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        }
    }

    /// <summary>The magic number of the file system that holds <paramref name="path"/> (statfs(2), <c>f_type</c>).</summary>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    internal static uint FileSystemType(string path)
    {
        FileSystemStatus status = default;
        return Statfs(path, &status) == 0
            ? unchecked((uint)status.Type)
            : throw new IOException($"The file system of {path} cannot be told: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    /// <summary>What <paramref name="path"/> is; false with the last P/Invoke error set if the kernel does not tell.</summary>
    internal static bool TryStat(string path, bool followLink, out FileStatus status)
    {
        fixed (FileStatus* pointer = &status)
        {
            *pointer = default;
            return Statx(CurrentDirectory, path, followLink ? 0 : DoNotFollow, BasicStats, pointer) == 0;
        }
    }

    /// <summary>What an open file is, so that what is judged is what is read.</summary>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    internal static FileStatus Stat(SafeFileHandle handle)
    {
        FileStatus status = default;
        return Statx((int)handle.DangerousGetHandle(), "", ThisDescriptor, BasicStats, &status) == 0
            ? status
            : throw new IOException($"A file's status cannot be read: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    /// <summary>Opens a file or directory for reading; never waits for the writer of a pipe.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static SafeFileHandle OpenForReading(string path) => OpenFile(path, OpenReadOnlyCloseOnExec | OpenNonBlocking);

    /// <summary>Opens a file so that each write goes to the end that the file has then (<c>O_APPEND</c>), which the base library does not do.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static SafeFileHandle OpenForAppending(string path) => OpenFile(path, OpenReadWrite | OpenAppend | OpenCloseOnExec | OpenNonBlocking);

    private static SafeFileHandle OpenFile(string path, int flags)
    {
        var descriptor = Open(path, flags);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        throw error == NoEntry
            ? new FileNotFoundException($"{path} does not exist.", path)
            : new IOException($"{path} cannot be opened: {new Win32Exception(error).Message}.");
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        internal int Descriptor;
        internal short Wanted;
        internal short Happened;
    }

    /// <summary><c>struct statfs</c>: 120 bytes on x64 and arm64, and <c>f_type</c>, a long, comes first.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct FileSystemStatus
    {
        [FieldOffset(0)] internal long Type;
    }

    /// <summary><c>struct statx</c>, chosen over <c>struct stat</c> because its layout is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct FileStatus
    {
        [FieldOffset(16)] internal uint Links;
        [FieldOffset(20)] internal uint UserId;
        [FieldOffset(24)] internal uint GroupId;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal ulong Size;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;

        private const int TypeMask = 0xF000;

        internal readonly bool IsDirectory => (Mode & TypeMask) == 0x4000;

        internal readonly bool IsLink => (Mode & TypeMask) == 0xA000;

        internal readonly bool IsRegular => (Mode & TypeMask) == 0x8000;

        internal readonly UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

        internal readonly bool IsSocket => (Mode & TypeMask) == 0xC000;

        internal readonly bool IsWritableByOthers => (Mode & 0x12) != 0;

        internal readonly bool IsSameFile(in FileStatus other)
            => Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;

        /// <summary>The same file, and as far as the kernel's clock tells, with the same content.</summary>
        internal readonly bool IsUnchanged(in FileStatus earlier)
            => IsSameFile(earlier) && Size == earlier.Size
                && ModifiedSeconds == earlier.ModifiedSeconds && ModifiedNanoseconds == earlier.ModifiedNanoseconds;
    }
}
