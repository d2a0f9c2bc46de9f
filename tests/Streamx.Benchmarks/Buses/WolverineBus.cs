using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Broker;
using Wolverine;
using Wolverine.RabbitMQ;

namespace Streamx.Benchmarks.Buses;

/// <summary>Wolverine with a sequential queue for each consumer: a local one, or a quorum queue, handled inline.</summary>
internal static class WolverineBus
{
    public static async Task<BusResult> RunAsync(Uri? broker, int window, bool oneAtATime)
    {
        using var values = new BusWindow(WolverineConsumers.All.Count, window);
        var exchange = $"wolverine-{Guid.NewGuid():N}";
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(values);
        builder.UseWolverine(options =>
        {
            options.ApplicationAssembly = typeof(WolverineBus).Assembly;
            options.UseRuntimeCompilation();
            options.Discovery.DisableConventionalDiscovery();
            foreach (var handler in WolverineConsumers.All) options.Discovery.IncludeType(handler);
            options.MultipleHandlerBehavior = MultipleHandlerBehavior.Separated;
            if (broker is null) UseLocalQueues(options);
            else UseRabbitMq(options, broker, exchange, window);
        });
        using var host = builder.Build();
        await host.StartAsync();
        var bus = host.Services.GetRequiredService<IMessageBus>();
        try
        {
            return await BusRun.MeasureAsync(values, value => bus.PublishAsync(value).AsTask(), oneAtATime);
        }
        finally
        {
            await host.StopAsync(BusRun.StopLimit);
            if (broker is not null)
                await Leftovers.DeleteAsync(broker, WolverineConsumers.All.Select(handler => $"{exchange}-{handler.Name}"), [exchange]);
        }
    }

    private static void UseLocalQueues(WolverineOptions options)
    {
        foreach (var handler in WolverineConsumers.All)
        {
            var queue = options.LocalQueue(handler.Name);
            queue.Sequential();
            queue.AddStickyHandler(handler);
        }
    }

    private static void UseRabbitMq(WolverineOptions options, Uri broker, string exchange, int window)
    {
        options.UseRabbitMq(broker).AutoProvision().UseQuorumQueues().ConfigureChannelCreation(channel =>
        {
            channel.PublisherConfirmationsEnabled = true;
            channel.PublisherConfirmationTrackingEnabled = true;
        });
        foreach (var handler in WolverineConsumers.All)
        {
            options.ListenToRabbitQueue($"{exchange}-{handler.Name}").PreFetchCount((ushort)window).Sequential().ProcessInline()
                .AddStickyHandler(handler);
        }

        options.PublishMessage<BusValue>().ToRabbitExchange(
            exchange,
            to =>
            {
                foreach (var handler in WolverineConsumers.All) to.BindQueue($"{exchange}-{handler.Name}");
            }).SendInline();
    }
}
