using SQLitePCL;

namespace LatchGate.Storage;

/// <summary>Copies a database that is in use (SQLite's online backup): one snapshot, whatever is written meanwhile.</summary>
internal static class DatabaseBackup
{
    // 16 MB at a time, so that it can be interrupted.
    private const int PagesAtATime = 4096;

    /// <summary>
    /// Copies <paramref name="source"/> to <paramref name="target"/>, an empty file of its own, durably. What the copy holds the source has
    /// on the disk as well: else it could hold what the source loses with the power.
    /// </summary>
    /// <exception cref="DatabaseException">Either cannot be read or written, or the disk does not confirm the source.</exception>
    internal static void Copy(string source, string target, CancellationToken cancellation) =>
        Copy(source, target, WriteAheadLog.Confirm, cancellation);

    /// <param name="source">What is copied.</param>
    /// <param name="target">An empty file.</param>
    /// <param name="confirm">Has the disk confirm the source; in tests, what they like.</param>
    /// <param name="cancellation">Ends the copying.</param>
    internal static void Copy(string source, string target, Action<string> confirm, CancellationToken cancellation)
    {
        using var from = Database.OpenForReading(source);

        // A read transaction holds the snapshot: without it, a write by another process would begin the copy anew.
        from.Execute("BEGIN");
        _ = from.Scalar("SELECT count(*) FROM sqlite_schema");
        confirm(source);
        using (var to = Database.Open(target, DatabaseAccess.ReadWrite))
        {
            from.CopyTo(to, PagesAtATime, cancellation);

            // One file, that needs none beside it to be read.
            to.Execute("PRAGMA journal_mode=DELETE");
        }

        using var file = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Posix.Sync(file, target);
    }
}
