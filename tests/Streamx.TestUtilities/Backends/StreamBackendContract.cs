using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Streamx.TestUtilities.Backends;

/// <summary>What producers and consumers are promised, whether a stream is in one process or goes between several.</summary>
public abstract partial class StreamBackendContract
{
    /// <summary>Starts a stream. Everybody who consumes is there before anything is put.</summary>
    private protected abstract Task<Stage> StartAsync(Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Producer_Returns_EveryConsumerHasFinishedEverythingInOrder(int window)
    {
        var (a, b) = (new Taken(), new Taken());
        await using var stage = await StartAsync(Ends(window), PutAsync(1, 60), Handler("a", a.Add), Handler("b", b.Add));

        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 60), a.Values);
        Assert.Equal(Enumerable.Range(1, 60), b.Values);
        Assert.All(consumers.Values, consumer => Assert.Equal((60, 0, 0), (consumer.Finished, consumer.Undelivered, consumer.Aborted)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Put_WindowFull_WaitsUntilTheSlowestHasFinishedOne(int window)
    {
        var (slow, quick) = (new Gate(), new Taken());
        await using var stage = await StartAsync(Window(window), null, Handler("slow", slow.HandleAsync), Handler("quick", quick.Add));
        for (var value = 1; value <= window; value++) await stage.Writer.PutAsync(value).AsTask().WithinAsync();

        var next = stage.Writer.PutAsync(window + 1).AsTask();
        await Task.WhenAll(slow.Taken.UntilAsync(1), quick.UntilAsync(window), stage.PutWaitsAsync());
        Assert.False(next.IsCompleted);
        Assert.False(stage.Writer.TryPut(0));
        await slow.ReleaseAsync(1);

        await next.WithinAsync();
        slow.Open();
        await quick.UntilAsync(window + 1);
    }

    [Fact]
    public async Task Flush_ConsumerAtWork_WaitsForIt()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(4), null, Handler("slow", slow.HandleAsync));
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await stage.Writer.PutAsync(2).AsTask().WithinAsync();

        var flush = stage.Writer.FlushAsync().AsTask();
        await slow.ReleaseAsync(1);
        await slow.Taken.UntilAsync(2);
        Assert.False(flush.IsCompleted);
        slow.Open();

        await flush.WithinAsync();
        Assert.Equal(2, stage.Consumer("slow").ValuesFinished);
    }

    [Fact]
    public async Task Concurrency_OldestValueUnfinished_OthersGoOnAndPutsWaitForIt()
    {
        var (held, begun) = (new Signal(), new Taken());
        async ValueTask HandleAsync(int value)
        {
            await begun.Add(value);
            if (value == 1) await held.WaitAsync();
        }

        await using var stage = await StartAsync(Ends(6), PutAsync(1, 40), Slots("slots", HandleAsync, o => o.Concurrency = 3));
        // All six: slots begin their values in any order.
        await begun.UntilAsync(values => values.Count == 6);
        await stage.PutWaitsAsync();
        await Until.TrueAsync(() => stage.Consumer("slots").ValuesFinished == 5);

        Assert.Equal([1, 2, 3, 4, 5, 6], begun.Values.Order());
        Assert.Equal((0, 1), (stage.Consumer("slots").Subscription!.Position, stage.Consumer("slots").Subscription!.Lag));
        held.Set();
        var consumers = await stage.EndAsync();
        Assert.Equal(Enumerable.Range(1, 40), begun.Values.Order());
        Assert.Equal((40, 0, 0), (consumers["slots"].Finished, consumers["slots"].Undelivered, consumers["slots"].Aborted));
    }

    [Theory]
    [InlineData(ConsumerFailure.Skip)]
    [InlineData(ConsumerFailure.Restart)]
    public async Task Concurrency_WithKeys_EachKeyKeepsItsOrder(ConsumerFailure onFailure)
    {
        var (taken, failures) = (new Taken(), 0);
        async ValueTask HandleAsync(int value)
        {
            await Task.Yield();
            if (value % 7 == 0 && Interlocked.Increment(ref failures) % 2 == 1) throw new IOException("fails");
            await taken.Add(value);
        }

        await using var stage = await StartAsync(Ends(16), PutAsync(1, 100), Slots("slots", HandleAsync, o =>
        {
            (o.Concurrency, o.OnFailure) = (4, onFailure);
            (o.Retry.MaxAttempts, o.Retry.Delay, o.Restart.Delay) = (onFailure == ConsumerFailure.Skip ? 1 : 0, TimeSpan.Zero, TimeSpan.Zero);
            o.PartitionBy((int value) => value % 5);
        }));
        var consumers = await stage.EndAsync();

        var report = consumers["slots"];
        Assert.Equal(100, report.Finished + report.Skipped);
        Assert.Equal(report.Finished, taken.Values.Length);
        Assert.All(taken.Values.GroupBy(value => value % 5), key => Assert.Equal(key.Order(), key));
    }

