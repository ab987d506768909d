using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Crypto;

/// <summary>The few calls of Linux that the base library does not offer: the owner of an open file, and opening without surprises.</summary>
internal static unsafe partial class Posix
{
    private const string Library = "libc.so.6";

    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int StatxSize = 256;

    /// <summary>Opens a file for reading; never waits for the writer of a pipe.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static SafeFileHandle OpenForReading(string path)
    {
        var descriptor = open(path, ReadOnly | NonBlocking | CloseOnExec, 0);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        const int NoEntry = 2;
        var error = Marshal.GetLastPInvokeError();
        throw error == NoEntry
            ? new FileNotFoundException($"{path} does not exist.", path)
            : new IOException($"{path} cannot be opened: {new Win32Exception(error).Message}.");
    }

    /// <summary>Opens a directory, to make its entries durable.</summary>
    internal static SafeFileHandle OpenDirectory(string path) => OpenForReading(path);

    /// <summary>fsync(2).</summary>
    internal static int Sync(SafeFileHandle handle) => fsync(handle);

    /// <summary>The effective user of this process.</summary>
    internal static uint EffectiveUser() => geteuid();

    /// <summary>Owner, type and mode of an open file, so that what is judged is what is read.</summary>
    internal static (uint Owner, bool IsRegular, UnixFileMode Mode) Status(SafeFileHandle handle)
    {
        // struct statx has the same layout on every architecture: stx_uid at 20, stx_mode (16 bits) at 28.
        var buffer = stackalloc byte[StatxSize];
        if (statx(handle, "", EmptyPath, BasicStats, buffer) != 0)
        {
            throw new IOException($"A file's status cannot be read: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        }

        const int TypeMask = 0xf000;
        const int Regular = 0x8000;
        var mode = *(ushort*)(buffer + 28);
        return (*(uint*)(buffer + 20), (mode & TypeMask) == Regular, (UnixFileMode)(mode & 0xfff));
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fsync(SafeFileHandle handle);

    [LibraryImport(Library)]
    private static partial uint geteuid();

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle directory, string path, int flags, uint mask, byte* status);
}
