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
}
