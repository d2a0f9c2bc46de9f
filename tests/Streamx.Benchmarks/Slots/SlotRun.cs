using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Hosted;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Slots;

/// <summary>A host with one consumer that has several slots.</summary>
internal static class SlotRun
{
    public static async Task<TimeSpan> TimeAsync(
        int slots, int window, int items, Func<long, ValueTask> handleAsync, Action<ConsumerOptions>? configure = null)
    {
        var producer = new TimedProducer(items);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddStreamx<long>(options => (options.Window, options.StopHostWhenCompleted) = (window, true))
            .AddProducer("producer", (writer, _) => producer.ProduceAsync(writer))
            .AddConsumer("slots", (value, _) => handleAsync(value), options =>
            {
                (options.Concurrency, options.ScopePerValue) = (slots, false);
                configure?.Invoke(options);
            });
        using var host = builder.Build();
        var shutdown = host.Services.GetRequiredService<IStreamxShutdown>();
        await host.RunAsync();
        var stream = (await shutdown.Report).Streams.Single();
        if (stream.Outcome != ShutdownOutcome.Drained || stream.Consumers.Single().Finished != items)
            throw new InvalidOperationException($"The slots did not handle every value: {stream}.");
        return producer.Elapsed;
    }
}