    [Fact]
    public async Task Concurrency_OfBatches_EveryValueIsHandledOnce()
    {
        var taken = new Taken();
        await using var stage = await StartAsync(Ends(16), PutAsync(1, 100), ("slots", stream =>
        {
            stream.Services.AddSingleton(taken);
            stream.AddBatchConsumer<Batches>("slots", o => (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (3, 8, TimeSpan.FromMilliseconds(1)));
        }));
        var consumers = await stage.EndAsync();

        Assert.Equal(100, consumers["slots"].Finished);
        Assert.Equal(Enumerable.Range(1, 100), taken.Values.Order());
    }

    [Fact]
    public async Task TryPut_RoomForIt_IsDelivered()
    {
        var taken = new Taken();
        await using var stage = await StartAsync(Window(1), null, Handler("a", taken.Add));
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await stage.Writer.FlushAsync().AsTask().WithinAsync();

        Assert.True(stage.Writer.TryPut(2));

        await taken.UntilAsync(2);
        Assert.Equal([1, 2], taken.Values);
    }

    [Fact]
    public async Task Put_CancelledWhileItWaits_IsNotInTheStream()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("slow", slow.HandleAsync));
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        using var cancellation = new CancellationTokenSource();
        var cancelled = stage.Writer.PutAsync(2, cancellation.Token).AsTask();
        await stage.PutWaitsAsync();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        slow.Open();
        await stage.Writer.PutAsync(3).AsTask().WithinAsync();

        await slow.Taken.UntilAsync(3);
        Assert.Equal([1, 3], slow.Taken.Values);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task PutMany_MoreThanTheWindow_EveryConsumerHasAllInOrder(int window)
    {
        var (slow, quick) = (new Gate(), new Taken());
        await using var stage = await StartAsync(Window(window), null, Handler("slow", slow.HandleAsync), Handler("quick", quick.Add));

        var put = stage.Writer.PutManyAsync(Enumerable.Range(1, 8).ToArray()).AsTask();
        await Task.WhenAll(slow.Taken.UntilAsync(1), quick.UntilAsync(window), stage.PutWaitsAsync());
        var wasOver = put.IsCompleted;
        slow.Open();
        await put.WithinAsync();
        await stage.Writer.PutManyAsync(ReadOnlyMemory<int>.Empty).AsTask().WithinAsync();
        await stage.Writer.PutAsync(9).AsTask().WithinAsync();
        await Task.WhenAll(slow.Taken.UntilAsync(9), quick.UntilAsync(9));

        Assert.False(wasOver);
        Assert.Equal(Enumerable.Range(1, 9), slow.Taken.Values);
        Assert.Equal(Enumerable.Range(1, 9), quick.Values);
    }

