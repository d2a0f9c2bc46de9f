using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Tests.Support;

/// <summary>Effects of handlers in a table of the stream's own file.</summary>
/// <param name="file">The file.</param>
internal sealed class FileEffects(TestFile file) : IEffects, IDisposable
{
    private readonly ConcurrentBag<SqliteConnection> _connections = [];

    /// <inheritdoc/>
    public int[] Values
    {
        get
        {
            using var command = Connect().CreateCommand();
            command.CommandText = "select value from effects order by id";
            using var rows = command.ExecuteReader();
            List<int> values = [];
            while (rows.Read()) values.Add(rows.GetInt32(0));
            return [.. values];
        }
    }

    /// <inheritdoc/>
    public DbTransaction Begin() => Connect().BeginTransaction();

    /// <inheritdoc/>
    public void Add(DbTransaction transaction, int value)
    {
        using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"insert into effects (value) values ({value})";
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    private SqliteConnection Connect()
    {
        var connection = file.Connect();
        _connections.Add(connection);
        using var command = connection.CreateCommand();
        command.CommandText = "create table if not exists effects (id integer primary key autoincrement, value integer not null)";
        command.ExecuteNonQuery();
        return connection;
    }
}
