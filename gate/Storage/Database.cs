using SQLitePCL;

namespace LatchGate.Storage;

/// <summary>How a database file is opened.</summary>
public enum DatabaseAccess
{
    /// <summary>Read only; the file must exist.</summary>
    ReadOnly,

    /// <summary>Read only, and nobody writes to it meanwhile: no lock, no log, no file made beside it.</summary>
    Immutable,

    /// <summary>Read and write; the file must exist.</summary>
    ReadWrite,
}

/// <summary>
/// One SQLite connection, used by one thread at a time. Thin over SQLitePCLRaw: prepared statements, no ADO.NET objects.
/// </summary>
public sealed class Database : IDisposable
{
    private const int BusyTimeoutMilliseconds = 5000;

    // sqlite3.h.
    private const int DatabaseStatusCacheWrite = 9;
    private const int ConfigNoCheckpointOnClose = 1006;
    private const int ConfigMemoryStatus = 9;

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    static Database()
    {
        raw.SetProvider(new SQLite3Provider_e_sqlite3());

        // Nobody asks how much memory SQLite uses, and to know it takes a lock around each allocation.
        _ = raw.sqlite3_config(ConfigMemoryStatus, 0);
    }

    private Database(sqlite3 handle, string path) => (_handle, Path) = (handle, path);

    /// <summary>Its file, as it was named when it was opened.</summary>
    internal string Path { get; }

    /// <summary>True outside a transaction.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Rows that all statements changed since this was opened.</summary>
    internal int TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>Pages written since this was opened: in a database with a write-ahead log, to the log.</summary>
    internal int PagesWritten
    {
        get
        {
            Check(raw.sqlite3_db_status(_handle, DatabaseStatusCacheWrite, out var pages, out _, 0));
            return pages;
        }
    }

    /// <summary>Opens <paramref name="path"/>.</summary>
    /// <exception cref="DatabaseException">SQLite cannot open it.</exception>
    public static Database Open(string path, DatabaseAccess access)
    {
        var file = path;
        var flags = raw.SQLITE_OPEN_NOMUTEX | (access == DatabaseAccess.ReadWrite ? raw.SQLITE_OPEN_READWRITE : raw.SQLITE_OPEN_READONLY);
        if (access == DatabaseAccess.Immutable)
        {
            // sqlite.org/uri.html
            path = $"file://{Uri.EscapeDataString(System.IO.Path.GetFullPath(path)).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1";
            flags |= raw.SQLITE_OPEN_URI;
        }

        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errstr(code).utf8_to_string();
            handle?.Dispose();
            throw new DatabaseException(code, message);
        }

        _ = raw.sqlite3_busy_timeout(handle, BusyTimeoutMilliseconds);
        return new Database(handle, file);
    }

    /// <summary>
    /// Opens <paramref name="path"/> to read, also where SQLite may not make the files that it needs beside a write-ahead log: without
    /// a log that holds something the file is complete, and nobody writes to it.
    /// </summary>
    /// <exception cref="DatabaseException">It cannot be read, or is no database.</exception>
    public static Database OpenForReading(string path)
    {
        var database = Open(path, DatabaseAccess.ReadOnly);
        try
        {
            // SQLite opens a file when it first reads from it.
            _ = database.Scalar("PRAGMA user_version");
            return database;
        }
        catch (DatabaseException failure) when (
            failure.Code is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY && new FileInfo(WriteAheadLog.PathOf(path)) is not { Exists: true, Length: > 0 })
        {
            database.Dispose();
            return Open(path, DatabaseAccess.Immutable);
        }
        catch (DatabaseException)
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that return no rows that matter.</summary>
    /// <exception cref="DatabaseException">SQLite refuses.</exception>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Prepares a statement that lives as long as this connection.</summary>
    /// <exception cref="DatabaseException">SQLite refuses it.</exception>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Prepares a statement that the caller disposes.</summary>
    /// <exception cref="DatabaseException">SQLite refuses it.</exception>
    public Statement PrepareOnce(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        return new Statement(this, handle);
    }

    /// <summary>The first column of the first row as an integer.</summary>
    /// <exception cref="DatabaseException">SQLite refuses.</exception>
    public long Scalar(string sql)
    {
        using var statement = PrepareOnce(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>Moves what the write-ahead log holds to the file, as far as nobody reads what it would overwrite, and makes it durable.</summary>
    /// <returns>Whether all of it was moved.</returns>
    /// <exception cref="DatabaseException">The file cannot be written or made durable; the log still holds all of it.</exception>
    internal bool TryCheckpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var pages, out var moved);
        if (code == raw.SQLITE_BUSY)
        {
            return false;
        }

        Check(code);
        return pages == moved;
    }

    /// <summary>Leaves the write-ahead log as it is when this is closed.</summary>
    internal void KeepLog() => Check(raw.sqlite3_db_config(_handle, ConfigNoCheckpointOnClose, 1, out _));

    /// <summary>Copies the whole database over <paramref name="target"/>'s.</summary>
    /// <param name="target">Another connection.</param>
    /// <param name="pages">Pages between two looks at <paramref name="cancellation"/>.</param>
    /// <param name="cancellation">Leaves a copy that is not whole.</param>
    /// <exception cref="DatabaseException">Either cannot be read or written.</exception>
    internal void CopyTo(Database target, int pages, CancellationToken cancellation)
    {
        using var backup = raw.sqlite3_backup_init(target._handle, "main", _handle, "main");
        if (backup is null || backup.IsInvalid)
        {
            throw target.Failure(raw.sqlite3_errcode(target._handle));
        }

        int code;
        while ((code = raw.sqlite3_backup_step(backup, pages)) == raw.SQLITE_OK)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        if (code != raw.SQLITE_DONE)
        {
            throw new DatabaseException(code, raw.sqlite3_errstr(code).utf8_to_string());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _handle.Dispose();
    }

    internal void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(code);
        }
    }

    internal DatabaseException Failure(int code)
    {
        // The statement's own code is the primary one.
        var extended = raw.sqlite3_extended_errcode(_handle);
        return new DatabaseException((extended & 0xFF) == (code & 0xFF) ? extended : code, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }
}
