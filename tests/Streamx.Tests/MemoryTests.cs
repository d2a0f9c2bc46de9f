using System.Runtime.CompilerServices;
using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class MemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task FinishedValue_ConsumerWaitsForTheNext_IsNotKeptAlive(int window)
    {
        var stream = Create(window);
        await using var reader = stream.GetAsyncEnumerator();
        var value = TryPut(stream);
        await MoveAsync(reader);
        var heldIsAlive = IsAlive(value);

        var read = reader.MoveNextAsync();

        Assert.True(heldIsAlive);
        Assert.False(IsAlive(value));
        await EndAsync(stream, reader, read);
    }

    [Fact]
    public async Task FinishedValue_AnotherHasNotFinishedIt_IsKeptUntilItHas()
    {
        var stream = Create(window: 2);
        await using var fast = stream.GetAsyncEnumerator();
        await using var slow = stream.GetAsyncEnumerator();
        var value = TryPut(stream);
        await MoveAsync(fast);
        var fastRead = fast.MoveNextAsync();
        var keptForSlow = IsAlive(value);

        await MoveAsync(slow);
        var slowRead = slow.MoveNextAsync();

        Assert.True(keptForSlow);
        Assert.False(IsAlive(value));
        await EndAsync(stream, fast, fastRead);
        Assert.False(await slowRead.WithinAsync());
    }

    [Fact]
    public async Task FinishedValue_LargerWindowPartlyFinished_OnlyTheRestIsKept()
    {
        var stream = Create(window: 4);
        await using var reader = stream.GetAsyncEnumerator();
        var values = Enumerable.Range(0, 4).Select(_ => TryPut(stream)).ToList();

        await MoveAsync(reader);
        await MoveAsync(reader);
        await MoveAsync(reader);

        Assert.Equal([false, false, true, true], values.ConvertAll(IsAlive));
        GC.KeepAlive(stream);
    }

    [Fact]
    public async Task FinishedBatch_ConsumerWaitsForTheNext_IsNotKeptAlive()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, TimeSpan.Zero).GetAsyncEnumerator();
        var values = Enumerable.Range(0, 4).Select(_ => TryPut(stream)).ToList();
        await MoveAsync(reader);

        var read = reader.MoveNextAsync();

        Assert.All(values, value => Assert.False(IsAlive(value)));
        await EndAsync(stream, reader, read);
    }

    [Fact]
    public async Task ShorterBatchAfterALongerOne_TheLongerOnesValues_AreNotKeptAlive()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, TimeSpan.Zero).GetAsyncEnumerator();
        var values = Enumerable.Range(0, 4).Select(_ => TryPut(stream)).ToList();
        await MoveAsync(reader);
        var read = reader.MoveNextAsync();

        var held = TryPut(stream);

        Assert.True(await read.WithinAsync());
        Assert.All(values, value => Assert.False(IsAlive(value)));
        Assert.True(IsAlive(held));
        GC.KeepAlive(reader);
    }

    [Fact]
    public async Task LastValue_StreamClosed_IsNotKeptAlive()
    {
        var stream = Create(window: 2);
        await using var reader = stream.GetAsyncEnumerator();
        var values = new[] { TryPut(stream), TryPut(stream) };
        var close = stream.CloseAsync();
        await MoveAsync(reader);
        await MoveAsync(reader);
        Assert.False(await reader.MoveNextAsync().WithinAsync());
        await close.WithinAsync();

        Assert.All(values, value => Assert.False(IsAlive(value)));

        GC.KeepAlive(stream);
        GC.KeepAlive(reader);
    }

    [Fact]
    public async Task UnreadValue_ItsOnlySubscriptionLeaves_IsNotKeptAlive()
    {
        var stream = Create(window: 2);
        var subscription = stream.Subscribe();
        var values = new[] { TryPut(stream), TryPut(stream) };

        await subscription.DisposeAsync();

        Assert.All(values, value => Assert.False(IsAlive(value)));
        GC.KeepAlive(stream);
        GC.KeepAlive(subscription);
    }

    [Fact]
    public async Task WaitingPut_Cancelled_ItsValueIsNotKeptAlive()
    {
        var stream = Create(window: 1);
        using var cancellation = new CancellationTokenSource();
        var (value, put) = Put(stream, cancellation.Token);
        var waitingIsAlive = IsAlive(value);

        await cancellation.CancelAsync();

        Assert.True(waitingIsAlive);
        Assert.False(IsAlive(value));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WithinAsync());
        GC.KeepAlive(stream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitingPut_ClosedOrFaulted_ItsValueIsNotKeptAlive(bool fault)
    {
        var stream = Create(window: 1);
        var (value, put) = Put(stream, CancellationToken.None);

        if (fault) stream.TryFault(new FormatException());
        else await stream.CloseAsync().WithinAsync();

        Assert.False(IsAlive(value));
        await Assert.ThrowsAnyAsync<Exception>(() => put.WithinAsync());
        GC.KeepAlive(stream);
    }

    [Fact]
    public async Task WaitingPut_CommittedAndFinished_ItsValueIsNotKeptAliveByTheSpentWaiter()
    {
        var stream = Create(window: 1);
        await using var reader = stream.GetAsyncEnumerator();
        _ = TryPut(stream);
        var (value, put) = Put(stream, CancellationToken.None);
        await MoveAsync(reader);
        await MoveAsync(reader);

        var read = reader.MoveNextAsync();

        Assert.False(IsAlive(value));
        await put.WithinAsync();
        Assert.False(IsAlive(value));
        await EndAsync(stream, reader, read);
    }

    [Fact]
    public void DiscardedValue_NobodySubscribed_IsNotKeptAlive()
    {
        var stream = new AsyncStream<object>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });

        var value = TryPut(stream);

        Assert.False(IsAlive(value));
        GC.KeepAlive(stream);
    }

    [Fact]
    public async Task LatestValue_OvertakenOrFinishedOrLeft_IsNotKeptAlive()
    {
        var stream = new AsyncStream<object>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });
        var subscription = stream.Subscribe(new SubscriptionOptions { Mode = SubscriptionMode.Latest });
        await using var reader = subscription.GetAsyncEnumerator();

        var overtaken = TryPut(stream);
        var finished = TryPut(stream);
        var newestIsAlive = IsAlive(finished);
        var overtakenIsAlive = IsAlive(overtaken);
        await MoveAsync(reader);
        var read = reader.MoveNextAsync();
        var finishedIsAlive = IsAlive(finished);
        _ = TryPut(stream);
        Assert.True(await read.WithinAsync());
        var unread = TryPut(stream);
        await subscription.DisposeAsync();

        Assert.True(newestIsAlive);
        Assert.False(overtakenIsAlive);
        Assert.False(finishedIsAlive);
        Assert.False(IsAlive(unread));
        GC.KeepAlive(stream);
    }

    [Fact]
    public async Task SubscriptionThatLeft_TokenLivesOn_IsNotKeptAlive()
    {
        var stream = Create(window: 1);
        using var cancellation = new CancellationTokenSource();

        var left = await JoinAndLeaveAsync(stream, cancellation.Token);

        Assert.False(IsAlive(left));
        GC.KeepAlive(stream);
        GC.KeepAlive(cancellation);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    [InlineData(8, true)]
    public async Task TryPut_ReadWaits_AllocatesNothing(int window, bool isObserved)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window });
        await using var reader = Subscribe(stream, isObserved).GetAsyncEnumerator();

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value++)
            {
                var read = reader.MoveNextAsync();
                if (read.IsCompleted || !stream.TryPut(value)) throw new InvalidOperationException("The read must wait for the value.");
                if (!read.IsCompleted || !await read) throw new InvalidOperationException("The value must have come.");
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task ReadBatches_ZeroWait_AllocatesNothing(int window)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, TimeSpan.Zero).GetAsyncEnumerator();

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value++)
            {
                var read = reader.MoveNextAsync();
                if (!stream.TryPut(value) || !read.IsCompleted || !await read) throw new InvalidOperationException("The batch must have come.");
            }
        });
    }

    [Fact]
    public async Task StreamBatch_ForEachWithAwait_AllocatesNothing()
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = 8 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(4, TimeSpan.Zero).GetAsyncEnumerator();
        long sum = 0;

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value += 4)
            {
                // Two batches fit the window: the one in hand is finished by the next read only.
                for (var i = 0; i < 4; i++)
                {
                    if (!stream.TryPut(value + i)) throw new InvalidOperationException("There must be room.");
                }

                if (!await reader.MoveNextAsync()) throw new InvalidOperationException("The batch must have come.");
                foreach (var number in reader.Current) sum += await new ValueTask<long>(number);
            }
        });
        Assert.NotEqual(0, sum);
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(64, false, false)]
    [InlineData(64, true, false)]
    [InlineData(1, false, true)]
    [InlineData(64, true, true)]
    public async Task PutAsync_Waits_ReusesItsWaiter(int waiting, bool cancellable, bool isObserved)
    {
        var stream = new AsyncStream<long>();
        await using var reader = Subscribe(stream, isObserved).GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        var puts = new Queue<ValueTask>();
        Assert.True(stream.TryPut(0));
        for (var i = 0; i < waiting; i++) puts.Enqueue(Put(i));

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value++)
            {
                var read = reader.MoveNextAsync();
                if (!read.IsCompleted || !await read) throw new InvalidOperationException("There must be a value.");
                while (puts.Count > 0 && puts.Peek().IsCompleted) await puts.Dequeue();
                while (puts.Count < waiting) puts.Enqueue(Put(value));
            }
        });

        await reader.DisposeAsync();
        await stream.CloseAsync().WithinAsync();
        foreach (var put in puts) await Assert.ThrowsAsync<StreamClosedException>(() => put.WithinAsync());

        ValueTask Put(long value) => stream.PutAsync(value, cancellable ? cancellation.Token : default);
    }

    [Fact]
    public async Task FinishedValue_AnOlderOneIsUnfinished_IsNotKeptAlive()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadConcurrently(2);
        var values = Enumerable.Range(0, 2).Select(_ => TryPut(stream)).ToList();
        Assert.True(await reader.MoveNextAsync().WithinAsync());
        Assert.True(await reader.MoveNextAsync().WithinAsync());
        Assert.True(reader.Finish(1));
        var read = reader.MoveNextAsync();

        // The slots keep what they handle; the stream keeps neither.
        Assert.All(values, value => Assert.False(IsAlive(value)));
        Assert.Equal(1, Assert.Single(stream.GetSnapshot().Subscriptions).Lag);
        Assert.True(reader.Finish(0));
        await stream.CloseAsync().WithinAsync();
        Assert.False(await read.WithinAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task ReadConcurrently_FinishesInAnyOrder_AllocatesNothing(int window)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.Subscribe().ReadConcurrently(window);

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value += window)
            {
                for (var i = 0; i < window; i++)
                {
                    var read = reader.MoveNextAsync();
                    if (!stream.TryPut(i) || !read.IsCompleted || !await read) throw new InvalidOperationException("The value must have come.");
                }

                for (var i = 0; i < window; i++) reader.Finish(reader.Position - i);
            }
        });
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(8, true, false)]
    [InlineData(8, false, true)]
    public async Task PutManyAsync_Waits_ReusesItsWaiterAndAllocatesNothingPerValue(int window, bool cancellable, bool isObserved)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window });
        await using var reader = Subscribe(stream, isObserved).GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        var many = new long[20];

        await AssertAllocatesNothingAsync(async values =>
        {
            for (var value = 0; value < values; value += many.Length)
            {
                var put = stream.PutManyAsync(many, cancellable ? cancellation.Token : default);
                if (put.IsCompleted) throw new InvalidOperationException("The put must wait.");
                for (var i = 0; i < many.Length; i++)
                {
                    var read = reader.MoveNextAsync();
                    if (!read.IsCompleted || !await read) throw new InvalidOperationException("There must be a value.");
                }

                if (!put.IsCompleted) throw new InvalidOperationException("All must have been accepted.");
                await put;
            }
        });
    }

    /// <summary>Runs everything on this thread. Debug builds allocate while they check invariants, but no more as time goes by.</summary>
    private static async Task AssertAllocatesNothingAsync(Func<int, ValueTask> pass)
    {
        await pass(2_000);
        var start = GC.GetAllocatedBytesForCurrentThread();
        await pass(5_000);
        var middle = GC.GetAllocatedBytesForCurrentThread();
        await pass(5_000);
        var end = GC.GetAllocatedBytesForCurrentThread();

#if DEBUG
        Assert.InRange(end - middle, 0, middle - start + 8_192);
#else
        Assert.InRange(end - middle, 0, 8_192);
        Assert.InRange(middle - start, 0, 8_192);
#endif
    }

    private static StreamSubscription<long> Subscribe(AsyncStream<long> stream, bool isObserved)
    {
        var subscription = stream.Subscribe();
        if (!isObserved) return subscription;
        stream.Observe(new SilentPuts());
        stream.MeasuresPrecisely = true;
        subscription.Observe(new SilentReads());
        return subscription;
    }

    private static AsyncStream<object> Create(int window) => new(new AsyncStreamOptions { Window = window });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference TryPut(AsyncStream<object> stream)
    {
        var value = new object();
        Assert.True(stream.TryPut(value));
        return new WeakReference(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Value, ValueTask Put) Put(AsyncStream<object> stream, CancellationToken cancellationToken)
    {
        var value = new object();
        return (new WeakReference(value), stream.PutAsync(value, cancellationToken));
    }

    /// <summary>Reads on without touching the value.</summary>
    private static async Task MoveAsync<T>(IAsyncEnumerator<T> reader) => Assert.True(await reader.MoveNextAsync().WithinAsync());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> JoinAndLeaveAsync(AsyncStream<object> stream, CancellationToken cancellationToken)
    {
        var reader = stream.GetAsyncEnumerator(cancellationToken);
        await reader.DisposeAsync();
        return new WeakReference(reader);
    }

    private static async Task EndAsync<T>(AsyncStream<object> stream, IAsyncEnumerator<T> reader, ValueTask<bool> read)
    {
        await stream.CloseAsync().WithinAsync();
        Assert.False(await read.WithinAsync());
        GC.KeepAlive(reader);
    }

    private static bool IsAlive(WeakReference value)
    {
        Collection.Force();
        return value.IsAlive;
    }

    private sealed class SilentPuts : PutObserver
    {
        internal override object? Begin() => null;

        internal override void Forget(object? trace)
        {
        }

        internal override void QueuedLocked(bool isHead, long now)
        {
        }

        internal override void ReachedHeadLocked(long now)
        {
        }

        internal override void LeftQueueLocked(bool wasHead, long now)
        {
        }

        internal override void CommittingLocked(long position, object trace)
        {
        }

        internal override void Ended(object? trace, PutWait wait, Exception? error)
        {
        }
    }

    private sealed class SilentReads : ReadObserver
    {
        internal override void Read(int finished, int taken, long position, long takenAt, bool waits)
        {
        }
    }
}
