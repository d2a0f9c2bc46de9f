using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class LatestTests
{
    [Fact]
    public async Task Latest_NeverRead_DoesNotGatePuts()
    {
        var stream = new AsyncStream<int>();
        var every = stream.GetAsyncEnumerator();
        await using var latest = SubscribeLatest(stream);

        for (var value = 0; value < 100; value++)
        {
            var accepted = stream.TryPut(value);
            var full = !stream.TryPut(-1);
            Assert.Equal(value, await every.NextAsync());
            var waiting = stream.PutAsync(-2);
            Assert.False(stream.GetSnapshot().Of("latest").IsGating);
            Assert.Equal(-2, await every.NextAsync());
            var finishing = every.MoveNextAsync();
            Assert.True(stream.TryPut(-3));

            Assert.True(accepted);
            Assert.True(full);
            await waiting.WithinAsync();
            Assert.True(await finishing.WithinAsync());
            await every.DisposeAsync();
            every = stream.GetAsyncEnumerator();
        }
    }

    [Fact]
    public async Task Latest_SeveralPutBeforeItAsks_JumpsToTheNewestAndCountsTheRest()
    {
        var stream = new AsyncStream<int>();
        await using var every = stream.GetAsyncEnumerator();
        var subscription = SubscribeLatest(stream);
        await using var latest = subscription.GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 5).Select(value => stream.PutAsync(value).AsTask()).ToList();
        for (var value = 1; value <= 5; value++) Assert.Equal(value, await every.NextAsync());

        Assert.Equal(5, await latest.NextAsync());

        await Task.WhenAll(puts).WithinAsync();
        var snapshot = subscription.GetSnapshot();
        Assert.Equal(4, snapshot.ValuesOvertaken);
        Assert.Equal(0, snapshot.ValuesFinished);
        Assert.Equal(4, snapshot.Position);
        Assert.Equal(1, snapshot.Lag);
        Assert.True(snapshot.HoldsValue);
    }

    [Fact]
    public async Task Latest_ValuesPutWhileItHoldsOne_SeesTheNewestNext()
    {
        var stream = new AsyncStream<int>();
        await using var every = stream.GetAsyncEnumerator();
        var subscription = SubscribeLatest(stream);
        await using var latest = subscription.GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 4).Select(value => stream.PutAsync(value).AsTask()).ToList();
        Assert.Equal(1, await latest.NextAsync());
        for (var value = 1; value <= 4; value++) Assert.Equal(value, await every.NextAsync());

        Assert.Equal(4, await latest.NextAsync());

        await Task.WhenAll(puts).WithinAsync();
        var snapshot = subscription.GetSnapshot();
        Assert.Equal(1, snapshot.ValuesFinished);
        Assert.Equal(2, snapshot.ValuesOvertaken);
        Assert.Equal(3, snapshot.Position);
        Assert.Equal(1, snapshot.Lag);
    }

    [Fact]
    public async Task Latest_ReadWaiting_GetsTheNextValue()
    {
        var stream = new AsyncStream<int>();
        await using var every = stream.Subscribe();
        var subscription = SubscribeLatest(stream);
        await using var latest = subscription.GetAsyncEnumerator();
        var read = latest.MoveNextAsync();
        var waits = !read.IsCompleted;

        await stream.PutAsync(7).WithinAsync();

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal(7, latest.Current);
        Assert.Equal(0, subscription.GetSnapshot().ValuesOvertaken);
    }

    [Fact]
    public async Task Latest_JoinsLate_DoesNotSeeWhatCommittedBefore()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2 });
        await using var every = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();

        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();
        var read = latest.MoveNextAsync();
        var waits = !read.IsCompleted;
        await stream.PutAsync(2).WithinAsync();

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal(2, latest.Current);
    }

    [Fact]
    public async Task LatestOnly_Wait_CountsAsNoSubscriptions()
    {
        var stream = new AsyncStream<int>();
        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();
        var read = latest.MoveNextAsync();

        var put = stream.PutAsync(1);
        var tried = stream.TryPut(2);
        var waited = !put.IsCompleted && !read.IsCompleted;
        await using var every = stream.Subscribe();

        Assert.True(waited);
        Assert.False(tried);
        await put.WithinAsync();
        Assert.True(await read.WithinAsync());
        Assert.Equal(1, latest.Current);
    }

    [Fact]
    public async Task LatestOnly_Discard_AcceptsAndStillShowsIt()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });
        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();

        for (var value = 1; value <= 3; value++) await stream.PutAsync(value).WithinAsync();

        Assert.Equal(3, stream.GetSnapshot().ValuesDiscarded);
        Assert.Equal(3, await latest.NextAsync());
        Assert.Equal(2, stream.GetSnapshot().Of("latest").ValuesOvertaken);
    }

    [Fact]
    public async Task LatestOnly_Throw_FailsThePut()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Throw });
        await using var latest = SubscribeLatest(stream);

        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.PutAsync(1).WithinAsync());

        Assert.Equal(0, stream.GetSnapshot().Of("latest").Lag);
    }

    [Fact]
    public async Task LatestOnly_CloseWhilePutsWait_FailsThem()
    {
        var stream = new AsyncStream<int>();
        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();
        var put = stream.PutAsync(1);

        await stream.CloseAsync().WithinAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => put.WithinAsync());
        Assert.False(await latest.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task Latest_HoldsAndHasNotAsked_DelaysNeitherFlushNorClose()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2 });
        await using var every = stream.GetAsyncEnumerator();
        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await latest.NextAsync());
        await stream.PutAsync(2).WithinAsync();
        Assert.Equal(1, await every.NextAsync());
        Assert.Equal(2, await every.NextAsync());
        var end = every.MoveNextAsync();

        await stream.FlushAsync().WithinAsync();
        await stream.CloseAsync().WithinAsync();

        Assert.Equal(StreamState.Closed, stream.State);
        Assert.False(await end.WithinAsync());
        Assert.Equal(2, await latest.NextAsync());
        Assert.False(await latest.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task Latest_Fault_GetsTheNewestFirstThenTheFault()
    {
        var stream = new AsyncStream<int>();
        await using var every = stream.Subscribe();
        await using var latest = SubscribeLatest(stream).GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        stream.TryFault(new FormatException());

        Assert.Equal(1, await latest.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => latest.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task Latest_LeavesHoldingOne_AbandonsIt()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 3 });
        await using var every = stream.Subscribe();
        var subscription = SubscribeLatest(stream);
        await using var latest = subscription.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await latest.NextAsync();
        await stream.PutAsync(2).WithinAsync();

        await subscription.DisposeAsync();

        var left = subscription.GetSnapshot();
        Assert.Equal(1, left.ValuesAbandoned);
        Assert.Equal(0, left.ValuesFinished);
        Assert.Equal(1, left.Lag);
        Assert.False(await latest.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task Latest_InBatches_GetsOneValueAtATimeWithoutWaiting()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var every = stream.Subscribe();
        await using var latest = SubscribeLatest(stream).ReadBatchesAsync(10, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        for (var value = 1; value <= 3; value++) await stream.PutAsync(value).WithinAsync();

        var read = latest.MoveNextAsync();

        Assert.True(read.IsCompletedSuccessfully);
        Assert.True(await read);
        Assert.Equal([3], latest.Current.ToArray());
    }

    private static StreamSubscription<T> SubscribeLatest<T>(AsyncStream<T> stream) =>
        stream.Subscribe(new SubscriptionOptions { Name = "latest", Mode = SubscriptionMode.Latest });
}
