using System.Collections.Concurrent;
using System.Diagnostics;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>What is current while a value is handed to what carries its stream between processes.</summary>
[Collection(nameof(TracingCollection))]
public sealed class RemoteTracingTests
{
    [Fact]
    public async Task Append_PutsOfDifferentTraces_RunsUnderItsOwnPut()
    {
        using var recorder = new TraceRecorder(stream => stream == "numbers");
        using var callers = new ActivitySource("callers");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source == callers,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var appends = new Appends();
        var store = new InMemoryStore(TimeProvider.System) { Faults = appends };
        var builder = TestHost.CreateBuilder();
        builder.Services.AddStreamx<int>("numbers", o => o.Window = 8).UseInMemory(store.CreateProcess("one")).AddConsumer("a", (_, _) => default);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        List<ActivityTraceId> traces = [];

        for (var value = 1; value <= 3; value++)
        {
            using var caller = callers.StartActivity($"caller {value}")!;
            traces.Add(caller.TraceId);
            await writer.PutAsync(value).AsTask().WithinAsync();
        }

        await host.StopAsync().WithinAsync();
        var puts = recorder.Ended.Where(activity => activity.Kind == ActivityKind.Producer).ToDictionary(put => put.TraceId, put => put.SpanId);
        Assert.Equal(traces.Select(trace => (trace, puts[trace])), appends.Current.Select(current => (current!.TraceId, current.SpanId)));
        Assert.All(appends.Others, Assert.Null);
    }

    /// <summary>Notes what is current at each step of a process.</summary>
    private sealed class Appends : IFaults
    {
        /// <summary>At each append, in order.</summary>
        public ConcurrentQueue<Activity?> Current { get; } = [];

        /// <summary>At the steps of the loop that leads.</summary>
        public ConcurrentQueue<Activity?> Others { get; } = [];

        public Fault At(FaultPoint point, InMemoryTransport process)
        {
            if (point == FaultPoint.Append) Current.Enqueue(Activity.Current);
            else if (point is FaultPoint.Lead or FaultPoint.Begin or FaultPoint.Release) Others.Enqueue(Activity.Current);
            return default;
        }
    }
}
