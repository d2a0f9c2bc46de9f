using Microsoft.Extensions.Time.Testing;
using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>A subscription that has several values in hand and finishes them in any order.</summary>
public sealed class AnyOrderTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Finish_BehindAnOlderValue_TheWindowCountsFromTheOldestUnfinished()
    {
        var stream = Create(window: 3);
        var subscription = stream.Subscribe("a");
        await using var reader = subscription.ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        Assert.Equal([(10, 0), (11, 1), (12, 2)], await TakeAsync(reader, 3));
        var put = stream.PutAsync(13);

        Assert.True(reader.Finish(1));
        Assert.True(reader.Finish(2));
        var waitsBehindTheGap = !put.IsCompleted;
        var behindTheGap = subscription.GetSnapshot();
        Assert.True(reader.Finish(0));

        Assert.True(waitsBehindTheGap);
        Assert.Equal((0, 1, 2), (behindTheGap.Position, behindTheGap.Lag, behindTheGap.ValuesFinished));
        Assert.True(behindTheGap is { HoldsValue: true, IsGating: true });
        await put.WithinAsync();
        var after = subscription.GetSnapshot();
        Assert.Equal((3, 1, 3, false), (after.Position, after.Lag, after.ValuesFinished, after.HoldsValue));
    }

    [Fact]
    public async Task MoveNextAsync_AsManyInHandAsMayBe_WaitsUntilOneIsFinished()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(2);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 2);

        var read = reader.MoveNextAsync();
        var waits = !read.IsCompleted;
        reader.Finish(1);

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal((12, 2), (reader.Current, reader.Position));
    }

    [Fact]
    public async Task MoveNextAsync_NothingThere_TakesTheNextThatIsPut()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(2);
        stream.TryPut(10);
        await TakeAsync(reader, 1);
        var read = reader.MoveNextAsync();

        Assert.True(stream.TryPut(11));

        Assert.True(await read.WithinAsync());
        Assert.Equal((11, 1), (reader.Current, reader.Position));
    }

    [Fact]
    public async Task Flush_OlderValueUnfinished_WaitsForIt()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(2);
        await stream.PutManyAsync(new[] { 10, 11 });
        await TakeAsync(reader, 2);
        var flush = stream.FlushAsync();

        reader.Finish(1);
        var waits = !flush.IsCompleted;
        reader.Finish(0);

        Assert.True(waits);
        await flush.WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_ValuesInHand_ReadEndsAndTheDrainWaitsForThem(bool isFault)
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(2);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 2);
        var read = reader.MoveNextAsync();
        if (isFault) stream.TryFault(new FormatException());
        else _ = stream.CloseAsync();
        var waitsForOneInHand = !read.IsCompleted;

        reader.Finish(1);
        Assert.True(await read.WithinAsync());
        var end = reader.MoveNextAsync();
        if (isFault) await Assert.ThrowsAsync<StreamFaultedException>(() => end.WithinAsync());
        else Assert.False(await end.WithinAsync());
        reader.Finish(2);
        var drains = !stream.Drained.IsCompleted;
        reader.Finish(0);

        Assert.True(waitsForOneInHand);
        Assert.True(drains);
        await stream.Drained.WithinAsync();
    }

    [Fact]
    public async Task Dispose_ValuesInHand_AreAbandonedAndLaterFinishesDoNotCount()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe("a");
        var reader = subscription.ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11, 12, 13 });
        await TakeAsync(reader, 3);
        reader.Finish(1);
        var put = stream.PutAsync(14);

        await reader.DisposeAsync();

        Assert.False(reader.Finish(0));
        var left = subscription.GetSnapshot();
        Assert.Equal((1, 2, 3, 1), (left.ValuesFinished, left.ValuesAbandoned, left.Position, left.Lag));
        Assert.False(put.IsCompleted);
        stream.TryFault(new FormatException());
        await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
    }

    [Fact]
    public async Task Token_CancelledWhileAReadWaits_Leaves()
    {
        var stream = Create(window: 4);
        using var source = new CancellationTokenSource();
        var reader = stream.Subscribe().ReadConcurrently(1, cancellationToken: source.Token);
        var read = reader.MoveNextAsync();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public async Task GetSnapshot_SeveralInHand_AgeIsThatOfTheOldest()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe();
        await using var reader = subscription.ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 1);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await TakeAsync(reader, 2);
        _clock.Advance(TimeSpan.FromSeconds(4));

        var oldest = subscription.GetSnapshot().HeldFor;
        reader.Finish(0);
        var next = subscription.GetSnapshot().HeldFor;

        Assert.Equal((7, 4), (oldest.TotalSeconds, next.TotalSeconds));
    }

    [Fact]
    public async Task Finish_NotInHand_IsRefusedAndNothingIsHarmed()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 2);
        reader.Finish(1);

        Assert.Throws<InvalidOperationException>(() => reader.Finish(1));
        Assert.Throws<InvalidOperationException>(() => reader.Finish(2));
        reader.Finish(0);
        Assert.Throws<InvalidOperationException>(() => reader.Finish(0));

        Assert.Equal([(12, 2)], await TakeAsync(reader, 1));
    }

    [Fact]
    public async Task ReadConcurrently_LatestOrTooFewOrReadAlready_IsRefused()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe();
        var latest = stream.Subscribe(new SubscriptionOptions { Mode = SubscriptionMode.Latest });

        Assert.Throws<InvalidOperationException>(() => latest.ReadConcurrently(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => subscription.ReadConcurrently(0));
        await using var reader = subscription.ReadConcurrently(2);
        Assert.Throws<InvalidOperationException>(() => subscription.GetAsyncEnumerator());
        var read = reader.MoveNextAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.False(read.IsCompleted);
    }

    [Fact]
    public async Task Observer_HearsOfEachValueOnce()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe();
        var reads = new RecordedReads();
        subscription.Observe(reads);
        await using var reader = subscription.ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11 });
        await TakeAsync(reader, 1);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await TakeAsync(reader, 1);

        reader.Finish(1);
        await subscription.DisposeAsync();
        reader.Finish(0);

        Assert.Equal(["finished 0, took 1 at 0 0", "finished 0, took 1 at 1 3", "finished 1 of 3"], reads.Calls);
    }

    [Fact]
    public async Task Begin_Later_OnlyThenIsTheValueInHand()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe("a");
        await using var reader = subscription.ReadConcurrently(4, beginsLater: true);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 3);
        _clock.Advance(TimeSpan.FromSeconds(3));
        var taken = subscription.GetSnapshot();
        Assert.Throws<InvalidOperationException>(() => reader.Finish(0));

        Assert.True(reader.Begin(0));
        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal((false, 0, 3), (taken.HoldsValue, taken.HeldFor.TotalSeconds, taken.Lag));
        var begun = subscription.GetSnapshot();
        Assert.Equal((true, 4, 3), (begun.HoldsValue, begun.HeldFor.TotalSeconds, begun.Lag));
        Assert.Throws<InvalidOperationException>(() => reader.Begin(0));
        Assert.Throws<InvalidOperationException>(() => reader.Begin(3));
    }

    [Fact]
    public async Task Read_UpToALimit_TakesWhatIsThereAndHasRoom()
    {
        var stream = Create(window: 8);
        await using var reader = stream.Subscribe("a").ReadConcurrently(4);
        reader.Limit = 3;
        await stream.PutManyAsync(new[] { 10, 11, 12, 13, 14 });

        Assert.True(await reader.MoveNextAsync().WithinAsync());
        Assert.Equal([10, 11, 12], reader.Taken.ToArray());
        Assert.True(await reader.MoveNextAsync().WithinAsync());
        Assert.Equal((1, 13, 3), (reader.Taken.Length, reader.Current, reader.Position));
        var full = reader.MoveNextAsync();
        Assert.False(full.IsCompleted);
        reader.Finish(2);

        Assert.True(await full.WithinAsync());
        Assert.Equal([14], reader.Taken.ToArray());
    }

    [Fact]
    public async Task FinishThenBegin_OneIsRefused_NothingChanges()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe("a");
        await using var reader = subscription.ReadConcurrently(4, beginsLater: true);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 3);
        reader.Begin(0);

        Assert.Throws<InvalidOperationException>(() => FinishThenBegin(reader, finished: 0, begun: 3));
        Assert.Throws<InvalidOperationException>(() => FinishThenBegin(reader, finished: 1, begun: 2));
        Assert.Equal((true, 0, 3), (subscription.GetSnapshot().HoldsValue, subscription.GetSnapshot().ValuesFinished, subscription.GetSnapshot().Lag));

        Assert.True(FinishThenBegin(reader, finished: 0, begun: 1));
        Assert.Equal((true, 1, 2), (subscription.GetSnapshot().HoldsValue, subscription.GetSnapshot().ValuesFinished, subscription.GetSnapshot().Lag));
        await subscription.DisposeAsync();
        Assert.False(FinishThenBegin(reader, finished: 1, begun: 2));
        Assert.Equal((1, 1, 1), (subscription.GetSnapshot().ValuesFinished, subscription.GetSnapshot().ValuesAbandoned, subscription.GetSnapshot().Lag));
    }

    [Fact]
    public async Task FinishThenBegin_APutWaits_ItGoesOnOnceTheCallerHasNoLock()
    {
        var stream = Create(window: 2);
        await using var reader = stream.Subscribe("a").ReadConcurrently(2, beginsLater: true);
        await stream.PutManyAsync(new[] { 10, 11 });
        await TakeAsync(reader, 2);
        reader.Begin(0);
        var put = stream.PutAsync(12);
        ReleaseList released = default;

        Assert.True(reader.FinishThenBegin([0], [1], reader.ReadClock(), out _, ref released));
        Assert.False(put.IsCompleted);
        reader.AfterFinish([0], heldSince: 0, ref released);

        await put.WithinAsync();
    }

    [Fact]
    public async Task Dispose_ValuesTakenAndNotBegun_CountAsNeverGot()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe("a");
        var reader = subscription.ReadConcurrently(4, beginsLater: true);
        await stream.PutManyAsync(new[] { 10, 11, 12, 13 });
        await TakeAsync(reader, 3);
        reader.Begin(1);
        reader.Begin(2);
        reader.Finish(2);

        await reader.DisposeAsync();

        Assert.False(reader.Begin(0));
        var left = subscription.GetSnapshot();
        Assert.Equal((1, 1, 2), (left.ValuesFinished, left.ValuesAbandoned, left.Lag));
    }

    [Fact]
    public async Task Finish_SettledOtherwise_DoesNotCountAsHandled()
    {
        var stream = Create(window: 4);
        var subscription = stream.Subscribe("a");
        var reader = subscription.ReadConcurrently(3);
        await stream.PutManyAsync(new[] { 10, 11, 12 });
        await TakeAsync(reader, 3);

        reader.Finish(2);
        reader.Finish(1, isSettledOtherwise: true);
        await reader.DisposeAsync();
        reader.Finish(0, isSettledOtherwise: true);

        var left = subscription.GetSnapshot();
        Assert.Equal((2, 1, 1, 1), (left.ValuesFinished, left.ValuesHandled, left.ValuesAbandoned, left.ValuesUnsettled));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(8, 4)]
    [InlineData(200, 150)]
    public async Task Slots_FinishInAnyOrder_AllIsFinishedAndTheBoundsHold(int window, int slots)
    {
        const int Values = 3_000;
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        var subscription = stream.Subscribe("slots");
        var other = stream.ReadToEndAsync();
        var reader = subscription.ReadConcurrently(slots);
        var (seen, inHand, most) = (0L, 0, 0);
        var working = Task.Run(async () =>
        {
            var running = new List<Task>();
            while (await reader.MoveNextAsync())
            {
                var (value, position) = (reader.Current, reader.Position);
                Assert.Equal(value, position);
                most = Math.Max(most, Interlocked.Increment(ref inHand));
                running.Add(Task.Run(async () =>
                {
                    for (var i = 0; i < value * 7919 % 5; i++) await Task.Yield();
                    Interlocked.Increment(ref seen);
                    Interlocked.Decrement(ref inHand);
                    Assert.True(reader.Finish(position));
                }));
            }

            await Task.WhenAll(running);
        });

        for (var value = 0; value < Values; value += 10) await stream.PutManyAsync(Enumerable.Range(value, 10).ToArray()).WithinAsync();
        await stream.CloseAsync().WithinAsync();
        await working.WithinAsync();

        Assert.Equal(Values, Interlocked.Read(ref seen));
        Assert.Equal(Enumerable.Range(0, Values), await other.WithinAsync());
        Assert.InRange(most, 1, Math.Min(window, slots));
        var counts = subscription.GetSnapshot();
        Assert.Equal((Values, Values, 0), (counts.ValuesFinished, counts.Position, counts.Lag));
    }

    private static bool FinishThenBegin(ConcurrentReader<int> reader, long finished, long begun)
    {
        ReleaseList released = default;
        if (!reader.FinishThenBegin([finished], [begun], reader.ReadClock(), out _, ref released)) return false;
        reader.AfterFinish([finished], heldSince: 0, ref released);
        return true;
    }

    private static async Task<List<(int Value, long Position)>> TakeAsync(ConcurrentReader<int> reader, int count)
    {
        var taken = new List<(int, long)>();
        for (var i = 0; i < count; i++)
        {
            Assert.True(await reader.MoveNextAsync().WithinAsync());
            taken.Add((reader.Current, reader.Position));
        }

        return taken;
    }

    private AsyncStream<int> Create(int window) => new(new AsyncStreamOptions { Window = window, TimeProvider = _clock });
}
