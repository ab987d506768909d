using System.ComponentModel;
using System.Runtime.InteropServices;
using LatchGate.Crypto;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Secrets;

/// <summary>Which file it is and what it was like, so that a change is seen without reading it.</summary>
internal readonly record struct FileStamp(ulong Inode, ulong Size, long Seconds, uint Nanoseconds)
{
    internal static FileStamp Of(in Posix.FileStatus status) => new(status.Inode, status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds);

    /// <summary>What is at the path now; the default where nothing is.</summary>
    internal static FileStamp At(string path) => Posix.TryStat(path, followLink: false, out var status) ? Of(in status) : default;
}

/// <summary>Reads the key file and the secrets file, if nobody else can have written or seen what they should not.</summary>
internal static class SecretPaths
{
    /// <summary>Largest secrets file, and largest key file.</summary>
    internal const int LargestFile = 1024 * 1024;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads a key file into locked memory: this user's, no link, and nobody else may even read it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Its bytes, which the caller disposes.</param>
    /// <param name="length">How many.</param>
    internal static SecretProblem? TryReadKey(string path, out SecureMemory? key, out int length)
    {
        (key, length) = (null, 0);
        if (Open(path, "key file", SecretFault.KeyFileMissing, SecretFault.KeyFileUnsafe, out var file, out var status) is { } problem)
        {
            return problem;
        }

        using (file)
        {
            if ((status.Permissions & Others) != 0)
            {
                return new SecretProblem(
                    SecretFault.KeyFileUnsafe,
                    $"The key file {path} has mode 0{Convert.ToString((int)status.Permissions, 8)}, so users other than its owner may use it; 0600 is the most that is safe.",
                    $"Close it with: chmod 600 {path}, and make a new key if anyone may have read it.");
            }

            var memory = new SecureMemory((int)Math.Max(status.Size, 1));
            try
            {
                length = ReadAll(file!, memory.Span);
                key = memory;
                return null;
            }
            catch (IOException e)
            {
                memory.Dispose();
                return new SecretProblem(SecretFault.KeyFileUnsafe, $"The key file {path} cannot be read: {e.Message}", "Check the disk.");
            }
        }
    }

    /// <summary>Reads the secrets file: nobody but its owner, who is this user or root, may have written it.</summary>
    /// <remarks>
    /// It is encrypted, so others may read it. Who can write it, however, can put values of their own in place of the operator's: the public
    /// half of the key is enough for that.
    /// </remarks>
    internal static SecretProblem? TryReadSecrets(string path, out byte[]? text, out FileStamp stamp)
    {
        (text, stamp) = (null, default);
        if (Open(path, "secrets file", SecretFault.SecretsFileMissing, SecretFault.SecretsFileUnsafe, out var file, out var status) is { } problem)
        {
            return problem;
        }

        using (file)
        {
            if (status.IsWritableByOthers)
            {
                return new SecretProblem(SecretFault.SecretsFileUnsafe, $"The secrets file {path} can be written by others.", $"Close it with: chmod go-w {path}, and check what it holds.");
            }

            try
            {
                var bytes = new byte[status.Size];
                text = bytes[..ReadAll(file!, bytes)];
                stamp = FileStamp.Of(in status);
                return null;
            }
            catch (IOException e)
            {
                return new SecretProblem(SecretFault.SecretsFileUnreadable, $"The secrets file {path} cannot be read: {e.Message}", "Check the disk.");
            }
        }
    }

    // What is judged is what is read: a link is seen before, and an exchange of the file between the two.
    private static SecretProblem? Open(
        string path, string what, SecretFault missing, SecretFault isUnsafe, out SafeFileHandle? file, out Posix.FileStatus status)
    {
        (file, status) = (null, default);
        if (!Posix.TryStat(path, followLink: false, out var named))
        {
            var error = Marshal.GetLastPInvokeError();
            return error == Posix.NoEntry
                ? new SecretProblem(missing, $"The {what} {path} does not exist.", "Restore it, or make one with 'latchgate secrets init'.")
                : new SecretProblem(isUnsafe, $"The {what} {path} cannot be looked at: {new Win32Exception(error).Message}.", "Let the gate's user reach it.");
        }

        if (!named.IsRegular)
        {
            return new SecretProblem(
                isUnsafe, $"The {what} {path} is {(named.IsLink ? "a symbolic link" : "no regular file")}.", "Name the file itself: whoever can change a link can exchange what it leads to.");
        }

        try
        {
            file = Posix.OpenForReading(path);
            status = Posix.Stat(file);
        }
        catch (IOException e)
        {
            file?.Dispose();
            file = null;
            return new SecretProblem(isUnsafe, $"The {what} {path} cannot be read: {e.Message}", "Let the gate's user read it.");
        }

        var self = Posix.EffectiveUserId();
        var mayOwn = status.UserId == self || (status.UserId == 0 && missing == SecretFault.SecretsFileMissing);
        var problem = !status.IsSameFile(in named)
            ? new SecretProblem(isUnsafe, $"The {what} {path} was exchanged while it was opened.", "Try again; find out who writes to its directory.")
            : !mayOwn
                ? new SecretProblem(isUnsafe, $"The {what} {path} belongs to user {status.UserId}, but this process runs as user {self}.", $"If it is yours: chown {self} {path}")
            : status.Size > LargestFile
                ? new SecretProblem(missing == SecretFault.KeyFileMissing ? SecretFault.KeyFileInvalid : SecretFault.SecretsFileUnreadable, $"The {what} {path} is larger than 1 MiB.", "Name the right file.")
            : null;
        if (problem is not null)
        {
            file.Dispose();
            file = null;
        }

        return problem;
    }

    private static int ReadAll(SafeFileHandle file, Span<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes[read..], read) is > 0 and var count)
        {
            read += count;
        }

        return read;
    }
}
