using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Benchmarks.Durable;

/// <summary>
/// What SQLite does without a stream: one connection and one thread, which appends as many values as the window allows in one commit, and
/// then stores the position of each consumer in a commit of its own. It reads nothing back, and removes nothing.
/// </summary>
internal static class BareLoop
{
    /// <summary>Runs it.</summary>
    /// <returns>Values a second.</returns>
    public static double Run(Setting setting)
    {
        using var file = new UsedFile();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file.Path, Pooling = false }.ToString());
        connection.Open();
        var handle = connection.Handle!;
        Execute(handle, $"pragma journal_mode = wal; pragma synchronous = {(setting.IsFull ? "full" : "normal")}");
        Execute(handle, "create table numbers (sequence integer primary key, body blob); create table positions (consumer integer primary key, position integer)");
        for (var consumer = 0; consumer < setting.Consumers; consumer++) Execute(handle, $"insert into positions values ({consumer}, 0)");
        using var begin = Prepare(handle, "begin immediate");
        using var commit = Prepare(handle, "commit");
        using var append = Prepare(handle, "insert into numbers values (?, ?)");
        using var store = Prepare(handle, "update positions set position = ? where consumer = ?");

        var (sequence, body) = (0L, new byte[DurableCommand.ValueBytes]);
        RunFor(DurableCommand.WarmUp);
        return RunFor(DurableCommand.RunTime);

        double RunFor(TimeSpan time)
        {
            var (clock, first) = (Stopwatch.StartNew(), sequence);
            while (clock.Elapsed < time) RunOnce();
            return (sequence - first) / clock.Elapsed.TotalSeconds;
        }

        void RunOnce()
        {
            Step(begin);
            for (var i = 0; i < setting.Window; i++)
            {
                _ = raw.sqlite3_bind_int64(append, 1, ++sequence);
                _ = raw.sqlite3_bind_blob(append, 2, body);
                Step(append);
            }

            Step(commit);
            for (var consumer = 0; consumer < setting.Consumers; consumer++)
            {
                Step(begin);
                _ = raw.sqlite3_bind_int64(store, 1, sequence);
                _ = raw.sqlite3_bind_int64(store, 2, consumer);
                Step(store);
                Step(commit);
            }
        }
    }

    private static void Execute(sqlite3 handle, string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(handle, sql), handle);

    private static sqlite3_stmt Prepare(sqlite3 handle, string sql)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(handle, sql, out var statement), handle);
        return statement;
    }

    private static void Step(sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE) throw new InvalidOperationException("SQLite refused a statement.");
        _ = raw.sqlite3_reset(statement);
    }
}
