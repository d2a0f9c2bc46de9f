using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Worker;

/// <summary>What consumers do: rows in the file of the stream, each in the transaction that finishes its value.</summary>
/// <param name="path">The file, which has a table <c>effects</c>.</param>
/// <param name="crashAt">The process kills itself right after the commit of a value that is a multiple of this one; zero for never.</param>
internal sealed class Effects(string path, long crashAt)
{
    /// <summary>Adds rows, all of them or none, and finishes what is in hand.</summary>
    internal async ValueTask AddAsync(string consumer, IReadOnlyList<long> values, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path }.ToString());
        await connection.OpenAsync(cancellationToken);
        await using (var wait = connection.CreateCommand())
        {
            // Without it the library looks only every 150 ms whether the file is free.
            wait.CommandText = "pragma busy_timeout = 30000";
            await wait.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(cancellationToken);
        foreach (var value in values)
        {
            await using var insert = connection.CreateCommand();
            (insert.Transaction, insert.CommandText) = (transaction, "insert into effects (consumer, value) values ($consumer, $value)");
            insert.Parameters.AddWithValue("$consumer", consumer);
            insert.Parameters.AddWithValue("$value", value);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        await StreamxDelivery.FinishCurrentInAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        // The mark is committed, and nothing is reported yet.
        if (crashAt > 0 && values.Any(value => value % crashAt == 0)) Process.GetCurrentProcess().Kill();
    }
}
