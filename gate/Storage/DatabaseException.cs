namespace LatchGate.Storage;

/// <summary>SQLite refused an operation. The message names the statement's purpose and SQLite's reason, never a value.</summary>
/// <param name="code">SQLite's result code, such as 13 for a full disk; extended where it is known.</param>
/// <param name="message">SQLite's own words.</param>
public sealed class DatabaseException(int code, string message) : Exception(message)
{
    /// <summary>The disk did not confirm the write-ahead log.</summary>
    /// <param name="reason">The kernel's words.</param>
    internal static DatabaseException Unconfirmed(string? reason) =>
        new(SQLitePCL.raw.SQLITE_IOERR_FSYNC, $"the disk did not confirm the write-ahead log: {reason}");

    /// <summary>SQLite's primary result code (sqlite.org/rescode.html).</summary>
    public int Code { get; } = code & 0xFF;

    /// <summary>
    /// True when the disk did not confirm a sync of the file or of its folder. What was written since the last one may be lost although
    /// it can be read, and a later sync that succeeds says nothing about it: the kernel reports such a failure once.
    /// </summary>
    public bool IsSync { get; } = code is SQLitePCL.raw.SQLITE_IOERR_FSYNC or SQLitePCL.raw.SQLITE_IOERR_DIR_FSYNC;

    /// <summary>
    /// True when the file could not be read at all, which says nothing about what it holds: no permission, in use, out of memory,
    /// a failing disk.
    /// </summary>
    public bool IsAccess => Code is SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED
        or SQLitePCL.raw.SQLITE_NOMEM or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CANTOPEN;

    /// <summary>True when the disk has no room, or the user's share of it is used up.</summary>
    public bool IsFull => Code == SQLitePCL.raw.SQLITE_FULL;

    /// <summary>True when a unique or primary key already holds the value.</summary>
    public bool IsConstraint => Code == SQLitePCL.raw.SQLITE_CONSTRAINT;
}
