using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using System.Diagnostics.Metrics;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>The broker comes back without a stream that a process still knows: what is put from then on reaches every consumer, and it is said.</summary>
public sealed class ForgottenStreamTests(OneNode broker)
{
    private const int Before = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Queues_AllDeleted_EveryValueWhosePutReturnsAfterwardsIsHandled(int consumers)
    {
        await using var stream = new TestStream(broker.Uri);
        await using var flow = await Flow.StartAsync(stream, consumers);
        await flow.PutAsync(1, Before);
        await using var admin = await stream.AdministerAsync();

        await admin.DeleteQueuesAsync(stream.Topology, flow.Names);

        await flow.PutAsync(Before + 1, Before + 20);
        await flow.AssertEverythingIsHandledAsync(Before + 1, Before + 20);
        await AssertIsSaidAsync(stream, flow);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Queues_AllDeletedWhileValuesFlow_WhatIsPutAfterwardsIsHandledInOrder(int consumers)
    {
        await using var stream = new TestStream(broker.Uri);
        await using var flow = await Flow.StartAsync(stream, consumers, window: 16);
        await flow.PutAsync(1, Before);
        var next = Before;
        using var stop = new CancellationTokenSource();
        var putting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await flow.PutAsync(++next, next);
        });
        await using var admin = await stream.AdministerAsync();

        await admin.DeleteQueuesAsync(stream.Topology, flow.Names);
        // Those under way then may have been confirmed by a queue that was deleted after it.
        await flow.Pod.UntilAsync(remote => remote is { TimesForgotten: > 0, IsLeading: true });
        var after = Volatile.Read(ref next) + 17;
        await flow.Taken[0].UntilAsync(after + 100);
        await stop.CancelAsync();
        await putting.WithinAsync();

        await flow.AssertEverythingIsHandledAsync(after, next);
    }

    [Theory]
    [Trait("Length", "long")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Broker_BackWithANewDisk_EveryValueWhosePutReturnsAfterwardsIsHandled(int consumers)
    {
        await using var cluster = await BrokerCluster.StartAsync(1);
        var node = cluster.Nodes[0];
        var stream = new TestStream(node.Uri);
        await using var flow = await Flow.StartAsync(stream, consumers);
        await flow.PutAsync(1, Before);

        await node.StopAsync();
        node.DeleteData();
        await node.StartAsync();

        await flow.PutAsync(Before + 1, Before + 20);
        await flow.AssertEverythingIsHandledAsync(Before + 1, Before + 20);
        await AssertIsSaidAsync(stream, flow);
    }

    private static async Task AssertIsSaidAsync(TestStream stream, Flow flow)
    {
        await flow.Pod.LoggedAsync("its store has lost it");
        Assert.Contains(flow.Pod.Log(LogLevel.Error), message => message.Contains(stream.Name, StringComparison.Ordinal));
        Assert.True(flow.Pod.Status.Remote is { TimesForgotten: > 0, LastForgottenAt: not null });
        Assert.NotEmpty(flow.Forgotten.GetMeasurementSnapshot());
        var ready = (await flow.Pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Values
            .Single(entry => entry.Description!.Contains("was lost by its store", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Degraded, ready.Status);
    }

    /// <summary>One process that puts values and consumes them.</summary>
    private sealed class Flow(Pod pod, string stream, IReadOnlyList<string> names, IReadOnlyList<Taken> taken) : IAsyncDisposable
    {
        public Pod Pod => pod;

        public IReadOnlyList<string> Names => names;

        public IReadOnlyList<Taken> Taken => taken;

        public MetricCollector<long> Forgotten { get; } = new(
            pod.Services.GetRequiredService<IMeterFactory>(), StreamxRabbitMqTelemetry.MeterName, StreamxRabbitMqTelemetry.Forgotten);

        public static async Task<Flow> StartAsync(TestStream stream, int consumers, int window = 1)
        {
            string[] names = [.. new[] { "a", "b" }.Take(consumers)];
            Taken[] taken = [.. names.Select(_ => new Taken())];
            var pod = await Pod.StartAsync(
                stream,
                builder =>
                {
                    builder.Services.AddHealthChecks().AddStreamx();
                    for (var i = 0; i < consumers; i++)
                    {
                        var mine = taken[i];
                        builder.AddConsumer(names[i], (value, _) => mine.Add(value));
                    }
                },
                o => o.Window = window);
            return new Flow(pod, stream.Name, names, taken);
        }

        public async Task PutAsync(int first, int last)
        {
            var writer = pod.Services.GetRequiredKeyedService<IStreamWriter<int>>(stream);
            for (var value = first; value <= last; value++) await writer.PutAsync(value).AsTask().WithinAsync();
        }

        /// <summary>Every consumer was given all of these, the first time in order.</summary>
        public async Task AssertEverythingIsHandledAsync(int first, int last)
        {
            foreach (var one in taken)
            {
                await one.UntilAsync(last);
                Assert.Equal(Enumerable.Range(first, last - first + 1), one.Values.Where(value => value >= first).Distinct());
            }
        }

        public async ValueTask DisposeAsync()
        {
            Forgotten.Dispose();
            await pod.DisposeAsync();
        }
    }
}
