using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class BatchTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task ReadBatchesAsync_ZeroWait_TakesWhatIsThereUpToMaxSize()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe("batches").ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        PutRange(stream, 1, 4);

        Assert.Equal([1, 2, 3], await reader.NextBatchAsync());
        Assert.Equal([4], await reader.NextBatchAsync());

        Assert.Equal(3, stream.GetSnapshot().Of("batches").ValuesFinished);
        Assert.Equal(1, stream.GetSnapshot().Of("batches").Lag);
    }

    [Fact]
    public async Task ReadBatchesAsync_ZeroWaitAndNothingThere_WaitsForOneValue()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        var waits = !read.IsCompleted;

        await stream.PutAsync(1).WithinAsync();

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1], reader.Current.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task ReadBatchesAsync_WindowOfOne_NeverWaitsForMore(int maxSize)
    {
        var stream = CreateStream(window: 1);
        await using var reader = stream.Subscribe().ReadBatchesAsync(maxSize, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var read = reader.MoveNextAsync();

        Assert.True(read.IsCompletedSuccessfully);
        Assert.True(await read);
        Assert.Equal([1], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_WindowSmallerThanMaxSize_IsFullWithTheWindow()
    {
        var stream = CreateStream(window: 3);
        await using var reader = stream.Subscribe().ReadBatchesAsync(10, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();
        var waitsForTheThird = !read.IsCompleted;

        Assert.True(stream.TryPut(3));

        Assert.True(waitsForTheThird);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2, 3], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_Filling_EndsAtMaxSizeBeforeTheTimeIsUp()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();
        var waits = !read.IsCompleted;

        PutRange(stream, 3, 4);

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2, 3], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_MoreThereThanMaxSize_TakesAFullBatchWithoutWaiting()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 7);

        Assert.Equal([1, 2, 3], await reader.NextBatchAsync());
        Assert.Equal([4, 5, 6], await reader.NextBatchAsync());
        var read = reader.MoveNextAsync();

        Assert.False(read.IsCompleted);
        _clock.Advance(Wait);
        Assert.True(await read.WithinAsync());
        Assert.Equal([7], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_TimeIsUp_GivesWhatIsThere()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 1);
        var read = reader.MoveNextAsync();
        _clock.Advance(Wait - TimeSpan.FromMilliseconds(1));
        PutRange(stream, 2, 2);
        var waits = !read.IsCompleted;

        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_FirstValueComesLate_TheWaitBeginsWithIt()
    {
        // Continuations run inside TryPut here, so the wait has begun when it returns.
        var stream = CreateStream(window: 8, inline: true);
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Wait).GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        _clock.Advance(10 * Wait);
        var waitsForTheFirst = !read.IsCompleted;
        PutRange(stream, 1, 1);
        _clock.Advance(Wait - TimeSpan.FromMilliseconds(1));
        var waitsForMore = !read.IsCompleted;

        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(waitsForTheFirst);
        Assert.True(waitsForMore);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_InfiniteWait_WaitsUntilFull()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(2, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        PutRange(stream, 1, 1);
        var read = reader.MoveNextAsync();

        _clock.Advance(TimeSpan.FromDays(100));
        var waits = !read.IsCompleted;
        PutRange(stream, 2, 2);

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_TimerOfAnEarlierWait_DoesNotCutALaterBatchShort()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(2, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 1);
        var first = reader.MoveNextAsync();
        _clock.Advance(Wait / 2);
        PutRange(stream, 2, 2);
        Assert.True(await first.WithinAsync());
        PutRange(stream, 3, 3);
        var second = reader.MoveNextAsync();

        _clock.Advance(Wait / 2);
        var whenTheFirstWaitWasDue = second.IsCompleted;
        _clock.Advance((Wait / 2) - TimeSpan.FromMilliseconds(1));
        var justBefore = second.IsCompleted;
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(whenTheFirstWaitWasDue);
        Assert.False(justBefore);
        Assert.True(await second.WithinAsync());
        Assert.Equal([3], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_CallbackOfAnEarlierWaitHeldUp_DoesNotCutALaterBatchShort()
    {
        using var clock = new HoldingClock();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8, TimeProvider = clock });
        await using var reader = stream.Subscribe().ReadBatchesAsync(2, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 1);
        var first = reader.MoveNextAsync();

        // The first wait's callback stands still before it looks whether time is up; meanwhile the next wait begins.
        var timer = DedicatedThread.RunAsync(() =>
        {
            clock.HoldThisThread();
            clock.Advance(Wait);
        });
        await clock.Reached.WithinAsync();
        PutRange(stream, 2, 2);
        Assert.True(await first.WithinAsync());
        Assert.Equal([1, 2], reader.Current.ToArray());
        PutRange(stream, 3, 3);
        var second = reader.MoveNextAsync();
        clock.Release();
        await timer;

        Assert.False(second.IsCompleted, "The callback of the first wait ended the second one.");
        clock.Advance(Wait);
        Assert.True(await second.WithinAsync());
        Assert.Equal([3], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_TimeIsUpBeforeTheReadWaits_StillEndsTheWait()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8, TimeProvider = new HurriedClock(late: true) });
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Wait).GetAsyncEnumerator();

        for (var value = 1; value <= 3; value++)
        {
            PutRange(stream, value, value);
            var read = reader.MoveNextAsync();

            Assert.True(read.IsCompleted, $"The timer fired before read {value} waited, and was lost.");
            Assert.True(await read);
            Assert.Equal([value], reader.Current.ToArray());
        }
    }

    [Fact]
    public async Task ReadBatchesAsync_TimerFiresEarlyWhileItIsBeingSet_WaitsForTheRest()
    {
        var clock = new HurriedClock(late: false);
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8, TimeProvider = clock });
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Wait).GetAsyncEnumerator();

        for (var value = 1; value <= 3; value++)
        {
            PutRange(stream, value, value);
            var read = reader.MoveNextAsync();
            var (waits, failed) = (!read.IsCompleted, read.IsFaulted);
            clock.Advance(Wait);

            Assert.False(failed, "The timer's callback failed.");
            Assert.True(waits);
            Assert.True(await read.WithinAsync());
            Assert.Equal([value], reader.Current.ToArray());
        }
    }

    [Fact]
    public async Task ReadBatchesAsync_ClosedWhileFilling_GivesWhatIsThereThenEnds()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();
        var waits = !read.IsCompleted;

        var close = stream.CloseAsync();

        Assert.True(waits);
        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2], reader.Current.ToArray());
        Assert.False(close.IsCompleted);
        Assert.False(await reader.MoveNextAsync().WithinAsync());
        Assert.Empty(reader.Current);
        await close.WithinAsync();
    }

    [Fact]
    public async Task ReadBatchesAsync_ClosedWhilePutsWait_DoesNotWaitToFillAnyMore()
    {
        // Continuations run inside the commit here, so the batch is filling when the stream is closed.
        var stream = CreateStream(window: 4, inline: true);
        await using var slow = stream.GetAsyncEnumerator();
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 6).Select(value => stream.PutAsync(value).AsTask()).ToList();
        Assert.Equal([1, 2, 3, 4], await reader.NextBatchAsync());
        var read = reader.MoveNextAsync();
        Assert.Equal(1, await slow.NextAsync());
        Assert.Equal(2, await slow.NextAsync());
        var waits = !read.IsCompleted;

        var close = stream.CloseAsync();
        Assert.True(await read.WithinAsync());
        var batch = reader.Current.ToArray();
        read = reader.MoveNextAsync();
        var waitsForTheLast = !read.IsCompleted;
        Assert.Equal([3, 4, 5, 6], await slow.ReadToEndAsync());

        Assert.True(waits);
        Assert.Equal([5], batch);
        Assert.True(waitsForTheLast);
        Assert.True(await read.WithinAsync());
        Assert.Equal([6], reader.Current.ToArray());
        Assert.False(await reader.MoveNextAsync().WithinAsync());
        await Task.WhenAll(puts).WithinAsync();
        await close.WithinAsync();
    }

    [Fact]
    public async Task ReadBatchesAsync_FaultedWhileFilling_GivesWhatIsThereThenThrows()
    {
        var stream = CreateStream(window: 8);
        await using var reader = stream.Subscribe().ReadBatchesAsync(5, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();

        stream.TryFault(new FormatException());

        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2], reader.Current.ToArray());
        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
        Assert.IsType<FormatException>(thrown.InnerException);
    }

    [Fact]
    public async Task ReadBatchesAsync_DisposedWhileFilling_TheReadReturnsFalseAndAbandonsNothing()
    {
        var stream = CreateStream(window: 8);
        var subscription = stream.Subscribe();
        var reader = subscription.ReadBatchesAsync(5, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();

        await reader.DisposeAsync();

        Assert.False(await read.WithinAsync());
        Assert.Equal(0, stream.SubscriptionCount);
        Assert.Equal(0, subscription.GetSnapshot().ValuesAbandoned);
        Assert.Equal(2, subscription.GetSnapshot().Lag);
        _clock.Advance(Wait);
        Assert.False(await reader.MoveNextAsync().WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadBatchesAsync_CancelledWhileFilling_ThrowsAndLeaves(bool throughTheMethod)
    {
        var stream = CreateStream(window: 8);
        using var cancellation = new CancellationTokenSource();
        var subscription = stream.Subscribe();
        await using var reader = throughTheMethod
            ? subscription.ReadBatchesAsync(5, Wait, cancellation.Token).GetAsyncEnumerator()
            : subscription.ReadBatchesAsync(5, Wait).GetAsyncEnumerator(cancellation.Token);
        PutRange(stream, 1, 2);
        var read = reader.MoveNextAsync();

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal(0, stream.SubscriptionCount);
        Assert.Equal(0, subscription.GetSnapshot().ValuesAbandoned);
    }

    [Fact]
    public async Task ReadBatchesAsync_TwoTokens_EitherMakesItLeave()
    {
        var stream = CreateStream(window: 8);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        await using var a = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.Zero, first.Token).GetAsyncEnumerator(second.Token);
        await using var b = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.Zero, first.Token).GetAsyncEnumerator(second.Token);
        var read = a.MoveNextAsync();

        await second.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        Assert.Equal(second.Token, error.CancellationToken);
        await first.CancelAsync();
        error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b.MoveNextAsync().WithinAsync());
        Assert.Equal(second.Token, error.CancellationToken);
    }

    [Fact]
    public async Task ReadBatchesAsync_LeavesHoldingABatch_AbandonsAllOfIt()
    {
        var stream = CreateStream(window: 4);
        var subscription = stream.Subscribe();
        await using var reader = subscription.ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        PutRange(stream, 1, 4);
        Assert.Equal([1, 2, 3], await reader.NextBatchAsync());

        await subscription.DisposeAsync();

        Assert.Equal(3, subscription.GetSnapshot().ValuesAbandoned);
        Assert.Equal(3, subscription.GetSnapshot().Position);
        Assert.Equal(1, subscription.GetSnapshot().Lag);
        Assert.Equal([1, 2, 3], reader.Current.ToArray());
    }

    [Fact]
    public async Task ReadBatchesAsync_Filling_HoldsNothingYet()
    {
        var stream = CreateStream(window: 4);
        await using var reader = stream.Subscribe("batches").ReadBatchesAsync(3, Wait).GetAsyncEnumerator();
        PutRange(stream, 1, 2);

        var read = reader.MoveNextAsync();
        var filling = stream.GetSnapshot().Of("batches");
        _clock.Advance(Wait);
        Assert.True(await read.WithinAsync());

        Assert.False(filling.HoldsValue);
        Assert.Equal(2, filling.Lag);
        Assert.True(stream.GetSnapshot().Of("batches").HoldsValue);
        Assert.Equal(2, stream.GetSnapshot().Of("batches").Lag);
    }

    [Fact]
    public async Task ReadBatchesAsync_BatchInHand_GatesUntilTheNextRead()
    {
        var stream = CreateStream(window: 2);
        await using var reader = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.Zero).GetAsyncEnumerator();
        PutRange(stream, 1, 2);
        await reader.NextBatchAsync();
        var put = stream.PutAsync(3);
        var waits = !put.IsCompleted;

        Assert.Equal([3], await reader.NextBatchAsync());

        Assert.True(waits);
        await put.WithinAsync();
    }

    [Fact]
    public async Task ReadBatchesAsync_EqualBatches_ReuseTheirMemory()
    {
        var stream = CreateStream(window: 4);
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, TimeSpan.Zero).GetAsyncEnumerator();
        PutRange(stream, 1, 4);
        await reader.NextBatchAsync();
        Assert.True(MemoryMarshal.TryGetArray(reader.Current.Memory, out var first));
        PutRange(stream, 5, 5, expected: false);
        var read = reader.MoveNextAsync();
        PutRange(stream, 5, 7);

        Assert.True(await read.WithinAsync());
        await reader.NextBatchAsync();
        Assert.True(MemoryMarshal.TryGetArray(reader.Current.Memory, out var later));

        Assert.Same(first.Array, later.Array);
        Assert.Equal(2, reader.Current.Count);
    }

    [Fact]
    public void ReadBatchesAsync_ArgumentsOutOfRange_AreNamed()
    {
        var subscription = CreateStream(window: 1).Subscribe();

        var size = Assert.Throws<ArgumentOutOfRangeException>(() => subscription.ReadBatchesAsync(0, TimeSpan.Zero));
        var negative = Assert.Throws<ArgumentOutOfRangeException>(() => subscription.ReadBatchesAsync(1, TimeSpan.FromMilliseconds(-2)));
        var tooLong = Assert.Throws<ArgumentOutOfRangeException>(() => subscription.ReadBatchesAsync(1, TimeSpan.FromDays(30)));

        Assert.Equal("maxSize", size.ParamName);
        Assert.Equal("maxWait", negative.ParamName);
        Assert.Equal("maxWait", tooLong.ParamName);
    }

    private static void PutRange(AsyncStream<int> stream, int first, int last, bool expected = true)
    {
        for (var value = first; value <= last; value++) Assert.Equal(expected, stream.TryPut(value));
    }

    private AsyncStream<int> CreateStream(int window, bool inline = false) =>
        new(new AsyncStreamOptions { Window = window, TimeProvider = _clock, AllowSynchronousContinuations = inline });
}
