using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LatchGate.Bench.EndToEnd;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Bench.Append;

/// <summary>
/// What the disk alone takes: <c>pwrite</c> and <c>fdatasync</c>, over a stretch of a file that has been written before, as a write-ahead
/// log's is.
/// </summary>
internal sealed partial class BareSync : IDisposable
{
    // As long as the log that the ledger writes around in.
    private const int FileBytes = 16 << 20;

    private readonly SafeFileHandle _file;
    private long _at;

    internal BareSync(string path)
    {
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, FileBytes);
        var block = RandomNumberGenerator.GetBytes(1 << 20);
        for (var at = 0L; at < FileBytes; at += block.Length)
        {
            RandomAccess.Write(_file, block, at);
        }

        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>Writes and syncs until <paramref name="until"/>, one after the other.</summary>
    /// <param name="data">What each write writes.</param>
    /// <param name="until">A time stamp of <see cref="Stopwatch"/>.</param>
    /// <param name="whole">Takes the time of write and sync.</param>
    /// <param name="sync">Takes the time of the sync alone.</param>
    internal void Run(ReadOnlySpan<byte> data, long until, Samples whole, Samples sync)
    {
        var now = Stopwatch.GetTimestamp();
        while (now < until)
        {
            if (_at + data.Length > FileBytes)
            {
                _at = 0;
            }

            RandomAccess.Write(_file, data, _at);
            _at += data.Length;
            var written = Stopwatch.GetTimestamp();
            if (FDataSync(_file) != 0)
            {
                throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            var synced = Stopwatch.GetTimestamp();
            whole.Add(synced - now);
            sync.Add(synced - written);
            now = synced;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc.so.6", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);
}
