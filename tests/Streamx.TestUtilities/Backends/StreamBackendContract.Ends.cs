namespace Streamx.TestUtilities.Backends;

/// <content>How a stream closes, faults and is aborted, and what puts and flushes get then; and what observers of puts are promised.</content>
public abstract partial class StreamBackendContract
{
    private const string Closed = "Stream 'numbers' is closed: the value was not accepted.";
    private const string Faulted = "Stream 'numbers' has faulted; the inner exception says why.";

    [Fact]
    public async Task Close_PutsWait_TheyStillCommitAndLaterOnesAreRefused()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("a", slow.HandleAsync));
        var stream = HostedStreamOf(stage);
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        var waiting = stage.Writer.PutAsync(2).AsTask();
        await stage.PutWaitsAsync();

        stream.Close(CloseReason.Completed);

        Assert.Equal(StreamState.Closing, stream.State);
        var refusals = await RefusedAsync<StreamClosedException>(stage.Writer);
        Assert.All(refusals, refusal => Assert.Equal((Closed, true), (refusal.Message, stream.Refused(refusal))));
        Assert.False(waiting.IsCompleted);
        slow.Open();
        await Task.WhenAll(waiting, stream.Drained).WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
        Assert.Equal([1, 2], slow.Taken.Values);
    }

    [Fact]
    public async Task Put_StreamIsClosed_TokenIsCancelled_IsCancelled()
    {
        await using var stage = await StartAsync(Window(1), null, Handler("a", _ => default));
        HostedStreamOf(stage).Close(CloseReason.Completed);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.Writer.PutAsync(1, new CancellationToken(canceled: true)).AsTask().WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.Writer.FlushAsync(new CancellationToken(canceled: true)).AsTask().WithinAsync());
    }

    [Fact]
    public async Task Fault_PutsAndFlushesFailWithIt()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("a", slow.HandleAsync));
        var (stream, fault) = (HostedStreamOf(stage), new IOException("Broken."));
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);
        Task[] waiting = [stage.Writer.PutAsync(2).AsTask(), stage.Writer.PutAsync(3).AsTask(), stage.Writer.FlushAsync().AsTask()];
        await stage.PutWaitsAsync();

        stream.Fail(fault);

        List<StreamFaultedException> errors = [];
        foreach (var call in waiting) errors.Add(await Assert.ThrowsAsync<StreamFaultedException>(() => call.WithinAsync()));
        errors.AddRange(await RefusedAsync<StreamFaultedException>(stage.Writer));
        errors.Add(await Assert.ThrowsAsync<StreamFaultedException>(() => stage.Writer.FlushAsync().AsTask().WithinAsync()));
        Assert.All(errors, error => Assert.Equal((Faulted, fault), (error.Message, error.InnerException)));
        Assert.Equal(errors.Count, errors.Distinct().Count());
        Assert.Equal((StreamState.Faulted, fault), (stream.State, stream.Fault));
        Assert.Same(fault, await stream.WhenFailed.WithinAsync());
        slow.Open();
        await stream.Drained.WithinAsync();
        Assert.Equal([1], slow.Taken.Values);
    }

    [Fact]
    public async Task Fault_StreamCloses_TakesEffectAndLaterOnesDoNot()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("a", slow.HandleAsync));
        var (stream, fault) = (HostedStreamOf(stage), new IOException("Broken."));
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);
        var waiting = stage.Writer.PutAsync(2).AsTask();
        await stage.PutWaitsAsync();

        stream.Close(CloseReason.Completed);
        stream.Fail(fault);
        stream.Fail(new IOException("Another."));

        Assert.Same(fault, (await Assert.ThrowsAsync<StreamFaultedException>(() => waiting.WithinAsync())).InnerException);
        Assert.Equal((StreamState.Faulted, fault), (stream.State, stream.Fault));
        slow.Open();
        await stream.Drained.WithinAsync();
    }

    [Fact]
    public async Task Fault_StreamHasEnded_ChangesNothing()
    {
        await using var stage = await StartAsync(Window(1), null, Handler("a", _ => default));
        var stream = HostedStreamOf(stage);
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        stream.Close(CloseReason.Completed);
        await stream.Drained.WithinAsync();

        stream.Fail(new IOException("Too late."));

        Assert.Equal((StreamState.Closed, null), (stream.State, stream.Fault));
        Assert.All(await RefusedAsync<StreamClosedException>(stage.Writer), refusal => Assert.Equal(Closed, refusal.Message));
    }

    [Fact]
    public async Task Abort_PutsWait_AreRefused()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(1), null, Handler("a", slow.HandleAsync));
        var stream = HostedStreamOf(stage);
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);
        var waiting = stage.Writer.PutAsync(2).AsTask();
        await stage.PutWaitsAsync();

        await stream.AbortAsync().WithinAsync();

        Assert.Equal(Closed, (await Assert.ThrowsAsync<StreamClosedException>(() => waiting.WithinAsync())).Message);
        await stream.Drained.WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
        slow.Open();
    }

    [Fact]
    public async Task Observer_IsToldOneAtATimeInOrder_AndLookedAtBetween()
    {
        var (observer, over) = (new OrderedObserver(), new CancellationTokenSource());
        await using var stage = await StartAsync(Window(1), null, Handler("a", _ => default));
        var backend = HostedStreamOf(stage).Backend;

        var looks = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                backend.BetweenTransitions(observer.Look);
                // A look without a pause after it holds the lock nearly always: on a busy machine puts would wait for it for minutes.
                await Task.Yield();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var value = 0; value < 10; value++) await backend.PutAsync(value, observer, default);
        }))).WithinAsync();
        await over.CancelAsync();
        await looks.WithinAsync();

        Assert.Null(observer.Violation);
        Assert.Equal((40, 40, 0), observer.Counts);
    }

    [Fact]
    public async Task PutMany_StreamCloses_StillCommitsAll()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(2), null, Handler("a", slow.HandleAsync));
        var stream = HostedStreamOf(stage);
        var put = stage.Writer.PutManyAsync(new[] { 1, 2, 3, 4, 5 }).AsTask();
        await Task.WhenAll(slow.Taken.UntilAsync(1), stage.PutWaitsAsync());

        stream.Close(CloseReason.Completed);

        var refusal = await Assert.ThrowsAsync<StreamClosedException>(() => stage.Writer.PutManyAsync(new[] { 6, 7 }).AsTask().WithinAsync());
        Assert.Equal(("Stream 'numbers' is closed: it accepted 0 of 2 values.", 0), (refusal.Message, refusal.AcceptedCount));
        slow.Open();
        await Task.WhenAll(put, stream.Drained).WithinAsync();
        Assert.Equal([1, 2, 3, 4, 5], slow.Taken.Values);
    }

    [Fact]
    public async Task PutMany_StreamFaults_SaysHowManyAreInTheStream()
    {
        var slow = new Gate();
        await using var stage = await StartAsync(Window(2), null, Handler("a", slow.HandleAsync));
        var (stream, fault) = (HostedStreamOf(stage), new IOException("Broken."));
        var put = stage.Writer.PutManyAsync(new[] { 1, 2, 3, 4 }).AsTask();
        await Task.WhenAll(slow.Taken.UntilAsync(1), stage.PutWaitsAsync(), Until.TrueAsync(() => stream.ValuesAccepted == 2));

        stream.Fail(fault);

        var error = await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
        Assert.Equal((Faulted, 2, fault), (error.Message, error.AcceptedCount, error.InnerException));
        slow.Open();
        await stream.Drained.WithinAsync();
    }

    [Fact]
    public async Task PutMany_IsOnePutForItsObserver()
    {
        var (slow, observer) = (new Gate(), new OrderedObserver());
        await using var stage = await StartAsync(Window(2), null, Handler("a", slow.HandleAsync));
        var backend = HostedStreamOf(stage).Backend;

        var many = backend.PutManyAsync(new[] { 1, 2, 3, 4, 5 }, observer, default).AsTask();
        await Task.WhenAll(slow.Taken.UntilAsync(1), stage.PutWaitsAsync());
        var one = backend.PutAsync(6, observer, default).AsTask();
        slow.Open();
        await Task.WhenAll(many, one).WithinAsync();

        Assert.Null(observer.Violation);
        Assert.Equal((2, 2, 0), observer.Counts);
        Assert.Equal((5, null), Assert.Single(observer.Many));
        await slow.Taken.UntilAsync(6);
        Assert.Equal([1, 2, 3, 4, 5, 6], slow.Taken.Values);
    }

    [Fact]
    public async Task TryPut_Refused_IsNoPutForItsObserver()
    {
        var (slow, observer) = (new Gate(), new OrderedObserver());
        await using var stage = await StartAsync(Window(1), null, Handler("a", slow.HandleAsync));
        var stream = HostedStreamOf(stage);
        await stage.Writer.PutAsync(1).AsTask().WithinAsync();
        await slow.Taken.UntilAsync(1);

        Assert.False(stream.Backend.TryPut(2, observer));
        stream.Close(CloseReason.Completed);
        Assert.False(stream.Backend.TryPut(2, observer));

        Assert.Equal((0, 0, 0), observer.Counts);
        slow.Open();
    }

    private static HostedStream<int> HostedStreamOf(Stage stage) => (HostedStream<int>)HostedStreams.Of(stage.Producer.Services).All().Single();

    /// <summary>What two puts fail with. One that tries is refused without an exception.</summary>
    private static async Task<TException[]> RefusedAsync<TException>(IStreamWriter<int> writer)
        where TException : Exception
    {
        Assert.False(writer.TryPut(0));
        return
        [
            await Assert.ThrowsAsync<TException>(() => writer.PutAsync(0).AsTask().WithinAsync()),
            await Assert.ThrowsAsync<TException>(() => writer.PutAsync(0).AsTask().WithinAsync()),
        ];
    }
}