    [Fact]
    public async Task PutMany_CancelledPartOfTheWay_SaysHowManyAreInTheStream()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(2), null, Handler("slow", slow.HandleAsync));
        using var cancellation = new CancellationTokenSource();
        var put = stage.Writer.PutManyAsync(new[] { 1, 2, 3, 4 }, cancellation.Token).AsTask();
        // The third waits: over a transport the first two may wait for a while, too, until they are confirmed.
        await Until.TrueAsync(() => stage.Producer.Status.Stream is { ValuesPut: 2, ValuesWaiting: > 0 });

        await cancellation.CancelAsync();

        Assert.Equal(2, (await Assert.ThrowsAsync<StreamPutCanceledException>(() => put.WithinAsync())).AcceptedCount);
        slow.Open();
        await stage.Writer.PutAsync(5).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(5);
        Assert.Equal([1, 2, 5], slow.Taken.Values);
    }

    [Fact]
    public async Task Handler_FailsOnce_IsTriedAgainBeforeTheNextValue()
    {
        var (taken, failed) = (new Taken(), false);
        await using var stage = await StartAsync(
            Ends(4),
            PutAsync(1, 4),
            ("a", stream => stream.AddConsumer(
                "a",
                async (value, _) =>
                {
                    await taken.Add(value);
                    if (value != 2 || failed) return;
                    failed = true;
                    throw new IOException("Once.");
                },
                o => o.Retry = new RetryOptions { MaxAttempts = 2, Delay = TimeSpan.FromMilliseconds(1) })));

        var consumers = await stage.EndAsync();

        Assert.Equal([1, 2, 2, 3, 4], taken.Values);
        Assert.Equal(4, consumers["a"].Finished);
    }

    [Fact]
    public async Task Handler_CannotHandleAValue_Skip_PassesOverItAlone()
    {
        var (a, b) = (new Taken(), new Taken());
        await using var stage = await StartAsync(
            Ends(1),
            PutAsync(1, 4),
            ("a", stream => stream.AddConsumer("a", (value, _) => value == 2 ? throw new FormatException("No.") : a.Add(value), o => o.OnFailure = ConsumerFailure.Skip)),
            Handler("b", b.Add));

        var consumers = await stage.EndAsync();

        Assert.Equal([1, 3, 4], a.Values);
        Assert.Equal([1, 2, 3, 4], b.Values);
        Assert.Equal((1, 0), (consumers["a"].Skipped, consumers["b"].Skipped));
    }

    [Fact]
    public async Task Batches_HaveEverythingInOrder()
    {
        var taken = new Taken();
        await using var stage = await StartAsync(
            Ends(16),
            PutAsync(1, 100),
            ("a", stream =>
            {
                stream.Services.AddSingleton(taken);
                stream.AddBatchConsumer<Batches>("a", o => o.MaxBatchSize = 8);
            }));

        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 100), taken.Values);
        Assert.Equal(100, consumers["a"].Finished);
    }

    [Fact]
    public async Task Loop_HasEverythingInOrder_AndEndsWithTheStream()
    {
        var taken = new Taken();
        await using var stage = await StartAsync(
            Ends(4),
            PutAsync(1, 60),
            ("a", stream =>
            {
                stream.Services.AddSingleton(taken);
                stream.AddStreamConsumer<Loop>("a");
            }));

        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 60), taken.Values);
        Assert.Equal((60, true), (consumers["a"].Finished, consumers["a"].HasReturned));
    }

    [Fact]
    public async Task Put_StreamHasEnded_Throws()
    {
        await using var stage = await StartAsync(Ends(1), PutAsync(1, 1), Handler("a", _ => default));
        await stage.EndAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => stage.Writer.PutAsync(2).AsTask().WithinAsync());
        await Assert.ThrowsAsync<StreamClosedException>(() => stage.Writer.PutManyAsync(new[] { 2, 3 }).AsTask().WithinAsync());
        await Assert.ThrowsAsync<StreamClosedException>(() => stage.Writer.PutManyAsync(ReadOnlyMemory<int>.Empty).AsTask().WithinAsync());
        Assert.False(stage.Writer.TryPut(2));
    }

    [Fact]
    public async Task Wait_IsMeasuredByWhoWasWaitedFor()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("quick", _ => default), Handler("slow", slow.HandleAsync));
        using var waits = new MetricCollector<double>(
            stage.Producer.Services.GetRequiredService<IMeterFactory>(), StreamxSources.MeterName, StreamxInstruments.BackpressureWaitDuration);
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);

        var next = stage.Writer.PutAsync(2).AsTask();
        await Task.WhenAll(stage.PutWaitsAsync(), stage.HasFinishedAsync("quick"));
        slow.Open();
        await next.WithinAsync();

        Assert.Contains(waits.GetMeasurementSnapshot(), wait => wait.Value > 0 && wait.Tags.TryGetValue(StreamxTags.GatedBy, out var name) && name is "slow");
    }

    private static Action<StreamxOptions> Window(int window) => o => o.Window = window;

    private static Action<StreamxOptions> Ends(int window) => o => (o.Window, o.StopHostWhenCompleted) = (window, true);

    private static (string Name, Action<IStreamxBuilder<int>> Add) Handler(string name, Func<int, ValueTask> handle) =>
        (name, stream => stream.AddConsumer(name, (value, _) => handle(value)));

    private static (string Name, Action<IStreamxBuilder<int>> Add) Slots(string name, Func<int, ValueTask> handle, Action<ConsumerOptions> configure) =>
        (name, stream => stream.AddConsumer(name, (value, _) => handle(value), configure));

    private static Func<IStreamWriter<int>, CancellationToken, Task> PutAsync(int first, int last) => async (puts, token) =>
    {
        for (var value = first; value <= last; value++) await puts.PutAsync(value, token);
    };

    private sealed class Batches(Taken taken) : IBatchConsumer<int>
    {
        public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            Assert.InRange(batch.Count, 1, 8);
            foreach (var value in batch) await taken.Add(value);
        }
    }

    private sealed class Loop(Taken taken) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream.WithCancellation(abortToken)) await taken.Add(value);
        }
    }
}
