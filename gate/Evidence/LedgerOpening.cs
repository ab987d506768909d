using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Opens and closes a ledger's file. The checks cost the same however long the ledger is; the verifier does the rest.</summary>
internal sealed record LedgerOpening(
    string Path, FileStream Lock, Database Database, LedgerTables Tables, bool IsDurable, string FileSystem)
{
    internal static LedgerOpening Open(string path, Ed25519Signer signer, TimeProvider time, LedgerOptions options)
    {
        path = System.IO.Path.GetFullPath(path);
        var directory = System.IO.Path.GetDirectoryName(path) ?? throw Refused($"{path} is not a file path.", "Set the ledger's path to a file.");
        try
        {
            PrivateFile.EnsureDirectory(directory);
            var (durable, fileSystem) = Durability.Of(directory);
            if (!durable && !options.AllowVolatile)
            {
                throw Refused(
                    $"The ledger {path} is on {fileSystem}, which does not keep what it confirmed.",
                    "Put it on a local disk, or set allow_volatile_ledger = true for a trial.");
            }

            var exclusive = PrivateFile.TryLock(path + ".lock") ?? throw Refused(
                $"Another gate uses the ledger {path}.", "Stop the other gate, or give this one a ledger of its own.");
            Database? database = null;
            try
            {
                PrivateFile.Ensure(path);
                if (PrivateFile.IsOpenToOthers(path))
                {
                    throw Refused($"The ledger {path} can be read or written by others.", $"Run: chmod 600 {path}");
                }

                WriteAheadLog.MakeDurable(path);
                database = Database.Open(path, DatabaseAccess.ReadWrite);
                return new LedgerOpening(path, exclusive, database, Prepare(path, database, signer, time, options), durable, fileSystem);
            }
            catch (Exception)
            {
                database?.Dispose();
                exclusive.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(
                $"The ledger {path} cannot be opened: {failure.Message}",
                "Give the gate's user the directory, with mode 700, on a disk that works, has room and is not mounted read-only.",
                failure);
        }
        catch (DatabaseException failure) when (failure.IsAccess || failure.IsFull)
        {
            // Nothing is known to be wrong with what it holds.
            throw Refused(
                $"The ledger {path} cannot be opened: {failure.Message}.",
                "See that its disk works, has room and is not mounted read-only, and that no other process holds the file; then start again.",
                failure);
        }
        catch (DatabaseException failure)
        {
            throw Damaged(path, failure.Message, failure);
        }
    }

    /// <summary>Signs the head and leaves one file behind.</summary>
    /// <param name="database">The writer's connection, the last one.</param>
    /// <param name="tables">What it holds.</param>
    /// <param name="ended">What ended the writing, where that was a failed sync: the log is then all that is known to be good, and stays.</param>
    internal static void Close(Database database, LedgerTables tables, WriteFailure? ended)
    {
        try
        {
            // What follows is confirmed by SQLite again.
            database.Execute("PRAGMA synchronous=FULL");
            if (ended is { IsFinal: true })
            {
                Console.Error.WriteLine($"The ledger's head was not signed at stop: {ended.Reason}");
                database.KeepLog();
                return;
            }

            // What the last failed write left in memory may not have been read again since.
            tables.Reload();
            SignHead(database, tables);
            database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (DatabaseException failure)
        {
            // Everything confirmed is durable already; the next start signs the head instead.
            Console.Error.WriteLine($"The ledger's head was not signed at stop: {failure.Message}");
        }
        finally
        {
            database.Dispose();
        }
    }

    private static LedgerTables Prepare(string path, Database database, Ed25519Signer signer, TimeProvider time, LedgerOptions options)
    {
        // wal_autocheckpoint: the writer moves the log to the file, and hears when that fails.
        // secure_delete: the sealed plan of an approval that has ended is overwritten, not only forgotten. What a call deletes lies in
        // pages that it writes anyway.
        database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON");
        using (var mode = database.PrepareOnce("PRAGMA journal_mode"))
        {
            if (!mode.Step() || mode.String(0) != "wal")
            {
                throw Refused($"The ledger {path} cannot use a write-ahead log on this file system.", "Put it on a local disk.");
            }
        }

        // Before the first checkpoint of the log, the file's own length says nothing.
        if (new FileInfo(WriteAheadLog.PathOf(path)) is not { Exists: true, Length: > 0 }
            && database.Scalar("PRAGMA page_count") * database.Scalar("PRAGMA page_size") > new FileInfo(path).Length)
        {
            throw Damaged(path, "The file is shorter than it says.");
        }

        if (!LedgerSchema.TryMigrate(database, out var refusal))
        {
            throw Refused($"{path} is not a ledger of this build. {refusal}", "Check the path, or run the build that wrote it.");
        }

        LedgerHeadCheck.Run(path, database, signer, options.EarlierKeys);
        var tables = new LedgerTables(database, signer, time, options.Webhooks) { DevMode = options.DevMode };
        SignHead(database, tables);
        return tables;
    }

    private static void SignHead(Database database, LedgerTables tables)
    {
        database.Execute("BEGIN IMMEDIATE");
        tables.Mark();
        tables.WriteCheckpoint();
        database.Execute("COMMIT");
    }

    internal static StartupException Damaged(string path, string reason, Exception? inner = null) => Refused(
        $"The ledger {path} is damaged or was changed: {reason}",
        $"Run 'latchgate verify --ledger {path}' to see the first wrong event, keep the file as evidence, and start with a new path or a backup.",
        inner);

    private static StartupException Refused(string detail, string remedy, Exception? inner = null) =>
        new(StartupError.LedgerOpenFailed, detail, remedy, inner);
}
