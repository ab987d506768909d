using LatchGate.Crypto;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Evidence;

/// <summary>The file that the ledger's events are mirrored to, opened: where it ends, and whether it is still the one at its path.</summary>
internal sealed class MirrorFile : IDisposable
{
    private const int Chunk = 64 * 1024;

    // A line longer than any event.
    private const int LongestLine = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly Posix.FileStatus _status;

    private MirrorFile(string path, SafeFileHandle handle) => (_path, _handle, _status, Length) = (path, handle, Posix.Stat(handle), RandomAccess.GetLength(handle));

    /// <summary>Bytes in the file as this left it.</summary>
    internal long Length { get; private set; }

    /// <summary>Opens the file, or makes it with mode 0600.</summary>
    /// <exception cref="IOException">It is no regular file of this user alone, or cannot be opened.</exception>
    internal static MirrorFile Open(string path)
    {
        // Opening a pipe would wait for its reader.
        if (Posix.TryStat(path, followLink: true, out var status) && !status.IsRegular)
        {
            throw new IOException($"{path} is not a regular file");
        }

        PrivateFile.Ensure(path);
        var handle = Posix.OpenForAppending(path);
        try
        {
            var file = new MirrorFile(path, handle);
            return file._status.IsRegular && file._status.UserId == Posix.EffectiveUserId() && !PrivateFile.IsOpenToOthers(path)
                ? file
                : throw new IOException($"{path} is not a file of this user alone (mode 0600)");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether the path leads to another file now, to none, or to this one cut shorter: it was rotated.</summary>
    internal bool IsRotated() =>
        !Posix.TryStat(_path, followLink: true, out var now) || !now.IsSameFile(_status) || RandomAccess.GetLength(_handle) < Length;

    /// <summary>
    /// Appends, and remembers where the file ends; at the end that it has, for whoever rotates by cutting may do so at any moment, and a hole
    /// would remain.
    /// </summary>
    /// <exception cref="IOException">The disk refuses; what was written of it is a torn line, which <see cref="CutTornLine"/> removes.</exception>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        RandomAccess.Write(_handle, lines, Length);
        Length += lines.Length;
    }

    /// <summary>Removes what follows the last line feed: a line that was not written whole.</summary>
    /// <returns>Bytes removed.</returns>
    internal long CutTornLine()
    {
        var end = RandomAccess.GetLength(_handle);
        var whole = FindLineFeed(end) + 1;
        RandomAccess.SetLength(_handle, whole);
        Length = whole;
        return end - whole;
    }

    /// <summary>Whether a file without any whole line may hold the beginning of one: what a write, or a power cut after it, left of it.</summary>
    /// <param name="start">What every line begins with.</param>
    internal bool IsTornEvent(ReadOnlySpan<byte> start)
    {
        Span<byte> head = stackalloc byte[start.Length];
        head = head[..RandomAccess.Read(_handle, head, 0)];

        // Zeros are what the file system had no time to write.
        return start.StartsWith(head.TrimEnd((byte)0));
    }

    /// <summary>The last whole line, without its line feed; null in a file that has none.</summary>
    /// <exception cref="IOException">It is longer than any event.</exception>
    internal byte[]? ReadLastLine()
    {
        var end = FindLineFeed(RandomAccess.GetLength(_handle));
        if (end < 0)
        {
            return null;
        }

        var start = FindLineFeed(end) + 1;
        var length = end - start;
        if (length > LongestLine)
        {
            throw new IOException($"the last line of {_path} is longer than any event");
        }

        var line = new byte[length];
        for (var read = 0; read < line.Length;)
        {
            var count = RandomAccess.Read(_handle, line.AsSpan(read), start + read);
            read += count > 0 ? count : throw new IOException($"{_path} was cut while it was read");
        }

        return line;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Place of the last line feed before <paramref name="end"/>; −1 when there is none.</summary>
    private long FindLineFeed(long end)
    {
        var buffer = new byte[Chunk];
        while (end > 0)
        {
            var start = Math.Max(0, end - Chunk);
            var count = RandomAccess.Read(_handle, buffer.AsSpan(0, (int)(end - start)), start);
            var found = buffer.AsSpan(0, count).LastIndexOf((byte)'\n');
            if (found >= 0)
            {
                return start + found;
            }

            end = start;
        }

        return -1;
    }
}
