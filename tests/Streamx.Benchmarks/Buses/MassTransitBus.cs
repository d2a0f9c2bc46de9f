using MassTransit;
using Streamx.Benchmarks.Broker;

namespace Streamx.Benchmarks.Buses;

/// <summary>MassTransit with an endpoint for each consumer, which handles one message at a time, so in order.</summary>
/// <remarks>
/// Each run has an exchange of its own: by default all messages of a type go through one, to the queues of earlier runs as well.
/// </remarks>
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
                configure.Host(broker, host => host.PublisherConfirmation = true);
                configure.Message<BusValue>(message => message.SetEntityName(run));
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
            await bus.StopAsync(BusRun.StopLimit);
            if (broker is not null)
            {
                string[] queues = [.. Enumerable.Range(0, BusesCommand.Consumers).Select(i => $"{run}-{i}")];
                await Leftovers.DeleteAsync(broker, queues, [.. queues, run]);
            }
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
