using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the hosting package's README.</summary>
internal static class HostingUse
{
    public static void Register(IServiceCollection services)
    {
        #region registration
        services.AddStreamx<Order>("orders", stream => stream.Window = 64)
            .AddProducer<OrderFeed>()
            .AddConsumer<Ledger>(consumer => consumer.ScopePerValue = false)
            .AddConsumer<Ledger>("Audit")                                        // the same class again, under another name
            .AddStreamConsumer<Projection>()
            .AddBatchConsumer<Archive>(consumer => consumer.MaxBatchSize = 500)
            .AddConsumer("Newest", ShowAsync, consumer => consumer.Mode = SubscriptionMode.Latest);
        #endregion
    }

    public static void RegisterConcurrency(IServiceCollection services)
    {
        #region concurrency
        services.AddStreamx<Order>("orders", stream => stream.Window = 64)
            .AddConsumer<Billing>(consumer =>
            {
                consumer.Concurrency = 8;
                consumer.PartitionBy((Order order) => order.CustomerId);
            });
        #endregion
    }

    public static void RegisterHealth(IServiceCollection services)
    {
        #region health
        services.AddHealthChecks().AddStreamx(health => health.MaxItemAge = TimeSpan.FromMinutes(10));
        #endregion
    }

    private static ValueTask ShowAsync(Order order, CancellationToken abortToken) => default;

    internal sealed record Order(int Number, int CustomerId);

    #region injected
    public class OrderEndpoint([FromKeyedServices("orders")] IStreamWriter<Order> orders)
    {
        public async Task PostAsync(Order order, CancellationToken requestAborted) => await orders.PutAsync(order, requestAborted);
    }
    #endregion

    internal sealed class OrderFeed : IProducer<Order>
    {
        public Task ProduceAsync(IStreamWriter<Order> stream, CancellationToken stoppingToken) => Task.CompletedTask;
    }

    internal sealed class Ledger : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken) => default;
    }

    internal sealed class Billing : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken) => default;
    }

    internal sealed class Projection : IStreamConsumer<Order>
    {
        public Task ConsumeAsync(IAsyncEnumerable<Order> stream, CancellationToken abortToken) => Task.CompletedTask;
    }

    internal sealed class Archive : IBatchConsumer<Order>
    {
        public ValueTask ConsumeAsync(StreamBatch<Order> batch, CancellationToken abortToken) => default;
    }
}
