using System.Text;
using LatchGate.Crypto;
using SQLitePCL;

namespace LatchGate.Storage;

/// <summary>
/// A prepared statement. Bind the parameters in order (<see cref="Text(string?)"/>, <see cref="Integer(long)"/>, <see cref="Blob"/>),
/// then <see cref="Run"/> it, or <see cref="Step"/> over its rows and <see cref="Reset"/> it.
/// </summary>
public sealed class Statement : IDisposable
{
    private const int ShortText = 128;

    private readonly Database _database;
    private readonly sqlite3_stmt _handle;
    private int _parameter;

    internal Statement(Database database, sqlite3_stmt handle) => (_database, _handle) = (database, handle);

    /// <summary>Binds text, or NULL.</summary>
    public Statement Text(string? value)
    {
        if (value is { Length: > 0 and <= ShortText })
        {
            // Ids, times and names: no array for each.
            Span<byte> utf8 = stackalloc byte[3 * ShortText];
            return Text(utf8[..Encoding.UTF8.GetBytes(value, utf8)]);
        }

        _database.Check(value is null
            ? raw.sqlite3_bind_null(_handle, ++_parameter)
            : raw.sqlite3_bind_text(_handle, ++_parameter, value));
        return this;
    }

    /// <summary>Binds UTF-8 text.</summary>
    public Statement Text(ReadOnlySpan<byte> utf8)
    {
        _database.Check(raw.sqlite3_bind_text(_handle, ++_parameter, utf8));
        return this;
    }

    /// <summary>Binds an integer.</summary>
    public Statement Integer(long value)
    {
        _database.Check(raw.sqlite3_bind_int64(_handle, ++_parameter, value));
        return this;
    }

    /// <summary>Binds an integer, or NULL.</summary>
    public Statement Integer(long? value)
    {
        if (value is { } present)
        {
            return Integer(present);
        }

        _database.Check(raw.sqlite3_bind_null(_handle, ++_parameter));
        return this;
    }

    /// <summary>Binds bytes.</summary>
    public Statement Blob(ReadOnlySpan<byte> value)
    {
        _database.Check(raw.sqlite3_bind_blob(_handle, ++_parameter, value));
        return this;
    }

    /// <summary>Runs a statement without rows and makes it ready for the next use.</summary>
    /// <returns>Rows changed.</returns>
    /// <exception cref="DatabaseException">SQLite refuses, such as for a repeated key.</exception>
    public int Run()
    {
        try
        {
            Step();
            return _database.Changes;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Moves to the next row; false after the last.</summary>
    /// <exception cref="DatabaseException">SQLite refuses, such as for a damaged file.</exception>
    public bool Step() => raw.sqlite3_step(_handle) switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        var code => throw _database.Failure(code),
    };

    /// <summary>Ends the rows and forgets the parameters.</summary>
    public void Reset()
    {
        // The code repeats the failure of the last step, which has been thrown already.
        _ = raw.sqlite3_reset(_handle);
        _ = raw.sqlite3_clear_bindings(_handle);
        _parameter = 0;
    }

    /// <summary>A column as an integer; NULL is 0.</summary>
    public long Int64(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>Whether a column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    /// <summary>A column's bytes, text as UTF-8; valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_handle, column);

    /// <summary>A column as a string; NULL is empty.</summary>
    public string String(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>A column as a string, or null.</summary>
    public string? StringOrNull(int column) => IsNull(column) ? null : String(column);

    /// <summary>A column that holds 32 bytes of a digest; null when it holds anything else.</summary>
    public Sha256Digest? Digest(int column) =>
        Bytes(column) is { Length: Sha256Digest.Size } bytes ? Sha256Digest.FromBytes(bytes) : null;

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
