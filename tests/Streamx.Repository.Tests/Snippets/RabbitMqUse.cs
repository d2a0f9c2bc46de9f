using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using static Streamx.Repository.Tests.Snippets.HostingUse;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the RabbitMQ package's README.</summary>
internal static class RabbitMqUse
{
    public static void Register(IServiceCollection services, bool isProducer)
    {
        #region rabbitmq
        var orders = services.AddStreamx<Order>("orders", stream => stream.Window = 16)
            .UseRabbitMq(rabbit => rabbit.Uri = new Uri("amqp://broker"));

        if (isProducer) orders.AddProducer<OrderFeed>();
        else orders.AddConsumer<Ledger>();
        #endregion
    }

    public static void Recognise(IStreamxBuilder<Order> stream, IBooks books)
    {
        #region repeats
        stream.AddConsumer("billing", async (order, token) =>
        {
            var delivery = StreamxDelivery.Current!;
            if (delivery.IsRedelivered && delivery.Sequence <= await books.LastNumberAsync(delivery.StreamId, token)) return;
            await books.AddAsync(order, delivery.StreamId, delivery.Sequence, token);
        });
        #endregion
    }

    public static async Task DeclareAsync()
    {
        #region declare
        var options = new RabbitMqOptions
        {
            Uri = new Uri("amqp://broker"),
            UserName = "deployer",
            PasswordFile = "/run/secrets/deployer",
            Consumers = { "ledger", "billing" },
        };
        await StreamxRabbitMqTopology.DeclareAsync("orders", options);
        #endregion
    }

    internal interface IBooks
    {
        Task<long> LastNumberAsync(long stream, CancellationToken cancellationToken);

        Task AddAsync(Order order, long stream, long number, CancellationToken cancellationToken);
    }
}
