using System.Diagnostics;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>A batch comes from several puts: each put's trace leads to the batch, and the batch to each put.</summary>
[Collection(nameof(TracingCollection))]
public class BatchTracingTests
{
    /// <summary>The source is one for the process: by its name a test knows its own activities.</summary>
    private readonly string _stream = $"s{Guid.NewGuid():N}";

    [Fact]
    public async Task Batch_IsARootThatLinksToEveryPut()
    {
        using var traces = new TraceRecorder(name => name == _stream);
        Activity? current = null;
        await using var host = await StartAsync(onValue: () => current = Activity.Current);

        var batch = Assert.Single(traces.Ended, IsBatch);

        Assert.Null(batch.ParentId);
        Assert.Equal(Puts(traces).Select(put => put.Context), batch.Links.Select(link => link.Context));
        Assert.Equal(3, batch.GetTagItem("messaging.batch.message_count"));
        Assert.Equal($"process {_stream}:{Scripted.Name}", batch.DisplayName);
        Assert.Same(batch, current);
        Assert.Empty(traces.Open);
    }

    [Fact]
    public async Task EachPutOfABatch_HasAChildLikeThatOfASingleValue_ThatLinksToTheBatch()
    {
        using var traces = new TraceRecorder(name => name == _stream);
        await using var host = await StartAsync();

        var batch = Assert.Single(traces.Ended, IsBatch);
        var single = traces.Ended.First(activity => activity.GetTagItem(StreamxTags.ConsumerName) is "single");
        Assert.All(Puts(traces), put =>
        {
            var child = Assert.Single(traces.Ended, activity => activity.ParentSpanId == put.SpanId && activity.DisplayName == batch.DisplayName);
            Assert.Equal((put.TraceId, ActivityKind.Consumer), (child.TraceId, child.Kind));
            Assert.Equal([put.Context, batch.Context], child.Links.Select(link => link.Context));
            Assert.Equal((batch.StartTimeUtc, batch.Duration), (child.StartTimeUtc, child.Duration));
            Assert.Equal(single.TagObjects.Select(tag => tag.Key), child.TagObjects.Select(tag => tag.Key));
            Assert.Equal(Scripted.Name, child.GetTagItem("messaging.consumer.group.name"));
        });
    }

    [Fact]
    public async Task BatchFails_EveryChildHasTheError()
    {
        using var traces = new TraceRecorder(name => name == _stream);
        await using var host = await StartAsync(onValue: () => throw new FormatException("bad"));

        var processed = traces.Ended.Where(activity => activity.DisplayName == $"process {_stream}:{Scripted.Name}").ToList();

        Assert.Equal(4, processed.Count);
        Assert.All(processed, process => Assert.Equal(
            (ActivityStatusCode.Error, "bad", "System.FormatException"),
            (process.Status, process.StatusDescription, process.GetTagItem(StreamxTags.ErrorType))));
    }

    [Fact]
    public async Task LinkTracesOnly_BatchLinksToItsPuts_AndAddsNothingToTheirTraces()
    {
        using var traces = new TraceRecorder(name => name == _stream);
        await using var host = await StartAsync(linkTracesOnly: true);

        var batch = Assert.Single(traces.Ended, activity => activity.GetTagItem(StreamxTags.ConsumerName) is Scripted.Name);

        Assert.Equal(3, batch.Links.Count());
        Assert.All(Puts(traces), put => Assert.Single(traces.Ended, activity => activity.TraceId == put.TraceId));
    }

    /// <summary>The batch is the root of a trace, about which a sampler decides by itself.</summary>
    [Fact]
    public async Task BatchSampledOut_ChildrenOfSampledPutsRemain_WithoutALinkToIt()
    {
        using var traces = new TraceRecorder(
            name => name == _stream,
            (ref options) => options.Kind == ActivityKind.Consumer && options.Parent == default ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded);
        await using var host = await StartAsync();

        var children = traces.Ended.Where(activity => activity.GetTagItem(StreamxTags.ConsumerName) is Scripted.Name).ToList();

        Assert.Equal(Puts(traces).Select(put => put.SpanId), children.Select(child => child.ParentSpanId));
        Assert.Equal(Puts(traces).Select(put => put.Context), children.Select(child => Assert.Single(child.Links).Context));
    }

    [Fact]
    public async Task BatchOfOne_IsAChildOfItsPut()
    {
        using var traces = new TraceRecorder(name => name == _stream);
        await using var host = await StartAsync(values: 1);

        var process = Assert.Single(traces.Ended, activity => activity.GetTagItem(StreamxTags.ConsumerName) is Scripted.Name);

        Assert.Equal(Assert.Single(Puts(traces)).SpanId, process.ParentSpanId);
        Assert.Null(process.GetTagItem("messaging.batch.message_count"));
    }

    private static bool IsBatch(Activity activity) => activity.GetTagItem("messaging.batch.message_count") is not null;

    private static IEnumerable<Activity> Puts(TraceRecorder traces) => traces.Ended.Where(activity => activity.Kind == ActivityKind.Producer);

    /// <summary>Runs a stream to its end whose values come in one batch; another consumer gets them one at a time.</summary>
    private async Task<MeasuredHost> StartAsync(Action? onValue = null, bool linkTracesOnly = false, int values = 3)
    {
        var host = await MeasuredHost.StartAsync(services => services
            .AddStreamx<int>(_stream, o => (o.Window, o.LinkTracesOnly) = (values, linkTracesOnly))
            .AddFeed(values)
            .AddConsumer("single", (_, _) => default)
            .AddScripted(
                ConsumerKind.Batch,
                (_, _) =>
                {
                    onValue?.Invoke();
                    return default;
                },
                o =>
                {
                    // Only a full batch, or the end of the stream, ends the wait.
                    var batch = (BatchConsumerOptions)o;
                    (batch.MaxBatchSize, batch.MaxBatchWait, batch.OnFailure) = (values, TimeSpan.FromHours(1), ConsumerFailure.Skip);
                }));
        await host.DrainedAsync();
        return host;
    }
}
