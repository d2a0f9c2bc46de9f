using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>What docs/slow-consumer.md shows.</summary>
public static class SlowConsumerUse
{
    public static void RegisterBatches(IServiceCollection services)
    {
        #region batches
        services.AddStreamx<Order>("orders", stream => stream.Window = 256)
            .AddBatchConsumer<Archive>(consumer => consumer.MaxBatchSize = 200);
        #endregion
    }

    public static void RegisterConcurrency(IServiceCollection services)
    {
        #region concurrency
        services.AddStreamx<Order>("orders", stream => stream.Window = 16)
            .AddConsumer<Mailer>(consumer => consumer.Concurrency = 8);
        #endregion
    }

    /// <summary>Handles some orders of three customers, and returns them by customer, in the order in which they were handled.</summary>
    public static async Task<IReadOnlyDictionary<string, int[]>> RunByKeyAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<Book>();
        builder.Services.Configure<StreamxOptions>("orders", stream => stream.StopHostWhenCompleted = true);
        var services = builder.Services;
        #region key
        services.AddStreamx<Order>("orders", stream => stream.Window = 64)
            .AddConsumer<Billing>(consumer =>
            {
                consumer.Concurrency = 8;
                consumer.PartitionBy((Order order) => order.Customer);
            })
        #endregion
            .AddProducer("feed", async (stream, stoppingToken) =>
            {
                for (var i = 0; i < 90; i++) await stream.PutAsync(new Order("ABC".Substring(i % 3, 1), i), stoppingToken);
            });
        using var host = builder.Build();
        var book = host.Services.GetRequiredService<Book>();
        await host.RunAsync();
        return book.Handled.ToDictionary(of => of.Key, of => of.Value.ToArray());
    }

    public sealed record Order(string Customer, int Number);

    public sealed class Book
    {
        public ConcurrentDictionary<string, ConcurrentQueue<int>> Handled { get; } = [];
    }

    public sealed class Billing(Book book) : IConsumer<Order>
    {
        public async ValueTask ConsumeAsync(Order value, CancellationToken abortToken)
        {
            await Task.Yield();
            book.Handled.GetOrAdd(value.Customer, _ => []).Enqueue(value.Number);
        }
    }

    public sealed class Mailer : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken) => default;
    }

    public sealed class Archive : IBatchConsumer<Order>
    {
        public ValueTask ConsumeAsync(StreamBatch<Order> batch, CancellationToken abortToken) => default;
    }
}
