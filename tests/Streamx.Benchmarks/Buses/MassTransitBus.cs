using MassTransit;

namespace Streamx.Benchmarks.Buses;

/// <summary>MassTransit with an endpoint for each consumer, which handles one message at a time, so in order.</summary>
internal static class MassTransitBus
{
    public static async Task<BusResult> RunAsync(Uri? broker, int window, bool oneAtATime)
    {
        using var values = new BusWindow(BusesCommand.Consumers, window);
        var run = Guid.NewGuid().ToString("N");
        var bus = broker is null
            ? Bus.Factory.CreateUsingInMemory(configure =>
            {
                for (var i = 0; i < BusesCommand.Consumers; i++) configure.ReceiveEndpoint($"{run}-{i}", Endpoint(values, i, window));
            })
            : Bus.Factory.CreateUsingRabbitMq(configure =>
            {
                configure.Host(broker);
                for (var i = 0; i < BusesCommand.Consumers; i++)
                {
                    var consumer = i;
                    configure.ReceiveEndpoint($"{run}-{i}", endpoint =>
                    {
                        endpoint.SetQuorumQueue();
                        Endpoint(values, consumer, window)(endpoint);
                    });
                }
            });
        await bus.StartAsync();
        try
        {
            return await BusRun.MeasureAsync(values, value => bus.Publish(value), oneAtATime);
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    private static Action<IReceiveEndpointConfigurator> Endpoint(BusWindow values, int consumer, int window) => endpoint =>
    {
        endpoint.PrefetchCount = window;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.Handler<BusValue>(context =>
        {
            values.Finish(consumer, context.Message.Number);
            return Task.CompletedTask;
        });
    };
}
