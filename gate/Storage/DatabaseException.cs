namespace LatchGate.Storage;

/// <summary>SQLite refused an operation. The message names the statement's purpose and SQLite's reason, never a value.</summary>
/// <param name="code">SQLite's primary result code, such as 13 for a full disk.</param>
/// <param name="message">SQLite's own words.</param>
public sealed class DatabaseException(int code, string message) : Exception(message)
{
    /// <summary>SQLite's primary result code (sqlite.org/rescode.html).</summary>
    public int Code { get; } = code & 0xFF;

    /// <summary>
    /// True when the file could not be read at all, which says nothing about what it holds: no permission, in use, out of memory,
    /// a failing disk.
    /// </summary>
    public bool IsAccess => Code is SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED
        or SQLitePCL.raw.SQLITE_NOMEM or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CANTOPEN;

    /// <summary>True when a unique or primary key already holds the value.</summary>
    public bool IsConstraint => Code == SQLitePCL.raw.SQLITE_CONSTRAINT;
}
