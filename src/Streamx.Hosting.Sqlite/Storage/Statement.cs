using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>A prepared statement, and its rows while it is read. Disposing ends the reading; the statement can be used again.</summary>
/// <param name="database">The connection.</param>
/// <param name="statement">The statement.</param>
internal sealed class Statement(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    /// <summary>Sets the parameters.</summary>
    internal void Bind(ReadOnlySpan<SqlValue> values)
    {
        for (var i = 0; i < values.Length; i++) Check(values[i].Bind(statement, i + 1));
    }

    /// <summary>Goes on to the next row, or runs a statement that has none.</summary>
    /// <returns>Whether there is a row.</returns>
    /// <exception cref="SqliteException">The statement failed.</exception>
    internal bool Read()
    {
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW) return true;
        if (result != raw.SQLITE_DONE) Check(result);
        return false;
    }

    /// <summary>Runs a statement without rows.</summary>
    /// <returns>Whether it ran; if not, the file is locked.</returns>
    internal bool TryRun([NotNullWhen(false)] out SqliteException? locked)
    {
        var result = raw.sqlite3_step(statement);
        locked = result == raw.SQLITE_DONE ? null : Error(result);
        if (locked is not null && !FileErrors.IsLocked(locked)) throw locked;
        return locked is null;
    }

    /// <summary>Whether a column of the row is null.</summary>
    internal bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    /// <summary>A number of the row.</summary>
    internal long Number(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>A number of the row, or null.</summary>
    internal long? NumberOrNull(int column) => IsNull(column) ? null : Number(column);

    /// <summary>A text of the row, or null.</summary>
    internal string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>A copy of the bytes in the row.</summary>
    internal byte[] Bytes(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        // The result repeats an error that Read has thrown.
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
    }

    /// <summary>Ends it for good.</summary>
    internal void Close() => statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Error(result);
    }

    private SqliteException Error(int result) =>
        new(raw.sqlite3_errmsg(database).utf8_to_string(), result & 0xFF, raw.sqlite3_extended_errcode(database));
}
