using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;
using Streamx.Hosting.Sqlite;
using static Streamx.Repository.Tests.Snippets.HostingUse;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the SQLite package's README.</summary>
internal static class SqliteUse
{
    public static void Register(IServiceCollection services)
    {
        #region sqlite
        services.AddStreamx<Order>("orders", stream => stream.Window = 16)
            .UseSqlite("orders.db")
            .AddProducer<OrderFeed>()
            .AddConsumer<Ledger>();
        #endregion
    }

    public static void Resume(IStreamxBuilder<Order> stream)
    {
        #region sqlite-resume
        stream.AddProducer("lines", async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            var done = int.Parse(resumable.Bookmark ?? "0", CultureInfo.InvariantCulture);
            await foreach (var line in File.ReadLinesAsync("orders.txt", token).Skip(done))
                await resumable.PutAsync(Parse(line), $"{++done}", token);
        });
        #endregion
        static Order Parse(string line) => new(int.Parse(line, CultureInfo.InvariantCulture), 1);
    }

    public static void Finish(IStreamxBuilder<Order> stream)
    {
        #region sqlite-once
        stream.AddConsumer("ledger", async (order, token) =>
        {
            await using var connection = new SqliteConnection("Data Source=orders.db");
            await connection.OpenAsync(token);
            await using var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(token);
            await using var insert = connection.CreateCommand();
            (insert.Transaction, insert.CommandText) = (transaction, "insert into ledger (number) values ($number)");
            insert.Parameters.AddWithValue("$number", order.Number);
            await insert.ExecuteNonQueryAsync(token);
            await StreamxDelivery.FinishCurrentInAsync(transaction, token);
            await transaction.CommitAsync(token);
        });
        #endregion
    }
}
