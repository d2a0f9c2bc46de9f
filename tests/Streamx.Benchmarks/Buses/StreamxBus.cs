using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Broker;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;

namespace Streamx.Benchmarks.Buses;

/// <summary>The stream, in one process: all consumers and the producer, in memory or over the broker.</summary>
internal static class StreamxBus
{
    public static async Task<BusResult> RunAsync(Uri? broker, int window)
    {
        using var values = new BusWindow(BusesCommand.Consumers, window);
        var name = $"bus-{Guid.NewGuid():N}";
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var stream = builder.Services.AddStreamx<BusValue>(name, options => options.Window = window);
        if (broker is not null)
        {
            stream.UseRabbitMq(options =>
            {
                options.Uri = broker;
                for (var i = 0; i < BusesCommand.Consumers; i++) options.Consumers.Add($"consumer-{i}");
            });
        }

        for (var i = 0; i < BusesCommand.Consumers; i++)
        {
            var consumer = i;
            stream.AddConsumer($"consumer-{i}", (value, _) =>
            {
                values.Finish(consumer, value.Number);
                return ValueTask.CompletedTask;
            });
        }

        using var host = builder.Build();
        await host.StartAsync();
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<BusValue>>(name);
        try
        {
            return await BusRun.MeasureAsync(values, value => writer.PutAsync(value).AsTask());
        }
        finally
        {
            await host.StopAsync(BusRun.StopLimit);
            if (broker is not null)
                await Leftovers.DeleteStreamAsync(broker, $"streamx.{name}", Enumerable.Range(0, BusesCommand.Consumers).Select(i => $"consumer-{i}"));
        }
    }
}
