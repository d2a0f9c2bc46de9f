using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Streamx.Hosting;
using Streamx.Hosting.Testing;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the testing package's README.</summary>
internal static class TestingUse
{
    public static async Task RunAsync()
    {
        #region quick start
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<Order>()
            .AddConsumer<Ledger>(consumer => consumer.Retry.MaxAttempts = 3)
            .AddConsumer("Printer", (order, abortToken) => ValueTask.CompletedTask));
        var orders = harness.Stream<Order>();
        var ledger = orders.Consumer<Ledger>();
        await harness.StartAsync();

        await orders.StepAsync(new Order(1));                   // put, and finished by everyone

        ledger.FailNext(new TimeoutException("The database is away."));
        await orders.PutAsync(new Order(2));                    // accepted: returns at hand-off
        var wait = await ledger.WaitForBackoffAsync();          // how long it waits before it tries again, jitter included
        harness.Time.Advance(wait);
        await orders.FlushAsync();

        var report = await harness.StopAsync();                 // as SIGTERM does it
        #endregion

        #region asserts
        Assert.Equal([1, 2], ledger.Finished.Select(order => order.Number));
        Assert.IsType<TimeoutException>(Assert.Single(ledger.Failures));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
        #endregion
    }

    public static async Task HoldAsync()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<Order>()
            .AddProducer<OrderFeed>()
            .AddConsumer("Ledger", (_, _) => default)
            .AddConsumer("Printer", (_, _) => default));
        #region hold
        var orders = harness.Stream<Order>();
        orders.Consumer("Printer").Hold();                      // before the start, so that it gets no further than its first value
        await harness.StartAsync();

        await orders.WaitForWaitingPutAsync("Printer");         // the feed wants to put its second, and everyone else is ready
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        await orders.Consumer("Printer").StepAsync();           // one value, and it is held again
        await orders.Producer<OrderFeed>().WaitForPutsAsync(2);

        Assert.Equal(TimeSpan.FromSeconds(5), orders.TimeWaitedFor("Printer"));
        #endregion
    }

    internal sealed record Order(int Number);

    internal sealed class OrderFeed : IProducer<Order>
    {
        public async Task ProduceAsync(IStreamWriter<Order> stream, CancellationToken stoppingToken)
        {
            for (var number = 1; number <= 3; number++) await stream.PutAsync(new Order(number), stoppingToken);
        }
    }

    internal sealed class Ledger(ILogger<Ledger> logger) : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken)
        {
            logger.LogInformation("Booked {Number}", value.Number);
            return default;
        }
    }
}
