using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class CloseTests
{
    [Fact]
    public async Task CloseAsync_NothingPut_ClosesAtOnceAndEndsWaitingReads()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        var close = stream.CloseAsync();

        Assert.Equal(StreamState.Closed, stream.State);
        await close.WithinAsync();
        Assert.False(await read.WithinAsync());
        Assert.True(stream.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task CloseAsync_CalledAgain_IsTheSameTask()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var first = stream.CloseAsync();
        var second = stream.CloseAsync();
        using var never = new CancellationTokenSource();
        var bounded = stream.CloseAsync(never.Token);

        Assert.Same(first, second);
        Assert.NotSame(first, bounded);
        Assert.False(first.IsCompleted);
        Assert.Equal([1], await reader.ReadToEndAsync());
        await Task.WhenAll(first, bounded).WithinAsync();
        Assert.Same(first, stream.CloseAsync());
        await stream.CloseAsync(never.Token).WithinAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task CloseAsync_ValuesUnfinished_EndsWhenAllHaveFinished(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var fast = stream.GetAsyncEnumerator();
        await using var slow = stream.GetAsyncEnumerator();
        for (var value = 0; value < window; value++) Assert.True(stream.TryPut(value));

        var close = stream.CloseAsync();
        var closing = stream.State;
        for (var value = 0; value < window; value++) Assert.Equal(value, await fast.NextAsync());
        Assert.False(await fast.MoveNextAsync().WithinAsync());
        for (var value = 0; value < window; value++) Assert.Equal(value, await slow.NextAsync());
        var beforeTheLastIsFinished = stream.State;
        var completionBefore = stream.Completion.IsCompleted;
        Assert.False(await slow.MoveNextAsync().WithinAsync());

        Assert.Equal(StreamState.Closing, closing);
        Assert.Equal(StreamState.Closing, beforeTheLastIsFinished);
        Assert.False(completionBefore);
        Assert.Equal(StreamState.Closed, stream.State);
        await close.WithinAsync();
        await stream.Completion.WithinAsync();
        Assert.False(await fast.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task CloseAsync_PutsWaiting_TheyStillCommitInOrder()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 4).Select(value => stream.PutAsync(value).AsTask()).ToList();

        var close = stream.CloseAsync();
        var later = await Assert.ThrowsAsync<StreamClosedException>(() => stream.PutAsync(5).WithinAsync());
        var tried = stream.TryPut(6);
        var seen = await reader.ReadToEndAsync();

        Assert.Contains(stream.Name, later.Message, StringComparison.Ordinal);
        Assert.False(tried);
        Assert.Equal([1, 2, 3, 4], seen);
        await Task.WhenAll(puts).WithinAsync();
        await close.WithinAsync();
        Assert.Equal(4, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task CloseAsync_ReadsWaitWhilePutsWait_ReadsGetTheValuesBeforeTheEnd()
    {
        var stream = new AsyncStream<int>();
        await using var fast = stream.GetAsyncEnumerator();
        await using var slow = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await fast.NextAsync();
        await slow.NextAsync();
        var waiting = stream.PutAsync(2);
        var read = fast.MoveNextAsync();

        var close = stream.CloseAsync();
        var stillWaits = !read.IsCompleted;
        Assert.Equal(2, await slow.NextAsync());

        Assert.True(stillWaits);
        Assert.True(await read.WithinAsync());
        Assert.Equal(2, fast.Current);
        await waiting.WithinAsync();
        Assert.False(await fast.MoveNextAsync().WithinAsync());
        Assert.False(await slow.MoveNextAsync().WithinAsync());
        await close.WithinAsync();
    }

    [Fact]
    public async Task CloseAsync_PutsWaitAndNobodySubscribed_FailsThemAndCompletes()
    {
        var stream = new AsyncStream<int>();
        var first = stream.PutAsync(1);
        var second = stream.PutAsync(2);

        var close = stream.CloseAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => first.WithinAsync());
        await Assert.ThrowsAsync<StreamClosedException>(() => second.WithinAsync());
        await close.WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
        Assert.Equal(0, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task CloseAsync_LastSubscriptionLeavesWhilePutsWait_FailsThemAndCompletes()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.PutAsync(2);
        var close = stream.CloseAsync();
        var waited = !close.IsCompleted && !waiting.IsCompleted;

        await subscription.DisposeAsync();

        Assert.True(waited);
        await Assert.ThrowsAsync<StreamClosedException>(() => waiting.WithinAsync());
        await close.WithinAsync();
        await stream.Completion.WithinAsync();
    }

    [Fact]
    public async Task CloseAsync_OnlySubscriptionThatNeverReads_CompletesWhenItLeaves()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();

        var close = stream.CloseAsync();
        var before = stream.State;
        await subscription.DisposeAsync();

        Assert.Equal(StreamState.Closing, before);
        await close.WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
    }

    [Fact]
    public async Task CloseAsync_PutCancelledWhileClosing_TheRestDrains()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();
        var cancelled = stream.PutAsync(2, cancellation.Token);
        var close = stream.CloseAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        Assert.False(await reader.MoveNextAsync().WithinAsync());
        await close.WithinAsync();
    }

    [Fact]
    public async Task CloseAsync_TokenCancelled_StopsTheWaitingNotTheClose()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        var close = stream.CloseAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => close.WithinAsync());
        Assert.Equal(StreamState.Closing, stream.State);
        await Assert.ThrowsAsync<StreamClosedException>(() => stream.PutAsync(2).WithinAsync());
        Assert.Equal([1], await reader.ReadToEndAsync());
        await stream.CloseAsync().WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
    }

    [Fact]
    public async Task CloseAsync_TokenAlreadyCancelled_ClosesAllTheSame()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var close = stream.CloseAsync(new CancellationToken(canceled: true));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => close.WithinAsync());
        Assert.Equal([1], await reader.ReadToEndAsync());
        Assert.Equal(StreamState.Closed, stream.State);
    }

    [Fact]
    public async Task DisposeAsync_ValuesUnfinished_WaitsForThemAsCloseDoes()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var dispose = stream.DisposeAsync().AsTask();
        var waits = !dispose.IsCompleted;
        Assert.Equal([1], await reader.ReadToEndAsync());

        Assert.True(waits);
        await dispose.WithinAsync();
        await stream.DisposeAsync().WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
    }

    [Fact]
    public async Task CloseAsync_FromManyThreadsAtOnce_AllComplete()
    {
        var stream = new AsyncStream<int>();
        var consumer = stream.ReadToEndAsync();
        await stream.PutAsync(1).WithinAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => stream.CloseAsync()))).WithinAsync();

        Assert.Equal([1], await consumer);
    }

    [Fact]
    public async Task Subscribe_AfterClose_TheLoopEndsAtOnce()
    {
        var stream = new AsyncStream<int>();
        await stream.CloseAsync().WithinAsync();

        var subscription = stream.Subscribe("late");

        await using var reader = subscription.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        Assert.True(read.IsCompleted);
        Assert.False(await read);
        Assert.Equal(0, stream.SubscriptionCount);
        Assert.Equal(0, subscription.GetSnapshot().Lag);
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task Subscribe_WhileClosing_EndsAtOnceAndDelaysNothing()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.PutAsync(2);
        var close = stream.CloseAsync();

        var late = stream.Subscribe();

        Assert.Equal(1, stream.SubscriptionCount);
        Assert.Equal([1, 2], await reader.ReadToEndAsync());
        await waiting.WithinAsync();
        await close.WithinAsync();
        Assert.Empty(await late.ReadToEndAsync());
    }

    [Fact]
    public async Task Subscribe_BatchesAfterClose_EndAtOnce()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await stream.CloseAsync().WithinAsync();

        await using var reader = stream.Subscribe().ReadBatchesAsync(4, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();

        Assert.False(await reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task StateAndCompletion_Open_AreOpenAndUnfinished()
    {
        var stream = new AsyncStream<int>();

        Assert.Equal(StreamState.Open, stream.State);
        Assert.False(stream.Completion.IsCompleted);
        await stream.CloseAsync().WithinAsync();
        Assert.True(stream.Completion.IsCompletedSuccessfully);
    }
}
