namespace LatchGate.Storage;

/// <summary>SQLite refused an operation. The message names the statement's purpose and SQLite's reason, never a value.</summary>
/// <param name="code">SQLite's primary result code, such as 13 for a full disk.</param>
/// <param name="message">SQLite's own words.</param>
public sealed class DatabaseException(int code, string message) : Exception(message)
{
    /// <summary>SQLite's primary result code (sqlite.org/rescode.html).</summary>
    public int Code { get; } = code & 0xFF;

    /// <summary>True when a unique or primary key already holds the value.</summary>
    public bool IsConstraint => Code == SQLitePCL.raw.SQLITE_CONSTRAINT;
}
