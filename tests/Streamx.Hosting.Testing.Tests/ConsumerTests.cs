using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Testing.Tests;

public class ConsumerTests
{
    private static readonly FormatException s_error = new("no ink");

    [Fact]
    public async Task Step_HeldHandler_TakesOneValueAtATime()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddConsumer<Handler>());
        var handler = harness.Stream<int>().Consumer<Handler>();
        handler.Hold();
        await harness.StartAsync();
        List<(int InHand, int Finished)> steps = [];

        for (var step = 0; step < 3; step++)
        {
            steps.Add((await handler.WaitForValueAsync(), handler.Finished.Count));
            await handler.StepAsync();
        }

        Assert.Equal([(1, 0), (2, 1), (3, 2)], steps);
        Assert.Equal([1, 2, 3], handler.Finished);
        Assert.True(handler.IsHeld);
    }

    [Fact]
    public async Task Step_HeldLoop_TakesOneValueAtATime()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddProducer<Feed>().AddStreamConsumer<Loop>());
        var loop = harness.Stream<int>().Consumer<Loop>();
        loop.Hold();
        await harness.StartAsync();

        await loop.StepAsync();
        await loop.StepAsync();

        Assert.Equal([1, 2], loop.Finished);
        Assert.Equal(3, await loop.WaitForValueAsync());
    }

    [Fact]
    public async Task Step_HeldBatches_TakesOneBatchAtATime()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>(stream => stream.Window = 2)
            .AddProducer<Feed>().AddBatchConsumer<Batches>());
        var batches = harness.Stream<int>().Consumer<Batches>();
        batches.Hold();
        await harness.StartAsync();

        await batches.WaitForValueAsync();
        IReadOnlyList<int> inHand = batches.InHand;
        await batches.StepAsync();

        Assert.Equal([1, 2], inHand);
        Assert.Equal([1, 2], batches.Finished);
    }

    [Fact]
    public async Task Step_NotHeld_IsRefused()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());

        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Stream<int>().Consumer<Handler>().StepAsync());
    }

    [Fact]
    public async Task Held_OthersGoOn_AndPutsWaitForIt()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>().AddConsumer("other", (_, _) => default));
        var (stream, handler) = (harness.Stream<int>(), harness.Stream<int>().Consumer<Handler>());
        handler.Hold();
        await harness.StartAsync();

        await stream.PutAsync(1);
        var second = stream.PutAsync(2);
        await stream.WaitForWaitingPutAsync("Handler");
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        handler.Release();
        await second;
        await stream.FlushAsync();

        Assert.Equal([new PutWait("(injected)", TimeSpan.Zero, GatedBy: null), new PutWait("(injected)", TimeSpan.FromSeconds(5), "Handler")], stream.Waits);
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.Zero), (stream.TimeWaitedFor("handler"), stream.TimeWaitedFor("other")));
        Assert.Equal([1, 2], handler.Finished);
    }

    [Fact]
    public async Task Failing_WithRetries_WaitsOnTheHarnessClock_AndFinishes()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>(o => o.Retry.MaxAttempts = 2));
        var (stream, handler) = (harness.Stream<int>(), harness.Stream<int>().Consumer<Handler>());
        handler.FailNext(s_error, times: 2);
        await harness.StartAsync();

        await stream.PutAsync(7);
        var first = await handler.WaitForBackoffAsync();
        var during = (handler.Status.State, handler.InHand.Single(), handler.Finished.Count);
        harness.Time.Advance(first);
        var second = await handler.WaitForBackoffAsync();
        harness.Time.Advance(second);
        await handler.WaitForFinishedAsync(1);

        Assert.Equal((StreamxConsumerState.RetryWait, 7, 0), during);
        Assert.True(first > TimeSpan.Zero && second > TimeSpan.Zero);
        Assert.Equal([s_error, s_error], handler.Failures);
        Assert.Equal((2L, 0L), (handler.Status.Retries, handler.Status.Faults));
        Assert.Equal([7], handler.Finished);
    }

    [Fact]
    public async Task Failing_Held_EachTryIsAStep()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>(o => (o.Retry.MaxAttempts, o.Retry.Delay) = (2, TimeSpan.Zero)));
        var (stream, handler) = (harness.Stream<int>(), harness.Stream<int>().Consumer<Handler>());
        handler.Hold();
        handler.FailNext(s_error, times: 2);
        await harness.StartAsync();
        await stream.PutAsync(7);
        List<(int Failures, int Finished)> steps = [];

        for (var step = 0; step < 3; step++)
        {
            await handler.StepAsync();
            steps.Add((handler.Failures.Count, handler.Finished.Count));
        }

        Assert.Equal([(1, 0), (2, 0), (2, 1)], steps);
    }

    [Fact]
    public async Task Failing_Restart_IsWaitedForAndDeliveredAgain()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>()
            .AddConsumer<Handler>(o => o.OnFailure = ConsumerFailure.Restart)
            .AddStreamConsumer<Loop>(o => o.OnFailure = ConsumerFailure.Restart));
        var stream = harness.Stream<int>();
        HarnessConsumer<int>[] consumers = [stream.Consumer<Handler>(), stream.Consumer<Loop>()];
        foreach (var consumer in consumers) consumer.FailNext(s_error);
        await harness.StartAsync();

        await stream.PutAsync(7);
        TimeSpan[] waits = [await consumers[0].WaitForBackoffAsync(), await consumers[1].WaitForBackoffAsync()];
        harness.Time.Advance(waits.Max());
        await stream.FlushAsync();

        Assert.All(consumers, consumer => Assert.Equal([7], consumer.Finished));
        Assert.All(consumers, consumer => Assert.Equal(1, consumer.Status.Restarts));
        Assert.All(consumers, consumer => Assert.Same(s_error, Assert.Single(consumer.Failures)));
    }

    [Fact]
    public async Task Failing_Skip_IsSkippedOrDeadLettered()
    {
        await using var harness = new StreamxHarness(builder =>
        {
            builder.Services.AddStreamx<int>().AddConsumer<Handler>(o => o.OnFailure = ConsumerFailure.Skip);
            builder.Services.AddStreamx<int>("lettered").AddConsumer<Handler>(o => o.OnFailure = ConsumerFailure.Skip).AddDeadLetterHandler<Letters>();
        });
        HarnessStream<int>[] streams = [harness.Stream<int>("Int32"), harness.Stream<int>("lettered")];
        await harness.StartAsync();

        foreach (var stream in streams)
        {
            await stream.StepAsync(1);
            stream.Consumer<Handler>().FailNext(s_error);
            await stream.StepAsync(2);
            await stream.StepAsync(3);
        }

        var (skipping, lettering) = (streams[0].Consumer<Handler>(), streams[1].Consumer<Handler>());
        Assert.Equal([1, 3], skipping.Finished);
        Assert.Equal([2], skipping.Skipped);
        Assert.Empty(skipping.DeadLettered);
        Assert.Equal([1, 3], lettering.Finished);
        Assert.Equal([2], lettering.DeadLettered);
        Assert.Empty(lettering.Skipped);
    }

    [Fact]
    public async Task Failing_FaultStream_EndsTheHost()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>());
        harness.Stream<int>().Consumer<Handler>().FailNext(s_error);
        await harness.StartAsync();

        await harness.Stream<int>().PutAsync(1);
        var report = await harness.WaitForEndAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(1, Assert.Single(report.Streams[0].Consumers).Aborted);
        Assert.Equal(StreamxConsumerState.Failed, harness.Stream<int>().Consumer<Handler>().Status.State);
        Assert.Empty(harness.Stream<int>().Consumer<Handler>().InHand);
    }

    [Fact]
    public async Task Held_TooLong_Stalls()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>(o => o.StallAfter = TimeSpan.FromMinutes(1)));
        var handler = harness.Stream<int>().Consumer<Handler>();
        handler.Hold();
        await harness.StartAsync();
        await harness.Stream<int>().PutAsync(1);
        await handler.WaitForValueAsync();

        harness.Time.Advance(TimeSpan.FromSeconds(59));
        var before = handler.Status.IsStalled;
        harness.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(before);
        Assert.True(handler.Status.IsStalled);
    }

    [Fact]
    public async Task Batch_NotFull_ComesWhenItsWaitIsUp()
    {
        var wait = TimeSpan.FromMilliseconds(321);
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>(stream => stream.Window = 8)
            .AddBatchConsumer<Batches>(o => (o.MaxBatchSize, o.MaxBatchWait) = (8, wait)));
        var batches = harness.Stream<int>().Consumer<Batches>();
        await harness.StartAsync();

        await harness.Stream<int>().PutAsync(1);
        await harness.ElapseAsync(wait);
        await batches.WaitForFinishedAsync(1);

        Assert.Equal([1], batches.Finished);
    }

    [Fact]
    public async Task Handler_ThatWaitsItself_IsWaitedFor()
    {
        await using var harness = new StreamxHarness(builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddStreamx<int>().AddConsumer<Sleeper>();
        });
        await harness.StartAsync();

        await harness.Stream<int>().PutAsync(1);
        await harness.ElapseAsync(Sleeper.Delay);
        await harness.Stream<int>().FlushAsync();

        Assert.Equal([1], harness.Stream<int>().Consumer<Sleeper>().Finished);
    }

    [Fact]
    public async Task Processor_IsAConsumerHere_AndAProducerThere()
    {
        await using var harness = new StreamxHarness(builder =>
        {
            builder.Services.AddStreamx<int>().AddProcessor<long, Tenfold>();
            builder.Services.AddStreamx<long>().AddConsumer("test", (_, _) => default);
        });
        await harness.StartAsync();

        await harness.Stream<int>().StepAsync(1);
        await harness.Stream<int>().StepAsync(2);
        await harness.Stream<long>().FlushAsync();

        Assert.Equal([1, 2], harness.Stream<int>().Consumer<Tenfold>().Finished);
        Assert.Equal([10L, 20L], harness.Stream<long>().Consumer("test").Finished);
        Assert.Equal(["Tenfold", "Tenfold"], harness.Stream<long>().Waits.Select(wait => wait.Producer));
    }
}
