namespace Streamx.Tests;

/// <summary>
/// A reader that has fallen behind goes through several values without the stream's lock. That must not be observable.
/// </summary>
public class RunTests
{
    [Fact]
    public async Task MoveNextAsync_WithinARun_FreesAWaitingPutAtOnce()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);
        var waiting = stream.PutAsync(4);
        var before = waiting.IsCompleted;

        var next = reader.MoveNextAsync();

        Assert.False(before);
        Assert.True(next is { IsCompletedSuccessfully: true, Result: true });
        Assert.True(waiting.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task MoveNextAsync_WithinARun_FreesOnePutForEachValue()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);
        var waiting = Enumerable.Range(4, 3).Select(value => stream.PutAsync(value).AsTask()).ToList();

        var stillWaiting = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            await reader.MoveNextAsync();
            stillWaiting.Add(stream.GetSnapshot().ValuesWaiting);
        }

        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([2, 1, 0], stillWaiting);
        Assert.Equal(7, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task TryPut_ARunHasMadeRoom_Commits()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);
        var before = stream.TryPut(4);

        await reader.MoveNextAsync();

        Assert.False(before);
        Assert.True(stream.TryPut(4));
        Assert.False(stream.TryPut(5));
    }

    [Fact]
    public async Task GetSnapshot_WithinARun_FollowsEachStep()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);

        for (var finished = 0; finished < 4; finished++)
        {
            var subscription = Assert.Single(stream.GetSnapshot().Subscriptions);
            Assert.Equal((finished, finished, 4 - finished, true), (subscription.Position, subscription.ValuesFinished, subscription.Lag, subscription.HoldsValue));
            if (finished < 3) Assert.True(await reader.MoveNextAsync());
        }
    }

    [Fact]
    public async Task FlushAsync_WithinARun_EndsWithItsLastValueAndNotBefore()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 3);
        var flush = stream.FlushAsync().AsTask();
        await stream.PutAsync(3);

        await reader.MoveNextAsync();
        await reader.MoveNextAsync();
        var early = flush.IsCompleted;
        await reader.MoveNextAsync();
        await flush.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.False(early);
        Assert.Equal(3, reader.Current);
    }

    [Fact]
    public async Task CloseAsync_WithinARun_EndsWhenAllOfItIsFinished()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);
        var closing = stream.CloseAsync();

        var seen = new List<int> { reader.Current };
        while (await reader.MoveNextAsync()) seen.Add(reader.Current);

        await closing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([0, 1, 2, 3], seen);
    }

    [Fact]
    public async Task TryFault_WithinARun_TheRestOfItComesFirst()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = await FallenBehindAsync(stream, 4);

        stream.TryFault(new InvalidOperationException("gone"));

        for (var value = 1; value < 4; value++)
        {
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(value, reader.Current);
        }

        await Assert.ThrowsAsync<StreamFaultedException>(async () => await reader.MoveNextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => stream.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leave_WithinARun_AbandonsOnlyTheValueInHand(bool byToken)
    {
        using var source = new CancellationTokenSource();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        var subscription = stream.Subscribe();
        await using var reader = subscription.GetAsyncEnumerator(source.Token);
        for (var i = 0; i < 4; i++) await stream.PutAsync(i);
        await reader.MoveNextAsync();
        await reader.MoveNextAsync();
        var waiting = Task.WhenAll(stream.PutAsync(4).AsTask(), stream.PutAsync(5).AsTask());
        _ = stream.Subscribe();

        if (byToken) await source.CancelAsync();
        else await subscription.DisposeAsync();

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        var left = subscription.GetSnapshot();
        Assert.Equal((1, 1, 3), (left.ValuesFinished, left.ValuesAbandoned, left.Lag));
        if (byToken) await Assert.ThrowsAsync<OperationCanceledException>(async () => await reader.MoveNextAsync());
        else Assert.False(await reader.MoveNextAsync());
    }

    [Fact]
    public async Task Leave_FromAnotherThreadWhileARunGoesOn_CountsWhatWasSeen()
    {
        // The one step of a reader that takes no lock, against the one that takes its run away.
        for (var round = 0; round < 2_000; round++)
        {
            var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 64 });
            var subscription = stream.Subscribe();
            for (var i = 0; i < 64; i++) await stream.PutAsync(i);
            var reader = subscription.GetAsyncEnumerator();
            await reader.MoveNextAsync();
            var leaving = Task.Run(async () => await subscription.DisposeAsync());

            var seen = 1;
            while (await reader.MoveNextAsync())
            {
                Assert.Equal(seen, reader.Current);
                seen++;
                if (seen == 64) break;
            }

            await leaving;
            var left = subscription.GetSnapshot();
            Assert.Equal(64, left.ValuesFinished + left.ValuesAbandoned + left.Lag);
            Assert.Equal((seen - 1, 1), (left.ValuesFinished, left.ValuesAbandoned));
        }
    }

    [Fact]
    public async Task PutAndFlush_WhileRunsGoOn_AreNeverLeftWaiting()
    {
        // Operations that begin to wait, against readers that step past what they wait for.
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8 });
        var readers = Enumerable.Range(0, 3).Select(_ => ReadAsync(stream.Subscribe())).ToList();

        await Task.Run(async () =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                await stream.PutAsync(i);
                if (i % 7 == 0) await stream.FlushAsync();
            }

            await stream.CloseAsync();
        }).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.All(await Task.WhenAll(readers), sum => Assert.Equal(50_000L * 49_999 / 2, sum));

        static async Task<long> ReadAsync(StreamSubscription<int> subscription)
        {
            await Task.Yield();
            var sum = 0L;
            await foreach (var value in subscription) sum += value;
            return sum;
        }
    }

    /// <summary>A reader with the first of several values in hand.</summary>
    private static async Task<IAsyncEnumerator<int>> FallenBehindAsync(AsyncStream<int> stream, int values)
    {
        var reader = stream.Subscribe().GetAsyncEnumerator();
        for (var i = 0; i < values; i++) await stream.PutAsync(i);
        await reader.MoveNextAsync();
        return reader;
    }
}
