using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Storage;

/// <summary>The write-ahead log that SQLite keeps beside a database.</summary>
internal static class WriteAheadLog
{
    private const int Chunk = 1024 * 1024;

    /// <summary>Its file.</summary>
    internal static string PathOf(string database) => database + "-wal";

    /// <summary>Opens the log of an open database.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static SafeFileHandle Open(string database) =>
        File.OpenHandle(PathOf(database), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Has the disk confirm what was written.</summary>
    /// <exception cref="DatabaseException">It does not (<see cref="DatabaseException.IsSync"/>).</exception>
    internal static void Sync(SafeFileHandle log)
    {
        if (Posix.DataSync(log) != 0)
        {
            throw DatabaseException.Unconfirmed(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }
    }

    /// <summary>
    /// Has the disk confirm what a reader has seen, beside the gate that writes the log: it commits first and confirms a moment later. To be
    /// called inside the reader's transaction.
    /// </summary>
    /// <param name="database">Whose log; nothing is done when there is none, for then the file holds everything.</param>
    /// <exception cref="DatabaseException">It does not, or the log cannot be opened.</exception>
    internal static void Confirm(string database)
    {
        try
        {
            using var log = Posix.OpenForReading(PathOf(database));
            Sync(log);
        }
        catch (FileNotFoundException)
        {
            // Without a log there is nothing that it has yet to confirm.
        }
        catch (IOException e)
        {
            throw DatabaseException.Unconfirmed(e.Message);
        }
    }

    /// <summary>
    /// Brings what can be read of the log that an earlier process left to the disk. After a failed sync the kernel holds pages for clean
    /// that the disk never got: they can be read, and no later sync writes them. What is appended behind them would be lost with them when
    /// the power fails, however well it was synced. So every page is written again.
    /// </summary>
    /// <param name="database">Whose log; nothing is done when there is none. No process writes to it.</param>
    /// <exception cref="IOException">The disk does not take or confirm it.</exception>
    internal static void MakeDurable(string database)
    {
        var path = PathOf(database);
        if (!File.Exists(path))
        {
            return;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[(int)Math.Min(Chunk, RandomAccess.GetLength(file))];
        for (var offset = 0L; RandomAccess.Read(file, buffer, offset) is > 0 and var read; offset += read)
        {
            RandomAccess.Write(file, buffer.AsSpan(0, read), offset);
        }

        Posix.Sync(file, path);
    }
}
