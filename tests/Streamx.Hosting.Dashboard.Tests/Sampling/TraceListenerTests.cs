using System.Diagnostics;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

/// <summary>The slowest traced values. The source is that of every stream of the process, so the stream's name is the test's own.</summary>
public sealed class TraceListenerTests : IDisposable
{
    private readonly string _stream = $"{Guid.NewGuid():N}";
    private readonly ActivitySource _source = new(StreamxSources.ActivitySourceName);
    private readonly SlowestTrace _slowest = new();
    private readonly TraceListener _traces;

    public TraceListenerTests() => _traces = new TraceListener((stream, _, seconds, traceId) =>
    {
        if (stream == _stream) _slowest.Note(seconds, traceId);
    });

    public void Dispose()
    {
        _traces.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Value_ApplicationTraces_SlowestIsKnownByItsTrace()
    {
        using var application = Trace(ActivitySamplingResult.AllDataAndRecorded);
        _traces.Listen(isShown: true);

        Process(TimeSpan.FromMilliseconds(20));
        var slowest = Process(TimeSpan.FromSeconds(3));
        Process(TimeSpan.FromSeconds(1));

        Assert.Equal(new SlowestDocument(3, slowest!.TraceId.ToHexString()), _slowest.Value);
    }

    [Fact]
    public void Value_SampledOut_IsNotLinked()
    {
        using var application = Trace(ActivitySamplingResult.PropagationData);
        _traces.Listen(isShown: true);

        Assert.NotNull(Process(TimeSpan.FromSeconds(3)));

        Assert.Null(_slowest.Value);
    }

    [Fact]
    public void Value_AfterTheLastPage_DoesNotCount()
    {
        using var application = Trace(ActivitySamplingResult.AllDataAndRecorded);
        _traces.Listen(isShown: true);
        _traces.Listen(isShown: false);

        Process(TimeSpan.FromSeconds(3));

        Assert.Null(_slowest.Value);
    }

    [Fact]
    public void Slowest_OverAMinuteOld_IsForgotten()
    {
        _slowest.Note(3, "old");
        for (var second = 0; second < 30; second++) _slowest.EndSecond();
        _slowest.Note(1, "new");
        Assert.Equal("old", _slowest.Value!.TraceId);
        for (var second = 0; second < 30; second++) _slowest.EndSecond();

        Assert.Equal("new", _slowest.Value!.TraceId);
        for (var second = 0; second < 30; second++) _slowest.EndSecond();
        Assert.Null(_slowest.Value);
    }

    private static ActivityListener Trace(ActivitySamplingResult result)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StreamxSources.ActivitySourceName,
            Sample = (ref _) => result,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private Activity? Process(TimeSpan duration)
    {
        KeyValuePair<string, object?>[] tags = [new(StreamxTags.StreamName, _stream), new(StreamxTags.ConsumerName, "Ledger")];
        var activity = _source.StartActivity("process orders", ActivityKind.Consumer, default(ActivityContext), tags);
        activity?.SetEndTime(activity.StartTimeUtc + duration);
        activity?.Stop();
        return activity;
    }
}
