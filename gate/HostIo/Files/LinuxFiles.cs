using System.Runtime.InteropServices;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.HostIo.Files;

/// <summary>
/// The calls that keep a path below a directory (openat2(2), Linux 5.6) and that change names whole (renameat2(2)). Constants are those
/// common to all Linux architectures, but for one.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    internal const int ReadOnly = 0;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;
    internal const int NoTerminal = 0x100;
    internal const int NonBlocking = 0x800;
    internal const int PathOnly = 0x200000;

    internal const uint NoReplace = 1;
    internal const uint Exchange = 2;

    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int NoDevice = 6;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int OtherDevice = 18;
    internal const int NotDirectory = 20;
    internal const int IsDirectory = 21;
    internal const int InvalidArgument = 22;
    internal const int NoSpace = 28;
    internal const int ReadOnlyFileSystem = 30;
    internal const int NameTooLong = 36;
    internal const int NoSuchCall = 38;
    internal const int Loop = 40;
    internal const int QuotaExceeded = 122;

    private const string Library = "libc.so.6";
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int CurrentDirectory = -100;
    private const nint OpenAt2Number = 437; // one number on all architectures
    private const ulong NoMountCrossing = 0x01;
    private const ulong NoMagicLinks = 0x02;
    private const ulong NoSymbolicLinks = 0x04;
    private const ulong Beneath = 0x08;
    private const int Retries = 16;

    /// <summary><c>O_DIRECTORY</c>, which 64-bit ARM numbers otherwise.</summary>
    internal static int Directory { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>
    /// Opens <paramref name="path"/> below <paramref name="directory"/>: never above it, through no symbolic link, not even at its end,
    /// and over no mount. What is opened is closed when this process runs another program.
    /// </summary>
    /// <returns>Null with the error number where the kernel refuses.</returns>
    internal static SafeFileHandle? Open(SafeFileHandle directory, string path, int flags, uint mode, out int error)
    {
        var how = new OpenHow { Flags = (uint)(flags | CloseOnExec), Mode = mode, Resolve = Beneath | NoSymbolicLinks | NoMagicLinks | NoMountCrossing };
        for (var attempt = 0; ; attempt++)
        {
            var descriptor = OpenAt2(OpenAt2Number, directory, path, &how, (nuint)sizeof(OpenHow));
            if (Done(descriptor, attempt, out error))
            {
                return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
            }
        }
    }

    /// <summary>Opens an absolute directory of which no part is a symbolic link, to open files below it.</summary>
    /// <returns>As <see cref="Open"/>.</returns>
    internal static SafeFileHandle? OpenRoot(string path, out int error)
    {
        var how = new OpenHow { Flags = (uint)(PathOnly | Directory | CloseOnExec), Resolve = NoSymbolicLinks | NoMagicLinks };
        for (var attempt = 0; ; attempt++)
        {
            var descriptor = OpenAt2(OpenAt2Number, CurrentDirectory, path, &how, (nuint)sizeof(OpenHow));
            if (Done(descriptor, attempt, out error))
            {
                return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
            }
        }
    }

    /// <summary>Renames within a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="from">A name in it.</param>
    /// <param name="to">Another.</param>
    /// <param name="how"><see cref="NoReplace"/> or <see cref="Exchange"/>; 0 replaces.</param>
    /// <returns>0, or the error number.</returns>
    internal static int Rename(SafeFileHandle directory, string from, string to, uint how) => ErrorOf(RenameAt2(directory, from, directory, to, how));

    /// <summary>Gives a file of a directory a second name in it, which must not exist.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int Link(SafeFileHandle directory, string from, string to) => ErrorOf(LinkAt(directory, from, directory, to, 0));

    /// <summary>Takes a name out of a directory.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int Unlink(SafeFileHandle directory, string name) => ErrorOf(UnlinkAt(directory, name, 0));

    /// <summary>Makes a directory; the umask narrows <paramref name="mode"/>.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int MakeDirectory(SafeFileHandle directory, string name, uint mode) => ErrorOf(MkdirAt(directory, name, mode));

    /// <summary>Makes a file or directory durable.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int Sync(SafeFileHandle file) => ErrorOf(Posix.Fsync(file));

    /// <summary>Gives a file exactly these permissions.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int SetMode(SafeFileHandle file, uint mode) => ErrorOf(Fchmod(file, mode));

    /// <summary>Gives a file another owner; <see cref="uint.MaxValue"/> leaves one as it is.</summary>
    /// <returns>0, or the error number.</returns>
    internal static int SetOwner(SafeFileHandle file, uint user, uint group) => ErrorOf(Fchown(file, user, group));

    // A rename elsewhere can make the kernel unsure (EAGAIN); asked again, it knows.
    private static bool Done(int descriptor, int attempt, out int error)
    {
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor >= 0 || error is not (Interrupted or TryAgain) || attempt >= Retries;
    }

    private static int ErrorOf(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt2(nint number, SafeFileHandle directory, string path, OpenHow* how, nuint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt2(nint number, nint directory, string path, OpenHow* how, nuint size);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(SafeFileHandle fromDirectory, string from, SafeFileHandle toDirectory, string to, uint flags);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(SafeFileHandle fromDirectory, string from, SafeFileHandle toDirectory, string to, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkdirAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    private static partial int Fchmod(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    private static partial int Fchown(SafeFileHandle file, uint user, uint group);

    /// <summary><c>struct open_how</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }
}
