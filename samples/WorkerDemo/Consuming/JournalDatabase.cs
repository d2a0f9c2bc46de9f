using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>The journal's SQLite file, with the one connection that is open for the whole run.</summary>
/// <remarks>
/// Rows are appended, also to the file of an earlier run, and the oldest deleted when there are too many: <c>id</c> is the order over
/// all runs, <c>sequence</c> begins with 1 in each. Write-ahead logging lets others read while this writes; a commit outlives the
/// process, though not necessarily a loss of power within the next moments (<c>synchronous = NORMAL</c>).
/// </remarks>
internal sealed class JournalDatabase : IDisposable
{
    /// <summary>Creates what is not there.</summary>
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA busy_timeout = 30000;     -- looks every few milliseconds whether the file is free
        CREATE TABLE IF NOT EXISTS events (
          id       INTEGER PRIMARY KEY,  -- order of arrival, over all runs
          sequence INTEGER NOT NULL,     -- the event's number in its run, from 1
          time     TEXT    NOT NULL,     -- UTC, ISO 8601
          kind     TEXT    NOT NULL,     -- Sampled, Started, Exited or Line
          source   TEXT    NOT NULL,     -- name of the process, or the input
          message  TEXT    NOT NULL,     -- what happened, or the line
          pid      INTEGER,              -- the process's id
          cpu      REAL,                 -- percent of one core
          memory   INTEGER               -- working set in bytes
        );
        """;

    /// <summary>What is set, in order.</summary>
    private static readonly string[] s_columns = ["sequence", "time", "kind", "source", "message", "pid", "cpu", "memory"];

    /// <summary>Disposes the commands as well.</summary>
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _trim;

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="OptionsValidationException">It cannot be written, or is no journal.</exception>
    public JournalDatabase(IOptions<DemoOptions> options)
    {
        var (path, option) = options.Value.Journal;
        // Without pooling, closing closes the file.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            using var create = new SqliteCommand(Schema, _connection);
            create.ExecuteNonQuery();
            var columns = (Names: string.Join(", ", s_columns), Parameters: string.Join(", $", s_columns));
            _insert = new SqliteCommand($"INSERT INTO events ({columns.Names}) VALUES (${columns.Parameters})", _connection);
            foreach (var column in s_columns) _insert.Parameters.Add(new SqliteParameter { ParameterName = $"${column}" });
            _insert.Prepare();
            _trim = new SqliteCommand($"DELETE FROM events WHERE id <= last_insert_rowid() - {options.Value.JournalRows}", _connection);
        }
        catch (SqliteException error)
        {
            _connection.Dispose();
            throw SettingsSetup.Wrong($"{option} '{path}' cannot be used as a journal: {error.Message}");
        }
    }

    /// <summary>Appends events, all of them or none.</summary>
    /// <param name="events">The events.</param>
    /// <param name="finish">Called with the transaction just before it commits; null for nothing.</param>
    internal async Task AppendAsync(ReadOnlyMemory<HostEvent> events, Func<SqliteTransaction, Task>? finish = null)
    {
        // SQLite is a library, not a server: its calls take their time on this thread, whatever they are called.
        await using var transaction = (SqliteTransaction)await _connection.BeginTransactionAsync();
        Write(transaction, events.Span);
        if (finish is not null) await finish(transaction);
        await transaction.CommitAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void Write(SqliteTransaction transaction, ReadOnlySpan<HostEvent> events)
    {
        (_insert.Transaction, _trim.Transaction) = (transaction, transaction);
        foreach (var item in events)
        {
            var time = item.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            object?[] values = [item.Sequence, time, $"{item.Kind}", item.Source, item.Message, item.Pid, item.Cpu, item.Memory];
            for (var column = 0; column < values.Length; column++) _insert.Parameters[column].Value = values[column] ?? DBNull.Value;
            _insert.ExecuteNonQuery();
        }

        _trim.ExecuteNonQuery();
    }
}
