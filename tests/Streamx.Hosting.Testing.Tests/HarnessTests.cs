using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Streamx.Hosting.Testing.Tests;

public class HarnessTests
{
    [Fact]
    public void New_WithoutAStream_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new StreamxHarness(_ => { }));
    }

    [Fact]
    public async Task Names_ThatDoNotExist_AreRefusedWithThoseThatDo()
    {
        await using var harness = new StreamxHarness(builder =>
        {
            builder.Services.AddStreamx<int>("eu").AddConsumer<Handler>();
            builder.Services.AddStreamx<int>("us").AddProducer<Feed>().AddConsumer<Handler>("mine");
        });

        Assert.Contains("Streams: eu, us.", Assert.Throws<ArgumentException>(() => harness.Stream<int>()).Message, StringComparison.Ordinal);
        Assert.Contains("Streams: eu, us.", Assert.Throws<ArgumentException>(() => harness.Stream<int>("asia")).Message, StringComparison.Ordinal);
        Assert.Contains("It has mine.", Assert.Throws<ArgumentException>(() => harness.Stream<int>("us").Consumer<Handler>()).Message, StringComparison.Ordinal);
        Assert.Contains("It has Feed.", Assert.Throws<ArgumentException>(() => harness.Stream<int>("us").Producer("feeds")).Message, StringComparison.Ordinal);
        Assert.Same(harness.Stream<int>("eu"), harness.Stream<int>("EU"));
    }

    [Fact]
    public async Task Wait_TimesOut_ShowsEveryWorkersState()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());
        var handler = harness.Stream<int>().Consumer<Handler>();
        handler.Hold();
        await harness.StartAsync();
        await harness.Stream<int>().WaitForWaitingPutAsync();
        await handler.WaitForValueAsync();
        harness.WaitLimit = TimeSpan.FromMilliseconds(50);

        var error = await Assert.ThrowsAsync<TimeoutException>(() => handler.WaitForFinishedAsync(1));

        Assert.Equal(
            """
            Waited 0.05 s for 'Handler' to have finished 1 value.
            Stream Int32: Open, 1 put, 1 waiting.
              Producer Feed: Running, 0 faults.
              Consumer Handler: Processing with a value in hand, 0 finished, 0 faults.
            """,
            error.Message,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task Put_ThatIsNotAccepted_FailsAtTheLimit()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());
        harness.Stream<int>().Consumer<Handler>().Hold();
        await harness.StartAsync();
        await harness.Stream<int>().PutAsync(1);
        harness.WaitLimit = TimeSpan.FromMilliseconds(50);

        await Assert.ThrowsAsync<TimeoutException>(() => harness.Stream<int>().PutAsync(2));
        await Assert.ThrowsAsync<TimeoutException>(() => harness.Stream<int>().FlushAsync());
    }

    [Fact]
    public async Task Stop_ConsumerHeld_AbortsWhenTheDrainTimeIsUp()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());
        var handler = harness.Stream<int>().Consumer<Handler>();
        handler.Hold();
        await harness.StartAsync();
        await harness.Stream<int>().PutAsync(1);
        await handler.WaitForValueAsync();

        var stop = harness.StopAsync();
        await harness.Stream<int>().WaitUntilAsync(status => status.Stream.State == StreamState.Closing);
        await harness.ElapseAsync(TimeSpan.FromSeconds(28));
        var report = await stop;

        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(1, Assert.Single(report.Streams[0].Consumers).Aborted);
    }

    [Fact]
    public async Task Stop_WriterInUse_TakesNoTime()
    {
        await using var harness = new StreamxHarness(builder =>
            builder.Services.AddStreamx<int>(o => o.AcceptAfterStop = TimeSpan.FromSeconds(5)).AddConsumer<Handler>());
        await harness.StartAsync();
        await harness.Services.GetRequiredService<IStreamWriter<int>>().PutAsync(1);

        var report = await harness.StopAsync();

        Assert.Equal(TimeSpan.Zero, report.Elapsed);
        Assert.Equal(1, Assert.Single(Assert.Single(report.Streams).Consumers).Finished);
    }

    [Fact]
    public async Task Stop_Twice_GivesTheSameReport_AndStopBeforeStartIsRefused()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());

        await Assert.ThrowsAsync<InvalidOperationException>(harness.StopAsync);
        await Assert.ThrowsAsync<InvalidOperationException>(harness.WaitForEndAsync);
        await harness.StartAsync();

        Assert.Same(await harness.StopAsync(), await harness.StopAsync());
    }

    [Fact]
    public async Task Dispose_WorkersHeld_Returns()
    {
        var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>().AddStreamConsumer<Loop>());
        var stream = harness.Stream<int>();
        foreach (var worker in new HarnessWorker[] { stream.Consumer<Handler>(), stream.Consumer<Loop>(), stream.Producer<Feed>() }) worker.Hold();
        await harness.StartAsync();
        await stream.Producer<Feed>().StepAsync();
        await stream.Consumer<Handler>().WaitForValueAsync();
        await stream.Consumer<Loop>().WaitForValueAsync();

        await harness.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Empty(stream.Consumer<Handler>().Finished);
        Assert.Empty(stream.Consumer<Loop>().Finished);
    }

    [Fact]
    public async Task Clock_RegisteredByTheProgram_IsTheHarnesss()
    {
        await using var harness = new StreamxHarness(builder =>
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddStreamx<int>().AddConsumer<Handler>();
        });

        Assert.Same(harness.Time, harness.Services.GetRequiredService<TimeProvider>());
    }

    [Fact]
    public async Task Elapse_TimerGoneOff_IsNoLongerAwaited()
    {
        var delay = TimeSpan.FromSeconds(7);
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());
        var once = Task.Delay(delay, harness.Time, TestContext.Current.CancellationToken);
        using var cancelled = new CancellationTokenSource(delay * 2, harness.Time);

        await harness.ElapseAsync(delay);
        await once;
        harness.WaitLimit = TimeSpan.FromMilliseconds(50);

        await Assert.ThrowsAsync<TimeoutException>(() => harness.ElapseAsync(delay));
        await harness.ElapseAsync(delay * 2);
        Assert.True(cancelled.IsCancellationRequested);
    }
}
