using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Streamx;
using Streamx.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddStreamx<Order>(stream => stream.StopHostWhenCompleted = true)
    .AddProducer<OrderFeed>()
    .AddConsumer<Ledger>()
    .AddConsumer("Printer", (order, abortToken) =>
    {
        Console.WriteLine(order);
        return ValueTask.CompletedTask;
    });
await builder.Build().RunAsync();

public record Order(int Number, decimal Amount);

public class OrderFeed : IProducer<Order>
{
    public async Task ProduceAsync(IStreamWriter<Order> stream, CancellationToken stoppingToken)
    {
        for (var number = 1; number <= 10; number++)
            await stream.PutAsync(new Order(number, 9.99m * number), stoppingToken); // waits for Ledger and Printer
    }
}

public class Ledger(ILogger<Ledger> logger) : IConsumer<Order>
{
    public async ValueTask ConsumeAsync(Order order, CancellationToken abortToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, abortToken);
        logger.LogInformation("Booked {Amount}", order.Amount);
    }
}
