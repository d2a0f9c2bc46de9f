using System.Globalization;
using Microsoft.Data.Sqlite;

namespace WorkerDemo;

/// <summary>The journal's SQLite file, with the one connection that is open for the whole run.</summary>
/// <remarks>
/// Rows are only ever appended, also to the file of an earlier run: <c>id</c> is the order over all runs, <c>sequence</c> begins
/// with 1 in each. Write-ahead logging lets others read while this writes; a commit outlives the process, though not necessarily a
/// loss of power within the next moments (<c>synchronous = NORMAL</c>).
/// </remarks>
internal sealed class JournalDatabase : IDisposable
{
    /// <summary>Creates what is not there.</summary>
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        CREATE TABLE IF NOT EXISTS events (
          id       INTEGER PRIMARY KEY,  -- order of arrival, over all runs
          sequence INTEGER NOT NULL,     -- the event's number in its run, from 1
          time     TEXT    NOT NULL,     -- UTC, ISO 8601
          kind     TEXT    NOT NULL,     -- Seen, Started, Exited, CpuChanged, MemoryChanged or Line
          source   TEXT    NOT NULL,     -- name of the process, or the input
          message  TEXT    NOT NULL,     -- what happened, or the line
          pid      INTEGER,              -- the process's id
          cpu      REAL,                 -- percent of one core
          memory   INTEGER               -- working set in bytes
        );
        """;

    /// <summary>Adds a row.</summary>
    private const string Insert = """
        INSERT INTO events (sequence, time, kind, source, message, pid, cpu, memory)
        VALUES ($sequence, $time, $kind, $source, $message, $pid, $cpu, $memory)
        """;

    /// <summary>The connection.</summary>
    private readonly SqliteConnection _connection;

    /// <summary>The insertion, compiled once.</summary>
    private readonly SqliteCommand _insert;

    private JournalDatabase(SqliteConnection connection)
    {
        _connection = connection;
        _insert = connection.CreateCommand();
        _insert.CommandText = Insert;
        foreach (var name in (string[])["$sequence", "$time", "$kind", "$source", "$message", "$pid", "$cpu", "$memory"])
            _insert.Parameters.Add(new SqliteParameter { ParameterName = name });
    }

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="SettingException">It cannot be written, or is no journal.</exception>
    internal static JournalDatabase Open(string path)
    {
        // Without pooling, closing closes the file.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using (var create = connection.CreateCommand())
            {
                create.CommandText = Schema;
                create.ExecuteNonQuery();
            }

            var database = new JournalDatabase(connection);
            database._insert.Prepare();
            return database;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw new SettingException($"--database '{path}' cannot be used as a journal: {error.Message}", error);
        }
    }

    /// <summary>Appends events, all of them or none.</summary>
    internal void Append(ReadOnlySpan<HostEvent> events)
    {
        using var transaction = _connection.BeginTransaction();
        _insert.Transaction = transaction;
        foreach (var item in events)
        {
            Set(0, item.Sequence);
            Set(1, item.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            Set(2, item.Kind.ToString());
            Set(3, item.Source);
            Set(4, item.Message);
            Set(5, item.Pid);
            Set(6, item.Cpu);
            Set(7, item.Memory);
            _insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Set(int parameter, object? value) => _insert.Parameters[parameter].Value = value ?? DBNull.Value;
}
