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
}
