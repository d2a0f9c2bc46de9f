using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>A connection to a file, for one thread at a time. Its statements are prepared once.</summary>
internal sealed partial class Database : IDisposable
{
    /// <summary>SQLite's file control that says whether the file is another one than at its path by now.</summary>
    private const int HasMovedControl = 20;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    /// <summary>Where the file is, if its path is that of a symbolic link: SQLite keeps the log beside it there.</summary>
    private readonly string _target;

    private (FileIdentity? File, FileIdentity? Log, FileIdentity? Index) _identity;

    private Database(string path, SqliteConnection connection)
    {
        (_path, _connection, _handle) = (path, connection, connection.Handle!);
        _target = raw.sqlite3_db_filename(_handle, "main").utf8_to_string();
    }

    /// <summary>Opens a file; creates it if it may.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it may be created or written.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    internal static Database Open(string path, SqliteOpenMode mode)
    {
        // Without a pool: a file that is closed can be deleted. Without a wait for locks: the caller decides how long it waits.
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 0 }.ToString());
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle!, 0);
            return new Database(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file can only be read.</summary>
    internal bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>Whether a transaction is under way.</summary>
    internal bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Changes with each commit of another connection, and with no other.</summary>
    internal long DataVersion => Number("pragma data_version") ?? 0;

    /// <summary>
    /// Whether the file, its log or the log's index has been deleted or replaced since <see cref="NoteIdentity"/>. What is written then
    /// cannot be found again; and another process has the locks of another index, so that both may write at once.
    /// </summary>
    internal bool HasMoved
    {
        get
        {
            var added = false;
            try
            {
                _handle.DangerousAddRef(ref added);
                _ = FileControl(_handle.DangerousGetHandle(), "main", HasMovedControl, out var hasMoved);
                return hasMoved != 0 || Identity != _identity;
            }
            finally
            {
                if (added) _handle.DangerousRelease();
            }
        }
    }

    /// <summary>The files that belong together, as they are now at their paths.</summary>
    private (FileIdentity? File, FileIdentity? Log, FileIdentity? Index) Identity =>
        (FileIdentity.Of(_path), FileIdentity.Of(_target + "-wal"), FileIdentity.Of(_target + "-shm"));

    /// <summary>
    /// Remembers which files are open. After the first access in a journal mode with a log: no process deletes them from then on.
    /// </summary>
    internal void NoteIdentity() => _identity = Identity;

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    internal int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using var statement = Query(sql, values);
        while (statement.Read())
        {
            // Some pragmas answer with a row.
        }

        return raw.sqlite3_changes(_handle);
    }

    /// <summary>Runs a statement that may find the file locked, which is no exception.</summary>
    /// <returns>Whether it ran; if not, the file is locked.</returns>
    internal bool TryExecute(string sql, [NotNullWhen(false)] out SqliteException? locked)
    {
        using var statement = Query(sql);
        return statement.TryRun(out locked);
    }

    /// <summary>The number in the first column of the first row; null without one.</summary>
    internal long? Number(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using var statement = Query(sql, values);
        return statement.Read() ? statement.NumberOrNull(0) : null;
    }

    /// <summary>Begins a statement. The caller disposes the result when it has read enough.</summary>
    internal Statement Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_handle, sql, out var prepared), _handle);
            _statements[sql] = statement = new Statement(_handle, prepared);
        }

        statement.Bind(values);
        return statement;
    }

    /// <summary>Runs a script of several statements.</summary>
    internal void RunScript(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// Moves what is in the log into the file, and gives the log's room back; does nothing while others read from the log.
    /// </summary>
    internal void TryEmptyLog()
    {
        try
        {
            Execute("pragma wal_checkpoint(truncate)");
        }
        catch (SqliteException)
        {
            // There is no room in the file either, or it is locked. What is in the log stays there.
        }
    }

    /// <summary>Undoes the transaction, if there is one.</summary>
    internal void Rollback()
    {
        // SQLite has ended it already after some errors.
        if (IsInTransaction) Execute("rollback");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Close();
        _connection.Dispose();
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int FileControl(nint database, string name, int operation, out int result);
}
