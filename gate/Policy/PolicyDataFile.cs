using LatchGate.Storage;

namespace LatchGate.Policy;

/// <summary>
/// The data document on disk. Whoever edits it by hand while a gate runs holds <c>flock</c> on <c>FILE.lock</c> meanwhile; gates do.
/// </summary>
internal sealed class PolicyDataFile(string path)
{
    /// <summary>The largest document that is read, in bytes.</summary>
    internal const int LargestFile = 16 * 1024 * 1024;

    // Longer than any gate holds the lock, which is two writes to disk.
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);

    // A link stays a link: what it leads to is replaced.
    private readonly string _path = (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);

    /// <summary>The whole document.</summary>
    /// <param name="mayBeMissing">Whether an empty object stands for a file that is not there: a bundle may bring all data.</param>
    /// <exception cref="IOException">It cannot be read, is no regular file, or is too large.</exception>
    internal byte[] Read(bool mayBeMissing)
    {
        if (mayBeMissing && !File.Exists(_path))
        {
            return "{}"u8.ToArray();
        }

        return PolicyLoading.ReadRegular(_path, LargestFile) ?? throw new IOException($"{_path} is larger than {LargestFile} bytes.");
    }

    /// <summary>Replaces the document, durably and whole, with the same permissions.</summary>
    /// <exception cref="IOException">It cannot be written; the old one is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal void Replace(ReadOnlySpan<byte> content) => AtomicFile.ReplaceContent(_path, content);

    /// <summary>Keeps a document ready to come back, so that this takes no more room on a disk that may be full by then.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal Former Keep(ReadOnlySpan<byte> content) => new(_path, AtomicFile.WriteBeside(_path, content));

    /// <summary>Takes the lock, waiting for another process that holds it; null when it does not let go.</summary>
    /// <exception cref="IOException">The lock file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal async ValueTask<FileStream?> LockAsync(TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            if (PrivateFile.TryLock(_path + ".lock") is { } held)
            {
                return held;
            }

            if (time.GetElapsedTime(start) > LockPatience)
            {
                return null;
            }

            await Task.Delay(LockPause, time).ConfigureAwait(false);
        }
    }

    /// <summary>A document that may come back; disposing throws it away.</summary>
    internal sealed class Former(string path, string kept) : IDisposable
    {
        /// <summary>Puts it in the place of the one that replaced it, durably.</summary>
        /// <exception cref="IOException">It cannot be renamed.</exception>
        /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
        internal void Restore() => AtomicFile.MoveOver(kept, path);

        /// <inheritdoc/>
        public void Dispose()
        {
            try
            {
                File.Delete(kept);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What became of the change is not told by a file that is left over.
            }
        }
    }
}
