using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code about failures and stages of the hosting package's README.</summary>
internal static class FailureUse
{
    public static void RegisterPolicies(IServiceCollection services)
    {
        #region policies
        services.AddStreamx<Order>("orders")
            .AddProducer<OrderFeed>(producer => producer.OnFailure = ProducerFailure.Restart)
            .AddConsumer<Ledger>(consumer =>
            {
                consumer.Retry.MaxAttempts = 5;
                consumer.OnFailure = ConsumerFailure.Skip;
            })
            .AddStreamConsumer<Projection>(consumer => consumer.OnFailure = ConsumerFailure.Restart)
            .AddDeadLetterHandler<DeadLetterTable>();
        #endregion
    }

    public static void RegisterStages(IServiceCollection services)
    {
        #region stages
        services.AddStreamx<Order>().AddProducer<OrderFeed>().AddProcessor<Invoice, Invoicing>();
        services.AddStreamx<Invoice>(stream => stream.Window = 16).AddBatchConsumer<InvoiceArchive>();
        #endregion
    }

    internal sealed record Order(int Number, decimal Amount);

    internal sealed record Invoice(int Order, decimal Amount);

    #region stages
    public class Invoicing : IProcessor<Order, Invoice>
    {
        public async Task ProcessAsync(Order order, IStreamWriter<Invoice> output, CancellationToken abortToken) =>
            await output.PutAsync(new Invoice(order.Number, order.Amount), abortToken);
    }
    #endregion

    #region control
    public class Operator(IStreamxControl control)
    {
        public async Task UpgradeLedgerAsync(CancellationToken cancellationToken)
        {
            control.PauseProducer("orders", "OrderFeed");
            control.DetachConsumer("orders", "Ledger");
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
            control.AttachConsumer("orders", "Ledger");
            control.ResumeProducer("orders", "OrderFeed");
        }
    }
    #endregion

    internal sealed class OrderFeed : IProducer<Order>
    {
        public async Task ProduceAsync(IStreamWriter<Order> stream, CancellationToken stoppingToken)
        {
            for (var number = 1; number <= 3; number++) await stream.PutAsync(new Order(number, number), stoppingToken);
        }
    }

    internal sealed class Ledger : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken) => throw new FormatException("No such account.");
    }

    internal sealed class Projection : IStreamConsumer<Order>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<Order> stream, CancellationToken abortToken)
        {
            await foreach (var order in stream) _ = order;
        }
    }

    internal sealed class InvoiceArchive(List<Invoice> archived) : IBatchConsumer<Invoice>
    {
        public ValueTask ConsumeAsync(StreamBatch<Invoice> batch, CancellationToken abortToken)
        {
            archived.AddRange(batch.Span);
            return default;
        }
    }

    internal sealed class DeadLetterTable(List<DeadLetter<Order>> letters) : IDeadLetterHandler<Order>
    {
        public ValueTask HandleAsync(DeadLetter<Order> letter, CancellationToken abortToken)
        {
            letters.Add(letter);
            return default;
        }
    }
}
