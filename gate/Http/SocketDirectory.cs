using System.Diagnostics;
using System.Runtime.InteropServices;

using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Http;

/// <summary>
/// The directory of a socket: ours alone to write. Whoever may write there could put another socket in our place, so a directory
/// that is not ours or is writable by others is refused rather than repaired.
/// </summary>
internal static class SocketDirectory
{
    private const int LockAttempts = 100;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes the directory with mode 0700 if it is absent, and checks it.</summary>
    /// <exception cref="StartupException">It cannot be made, or is not a directory that only we can write.</exception>
    internal static void Prepare(string directory, StartupError error)
    {
        if (!Posix.TryStat(directory, followLink: true, out var status))
        {
            if (Marshal.GetLastPInvokeError() != Posix.NoEntry)
            {
                throw Refused(error, $"The socket directory {directory} cannot be examined: {Marshal.GetLastPInvokeErrorMessage()}.");
            }

            Create(directory, error);
            if (!Posix.TryStat(directory, followLink: true, out status))
            {
                throw Refused(error, $"The socket directory {directory} cannot be examined: {Marshal.GetLastPInvokeErrorMessage()}.");
            }
        }

        if (!status.IsDirectory)
        {
            throw Refused(error, $"{directory} is not a directory.");
        }

        if (status.UserId != Posix.EffectiveUserId())
        {
            throw Refused(error, $"The socket directory {directory} belongs to uid {status.UserId}, not to uid {Posix.EffectiveUserId()}.");
        }

        if (status.IsWritableByOthers)
        {
            throw new StartupException(error, $"The socket directory {directory} is writable by its group or by everyone.", $"Run: chmod 700 {directory}");
        }

        if (Posix.Access(directory, Posix.WriteAndSearch) != 0)
        {
            throw Refused(error, $"The socket directory {directory} is not writable: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>Takes the advisory lock of the directory (<c>flock</c>), so that two gates that start or stop at once take turns.</summary>
    /// <exception cref="StartupException">The lock is not to be had within about two seconds.</exception>
    internal static DirectoryLock Lock(string directory, StartupError error)
    {
        var descriptor = Posix.Open(directory, Posix.OpenReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Refused(error, $"The socket directory {directory} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        for (var attempt = 0; attempt < LockAttempts; attempt++)
        {
            if (Posix.Flock(descriptor, Posix.LockExclusiveNonBlocking) == 0)
            {
                return new DirectoryLock(descriptor);
            }

            Thread.Sleep(LockPause);
        }

        _ = Posix.Close(descriptor);
        throw new StartupException(error, $"The socket directory {directory} is locked by another process.", "Stop the process that holds it.");
    }

    private static void Create(string directory, StartupError error)
    {
        try
        {
            PrivateFile.EnsureDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(error, $"The socket directory {directory} cannot be made: {e.Message}", "Make it yourself with mode 0700, or configure another path.", e);
        }
    }

    private static StartupException Refused(StartupError error, string detail)
        => new(error, detail, "Configure a socket path in a directory that belongs to the gate's user and only it can write.");

    /// <summary>Holds the lock until disposed.</summary>
    internal readonly struct DirectoryLock(int descriptor) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => _ = Posix.Close(descriptor);
    }
}
