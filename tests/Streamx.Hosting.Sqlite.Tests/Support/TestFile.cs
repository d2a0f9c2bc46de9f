using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Tests.Support;

/// <summary>A file of one test's own, in a folder of its own that goes with it.</summary>
internal sealed class TestFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamx-sqlite-").FullName;

    public string Path => System.IO.Path.Combine(_folder, "test.db");

    public string Folder => _folder;

    /// <summary>How the file is used. Not flushed: nothing cuts the power in a test.</summary>
    public SqliteStreamOptions Options { get; } = new() { Synchronous = SqliteSynchronous.Normal };

    /// <summary>A process of a stream in the file: one that shares nothing with another but the file.</summary>
    public SqlTransport CreateProcess(string? instance = null, TimeProvider? clock = null, string stream = "numbers", SqlStores? files = null, SqlMetrics? metrics = null)
    {
        SqliteStreamOptions options = new() { Path = Path, InstanceId = instance, Synchronous = Options.Synchronous, Lease = Options.Lease, Timeout = Options.Timeout, CreateSchema = Options.CreateSchema };
        var time = clock ?? TimeProvider.System;
        return new SqlTransport(stream, files ?? new SqlStores(time), StoreSettings.Of(options, _folder), options, time, metrics);
    }

    /// <summary>A connection to the file, as another program has one.</summary>
    /// <param name="path">Another file in the folder; null for the test's own.</param>
    public SqliteConnection Connect(string? path = null)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path ?? Path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Runs statements, as another program does.</summary>
    public void Execute(string sql, string? path = null)
    {
        using var connection = Connect(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The number that a query finds.</summary>
    public long Number(string sql, string? path = null)
    {
        using var connection = Connect(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A process of the test that nothing waits for is just closing the file.
        }
    }
}
