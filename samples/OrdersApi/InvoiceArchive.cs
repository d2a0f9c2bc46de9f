using Microsoft.Data.Sqlite;
using Streamx;
using Streamx.Hosting;

namespace OrdersApi;

/// <summary>Writes invoices into SQLite, one transaction for each batch.</summary>
internal sealed class InvoiceArchive : IBatchConsumer<Invoice>
{
    private readonly string _connectionString;

    /// <summary>Creates the table, unless it is there.</summary>
    public InvoiceArchive(IConfiguration configuration)
    {
        var database = configuration["Orders:Database"] ?? "orders.db";
        _connectionString = new SqliteConnectionStringBuilder { DataSource = database }.ConnectionString;
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var create = connection.CreateCommand();
        // "order" is the key, so a batch that is tried again, or an order that is posted twice, changes nothing.
        create.CommandText = """
            CREATE TABLE IF NOT EXISTS invoices ("order" INTEGER PRIMARY KEY, customer TEXT NOT NULL, total TEXT NOT NULL)
            """;
        create.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public async ValueTask ConsumeAsync(StreamBatch<Invoice> batch, CancellationToken abortToken)
    {
        await using var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(abortToken);
        await using var transaction = await connection.BeginTransactionAsync(abortToken);
        await using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO invoices VALUES ($order, $customer, $total) ON CONFLICT DO NOTHING";
        var order = insert.Parameters.Add("$order", SqliteType.Integer);
        var customer = insert.Parameters.Add("$customer", SqliteType.Text);
        var total = insert.Parameters.Add("$total", SqliteType.Text);
        foreach (var invoice in batch)
        {
            (order.Value, customer.Value, total.Value) = (invoice.Order, invoice.Customer, invoice.Total);
            await insert.ExecuteNonQueryAsync(abortToken);
        }

        await transaction.CommitAsync(abortToken);
    }
}
