using System.Collections.Concurrent;
using System.Diagnostics;
using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Telemetry;

/// <summary>A trace goes on in the process that handles the value.</summary>
[Collection(nameof(TracingCollection))]
public sealed class TraceTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Theory]
    [InlineData(1, false)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public async Task Process_InAnotherProcess_GoesOnFromItsOwnPut(int window, bool isClientTraced)
    {
        ConcurrentDictionary<int, Activity> callers = [];
        ConcurrentDictionary<ActivityTraceId, ActivitySpanId> puts = [];
        ConcurrentDictionary<int, Activity> processes = [];
        var taken = new Taken();
        ConcurrentBag<Activity> publishes = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source =>
                source.Name == StreamxSources.ActivitySourceName || (isClientTraced && source.Name.StartsWith("RabbitMQ.Client.", StringComparison.Ordinal)),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity =>
            {
                if (activity.Source.Name == RabbitMQActivitySource.PublisherSourceName) publishes.Add(activity);
                else if (activity.Kind == ActivityKind.Producer) puts[activity.TraceId] = activity.SpanId;
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) =>
        {
            processes[value] = Activity.Current!;
            return taken.Add(value);
        }), o => o.Window = window);
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, _ => { }, o => o.Window = window);
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        using var caller = new ActivitySource($"caller-{_stream.Name}");
        using var callerListener = new ActivityListener
        {
            ShouldListenTo = source => source == caller,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(callerListener);

        for (var value = 1; value <= 20; value++)
        {
            using var own = caller.StartActivity($"value {value}");
            callers[value] = own!;
            await writer.PutAsync(value).AsTask().WithinAsync();
        }

        await taken.UntilAsync(20);
        for (var value = 1; value <= 20; value++)
        {
            Assert.Equal((value, callers[value].TraceId), (value, processes[value].TraceId));
            Assert.Equal((value, puts[callers[value].TraceId]), (value, processes[value].ParentSpanId));
            Assert.Equal(ActivityKind.Consumer, processes[value].Kind);
            Assert.True(processes[value].HasRemoteParent);
            // The client's own span of publishing the value, and no other, is a child of its put.
            if (isClientTraced) Assert.Equal(puts[callers[value].TraceId], Assert.Single(publishes, publish => publish.TraceId == callers[value].TraceId).ParentSpanId);
        }
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
