using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Compare;
using Streamx.Benchmarks.Peers;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Hosted;

/// <summary>The same values through a bare stream and through a host.</summary>
/// <remarks>
/// With metrics means that every instrument the meter <c>Streamx.Hosting</c> has is listened to, whatever there is; of a meter
/// without instruments the figures are those without a listener.
/// </remarks>
internal static class HostedRun
{
    public const string Bare = "bare loop";

    /// <summary>The bare loop first, which the others are compared with.</summary>
    public static IReadOnlyList<Scenario> Scenarios { get; } =
    [
        new(Bare, Bare, BareAsync),
        new("delegate", Bare, (consumers, window, items) => HostAsync(consumers, window, items, AddDelegate)),
        new("class", Bare, (consumers, window, items) => HostAsync(consumers, window, items, AddClass)),
        new("delegate, metrics", Bare, (consumers, window, items) => ListenAsync(consumers, window, items, AddDelegate)),
        new("class, metrics", Bare, (consumers, window, items) => ListenAsync(consumers, window, items, AddClass)),
    ];

    private static async Task<TimeSpan> BareAsync(int consumers, int window, int items)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window });
        var running = new Task[consumers];
        for (var i = 0; i < consumers; i++)
        {
            var subscription = stream.Subscribe();
            running[i] = Task.Run(() => ConsumeAsync(subscription, items));
        }

        var producer = new TimedProducer(items);
        await Task.Run(() => producer.ProduceAsync(stream));
        await stream.CloseAsync();
        await Task.WhenAll(running);
        return producer.Elapsed;
    }

    private static async Task ConsumeAsync(StreamSubscription<long> subscription, int items)
    {
        Sequence sequence = default;
        await foreach (var value in subscription.ConfigureAwait(false)) sequence.See(value);
        sequence.End(items);
    }

    private static async Task<TimeSpan> ListenAsync(int consumers, int window, int items, Action<IStreamxBuilder<long>, string> addConsumer)
    {
        using var listener = new MetricsListener();
        return await HostAsync(consumers, window, items, addConsumer);
    }

    /// <summary>The time from the first put until every consumer has finished the last value.</summary>
    public static async Task<TimeSpan> HostAsync(
        int consumers, int window, int items, Action<IStreamxBuilder<long>, string> addConsumer, bool inline = false)
    {
        var producer = new TimedProducer(items);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddMetrics();
        var stream = builder.Services.AddStreamx<long>(options =>
            (options.Window, options.StopHostWhenCompleted, options.AllowSynchronousContinuations) = (window, true, inline));
        stream.AddProducer("producer", (writer, _) => producer.ProduceAsync(writer));
        for (var i = 0; i < consumers; i++) addConsumer(stream, $"consumer-{i}");

        using var host = builder.Build();
        var shutdown = host.Services.GetRequiredService<IStreamxShutdown>();
        await host.RunAsync();
        Check(await shutdown.Report, consumers, items);
        return producer.Elapsed;
    }

    /// <summary>Adds a consumer that is a delegate.</summary>
    public static void AddDelegate(IStreamxBuilder<long> stream, string name)
    {
        Sequence sequence = default;
        stream.AddConsumer(
            name,
            (value, _) =>
            {
                sequence.See(value);
                return default;
            },
            options => options.ScopePerValue = false);
    }

    private static void AddClass(IStreamxBuilder<long> stream, string name) =>
        stream.AddConsumer<CheckingConsumer>(name, options => options.ScopePerValue = false);

    /// <summary>Adds a consumer of batches of what is there.</summary>
    public static void AddBatches(IStreamxBuilder<long> stream, string name) => stream.AddBatchConsumer<CheckingBatchConsumer>(
        name, options => (options.MaxBatchSize, options.MaxBatchWait, options.ScopePerValue) = (int.MaxValue, TimeSpan.Zero, false));

    private static void Check(ShutdownReport report, int consumers, int items)
    {
        var stream = report.Streams.Single();
        if (stream.Outcome != ShutdownOutcome.Drained || stream.Consumers.Count(consumer => consumer.Finished == items) != consumers)
            throw new InvalidOperationException($"A host did not get every value to every consumer: {stream}.");
    }
}
