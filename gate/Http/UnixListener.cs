using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Http;

/// <summary>
/// A listening Unix domain socket whose file nobody else could ever reach: bound under a temporary name, made 0600, set to listen
/// and only then renamed into place, all under the lock of its directory. Before <c>listen</c> no connection is possible, so there
/// is no moment at which the mode of the file matters and is wrong; the umask, which is the whole process's, is left alone.
/// </summary>
internal sealed class UnixListener : IDisposable
{
    // sun_path holds 108 bytes with its NUL; the temporary name is one byte longer than the final one.
    private const int LongestPath = 106;
    private const int Backlog = 512;

    private readonly StartupError _error;
    private readonly Posix.FileStatus _identity;

    private UnixListener(Socket socket, string path, StartupError error, in Posix.FileStatus identity)
    {
        Socket = socket;
        Path = path;
        _error = error;
        _identity = identity;
    }

    internal Socket Socket { get; }

    internal string Path { get; }

    /// <summary>Binds and listens.</summary>
    /// <exception cref="StartupException">The path, its directory, or what is there already does not permit it.</exception>
    internal static UnixListener Bind(string path, StartupError error)
    {
        if (!System.IO.Path.IsPathFullyQualified(path) || System.IO.Path.GetFileName(path).Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new StartupException(error, $"The socket path '{path}' is not an absolute path of a file.", "Configure an absolute path.");
        }

        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw new StartupException(error, $"The socket path {path} is longer than {LongestPath} bytes.", "Configure a shorter path.");
        }

        var directory = System.IO.Path.GetDirectoryName(path)!;
        SocketDirectory.Prepare(directory, error);
        using var turn = SocketDirectory.Lock(directory, error);
        RefuseUnlessFree(path, error);
        return BindBeside(path, error);
    }

    /// <summary>Stops listening, and removes the file unless another listener has taken its place.</summary>
    public void Dispose()
    {
        var directory = System.IO.Path.GetDirectoryName(Path)!;
        try
        {
            using var turn = SocketDirectory.Lock(directory, _error);
            if (Posix.TryStat(Path, followLink: false, out var status) && status.IsSameFile(_identity))
            {
                File.Delete(Path);
            }

            // Within the lock, because closing also removes what has the temporary name, which may be a successor's.
            Socket.Dispose();
        }
        catch (Exception e) when (e is StartupException or IOException or UnauthorizedAccessException)
        {
            // The file stays; the next start sees that nobody listens there and replaces it.
        }

        Socket.Dispose();
    }

    private static UnixListener BindBeside(string path, StartupError error)
    {
        var temporary = path + "~";
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Left by a start that was interrupted; under the lock nobody else can be using it.
            if (Posix.TryStat(temporary, followLink: false, out var leftover) && leftover.IsSocket)
            {
                File.Delete(temporary);
            }

            socket.Bind(new UnixDomainSocketEndPoint(temporary));
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (!Posix.TryStat(temporary, followLink: false, out var identity))
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }

            socket.Listen(Backlog);
            if (Posix.Rename(temporary, path) != 0)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }

            return new UnixListener(socket, path, error, identity);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new StartupException(error, $"The socket {path} cannot be made: {e.Message}", "Check the file system and the rights of its directory.", e);
        }
    }

    /// <summary>Only a socket at which nobody listens may be replaced; anything else at the path stays untouched.</summary>
    private static void RefuseUnlessFree(string path, StartupError error)
    {
        if (!Posix.TryStat(path, followLink: false, out var status))
        {
            if (Marshal.GetLastPInvokeError() == Posix.NoEntry)
            {
                return;
            }

            throw new StartupException(error, $"{path} cannot be examined: {Marshal.GetLastPInvokeErrorMessage()}.", "Check the rights of its directory.");
        }

        if (!status.IsSocket)
        {
            throw new StartupException(error, $"{path} exists and is not a socket.", "Move it away, or configure another socket path.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode is not (SocketError.WouldBlock or SocketError.InProgress))
        {
            throw new StartupException(error, $"Whether another gate listens at {path} cannot be told: {e.Message}", "Remove the file if no gate runs.", e);
        }

        // Accepted, or a full queue of a listener that is there.
        throw new StartupException(error, $"Another gate listens at {path}.", "Stop it, or configure another socket path.");
    }
}
