using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code for those who come from background services and channels.</summary>
internal static class ChannelsUse
{
    public static void Register(IServiceCollection services) =>
        services.AddStreamx<Order>().AddProducer<OrderFeed>().AddConsumer<Ledger>().AddConsumer<Printer>();

    internal sealed record Order(int Number);

    #region before
    public class Feed(ChannelWriter<Order> ledger, ChannelWriter<Order> printer) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var order in Orders.ReadAllAsync(stoppingToken))
            {
                await ledger.WriteAsync(order, stoppingToken);      // cancelled here, Printer never gets the order
                await printer.WriteAsync(order, stoppingToken);
            }

            ledger.Complete();
            printer.Complete();
        }
    }

    public class LedgerService(ChannelReader<Order> orders) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var order in orders.ReadAllAsync(stoppingToken)) await Books.AddAsync(order, stoppingToken);
        }
    }
    #endregion

    #region after
    public class OrderFeed : IProducer<Order>
    {
        public async Task ProduceAsync(IStreamWriter<Order> stream, CancellationToken stoppingToken)
        {
            await foreach (var order in Orders.ReadAllAsync(stoppingToken)) await stream.PutAsync(order, stoppingToken);
        }
    }

    public class Ledger : IConsumer<Order>
    {
        public async ValueTask ConsumeAsync(Order order, CancellationToken abortToken) => await Books.AddAsync(order, abortToken);
    }
    #endregion

    internal sealed class Printer(List<int> printed) : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken)
        {
            printed.Add(value.Number);
            return default;
        }
    }

    /// <summary>Where orders come from.</summary>
    private static class Orders
    {
        public static async IAsyncEnumerable<Order> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var number = 1; number <= 3; number++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return new Order(number);
            }
        }
    }

    /// <summary>Where they go.</summary>
    private static class Books
    {
        public static ValueTask AddAsync(Order order, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(order);
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }
    }
}
