namespace Streamx.Hosting.Testing.Tests;

public class ProducerTests
{
    private static readonly FormatException s_error = new("no paper");

    [Fact]
    public async Task Step_Held_PutsOneValueAtATime()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<Feed>();
        feed.Hold();
        await harness.StartAsync();
        List<int> counts = [];

        for (var step = 0; step < 3; step++)
        {
            await feed.StepAsync();
            counts.Add(feed.Put.Count);
        }

        Assert.Equal([1, 2, 3], counts);
        Assert.Equal([1, 2, 3], feed.Put);
        Assert.Equal(StreamxProducerState.Running, feed.Status.State);
    }

    [Fact]
    public async Task Step_PutsManyAtOnce_LetsTheWholeCallThrough()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<ManyFeed>().AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<ManyFeed>();
        feed.Hold();
        await harness.StartAsync();

        await feed.StepAsync();
        var first = feed.Put;
        await feed.StepAsync();

        Assert.Equal([1, 2, 3], first);
        Assert.Equal([1, 2, 3, 4, 5], feed.Put);
    }

    [Fact]
    public async Task PutMany_StreamFaultsPartOfTheWay_NotesWhatWasAccepted()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>(stream => stream.Window = 2).AddProducer<ManyFeed>().AddConsumer<Handler>());
        harness.Stream<int>().Consumer<Handler>().FailNext(s_error);

        await harness.StartAsync();
        await harness.WaitForEndAsync();

        Assert.Equal([1, 2], harness.Stream<int>().Producer<ManyFeed>().Put);
    }

    [Fact]
    public async Task Step_NotHeld_IsRefused()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());

        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Stream<int>().Producer<Feed>().StepAsync());
    }

    [Fact]
    public async Task Step_AfterItsEnd_Returns()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<Feed>();
        await harness.StartAsync();
        await feed.WaitForPutsAsync(4);

        feed.Hold();
        await feed.StepAsync();

        Assert.Equal(StreamxProducerState.Ended, feed.Status.State);
    }

    [Fact]
    public async Task Held_TryPut_IsRefused()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>(stream => stream.StopHostWhenCompleted = true)
            .AddProducer<TryingFeed>().AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<TryingFeed>();
        feed.Hold();
        await harness.StartAsync();

        var report = await harness.WaitForEndAsync();

        Assert.Empty(feed.Put);
        Assert.Equal(0, Assert.Single(report.Streams).ValuesAccepted);
    }

    [Fact]
    public async Task Failing_Restart_IsWaitedForOnTheHarnessClock()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>(stream => stream.StopHostWhenCompleted = true)
            .AddProducer<Feed>(o => o.OnFailure = ProducerFailure.Restart).AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<Feed>();
        feed.FailNext(s_error);
        await harness.StartAsync();

        var wait = await feed.WaitForBackoffAsync();
        var during = (feed.Status.State, feed.Put.Count);
        harness.Time.Advance(wait);
        var report = await harness.WaitForEndAsync();

        Assert.Equal((StreamxProducerState.RestartWait, 0), during);
        Assert.Equal([1, 2, 3, 4], feed.Put);
        Assert.Equal((1L, 1L), (feed.Status.Faults, feed.Status.Restarts));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task Failing_FaultStream_EndsTheHost()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());
        var feed = harness.Stream<int>().Producer<Feed>();
        feed.FailNext(s_error);
        await harness.StartAsync();

        var report = await harness.WaitForEndAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(StreamxProducerState.Failed, feed.Status.State);
    }
}
