using Microsoft.Data.Sqlite;

namespace Streamx.Benchmarks.Durable;

/// <summary>
/// A file whose log has been written through once: while a log grows, each of its flushes takes the file system longer, which would be most of
/// a short run.
/// </summary>
internal sealed class UsedFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamx-durable-").FullName;

    /// <summary>As long as it is open, the log stays.</summary>
    private readonly SqliteConnection _connection;

    public UsedFile()
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        _connection.Open();
        using var command = _connection.CreateCommand();
        command.CommandText = """
            pragma journal_mode = wal;
            pragma synchronous = off;
            create table filler (body blob);
            insert into filler select zeroblob(4000) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select i from n);
            drop table filler;
            pragma synchronous = full;
            pragma wal_checkpoint(restart);
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>The file, on the file system of the temporary folder.</summary>
    public string Path => System.IO.Path.Combine(_folder, "values.db");

    /// <summary>How large it is, with its log.</summary>
    public long Length => Directory.EnumerateFiles(_folder).Sum(file => new FileInfo(file).Length);

    public void Dispose()
    {
        _connection.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
