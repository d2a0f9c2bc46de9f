using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class PutManyTests
{
    private static readonly int[] s_six = [1, 2, 3, 4, 5, 6];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(64)]
    public async Task PutManyAsync_AnyWindow_CommitsAsManyAtOnceAsThereIsRoomFor(int window)
    {
        var stream = Create(window);
        await using var reader = stream.GetAsyncEnumerator();

        var put = stream.PutManyAsync(s_six);
        var committed = new List<long> { stream.GetSnapshot().ValuesPut };
        var received = new List<int>();
        foreach (var _ in s_six)
        {
            received.Add(await reader.NextAsync());
            committed.Add(stream.GetSnapshot().ValuesPut);
        }

        await put.WithinAsync();
        Assert.Equal(s_six, received);
        // The first read finishes nothing yet.
        Assert.Equal([.. Enumerable.Range(-1, 7).Select(finished => (long)Math.Min(6, window + Math.Max(0, finished)))], committed);
    }

    [Fact]
    public async Task PutManyAsync_RoomForAll_HasCompletedOnReturn()
    {
        var stream = Create(window: 6);
        stream.Subscribe();

        var put = stream.PutManyAsync(s_six);

        Assert.True(put.IsCompletedSuccessfully);
        await put;
    }

    [Fact]
    public async Task PutManyAsync_OtherPutsCome_ItsValuesStandTogether()
    {
        var stream = Create(window: 2);
        var reader = stream.GetAsyncEnumerator();

        var many = stream.PutManyAsync(s_six);
        var one = stream.PutAsync(7);
        var others = stream.PutManyAsync(new[] { 8, 9 });
        var received = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            received.Add(await reader.NextAsync());
            Assert.False(stream.TryPut(0));
            Assert.False(one.IsCompleted);
        }

        var close = stream.CloseAsync();
        received.AddRange(await reader.ReadToEndAsync().WithinAsync());

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], received);
        await many.WithinAsync();
        await one.WithinAsync();
        await others.WithinAsync();
        await close.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_BehindAWaitingPut_ComesAfterIt()
    {
        var stream = Create(window: 2);
        var reader = stream.GetAsyncEnumerator();
        await stream.PutManyAsync(new[] { 1, 2 });
        var one = stream.PutAsync(3);

        var many = stream.PutManyAsync(new[] { 4, 5 });
        _ = stream.CloseAsync();

        Assert.Equal([1, 2, 3, 4, 5], await reader.ReadToEndAsync().WithinAsync());
        await one.WithinAsync();
        await many.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_Empty_CompletesAtOnceAndThrowsOnAClosedStream()
    {
        var open = Create();
        var closed = Create();
        await closed.CloseAsync();
        var faulted = Create();
        faulted.TryFault(new FormatException());
        var throwing = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Throw });

        Assert.True(open.PutManyAsync(ReadOnlyMemory<int>.Empty).IsCompletedSuccessfully);
        Assert.True(throwing.PutManyAsync(ReadOnlyMemory<int>.Empty).IsCompletedSuccessfully);
        Assert.Equal(0, (await Assert.ThrowsAsync<StreamClosedException>(() => closed.PutManyAsync(ReadOnlyMemory<int>.Empty).WithinAsync())).AcceptedCount);
        await Assert.ThrowsAsync<StreamFaultedException>(() => faulted.PutManyAsync(ReadOnlyMemory<int>.Empty).WithinAsync());
        Assert.Equal(0, open.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task PutManyAsync_CancelledPartOfTheWay_SaysHowManyWereAcceptedAndTheNextGoesOn()
    {
        var stream = Create(window: 2);
        await using var reader = stream.GetAsyncEnumerator();
        using var source = new CancellationTokenSource();
        var put = stream.PutManyAsync(s_six, source.Token).AsTask();
        var next = stream.PutAsync(7);
        await reader.NextAsync();
        await reader.NextAsync();

        await source.CancelAsync();

        var error = await Assert.ThrowsAsync<StreamPutCanceledException>(() => put.WithinAsync());
        Assert.Equal((3, source.Token), (error.AcceptedCount, error.CancellationToken));
        Assert.Contains("accepted 3 of 6 values", error.Message, StringComparison.Ordinal);
        Assert.True(put.IsCanceled);
        Assert.Equal(3, await reader.NextAsync());
        await next.WithinAsync();
        Assert.Equal(7, await reader.NextAsync());
    }

    [Fact]
    public async Task PutManyAsync_TokenCancelledBefore_AcceptsNothing()
    {
        var stream = Create();
        stream.Subscribe();
        var put = stream.PutManyAsync(s_six, new CancellationToken(canceled: true)).AsTask();

        var error = await Assert.ThrowsAsync<StreamPutCanceledException>(() => put.WithinAsync());

        Assert.Equal((0, true, true), (error.AcceptedCount, error.CancellationToken.IsCancellationRequested, put.IsCanceled));
        Assert.Equal(0, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task PutManyAsync_CancelledOnceAllIsAccepted_Succeeds()
    {
        var stream = Create(window: 2);
        await using var reader = stream.GetAsyncEnumerator();
        using var source = new CancellationTokenSource();
        var put = stream.PutManyAsync(new[] { 1, 2, 3 }, source.Token);
        await reader.NextAsync();
        await reader.NextAsync();

        await source.CancelAsync();

        await put.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_FaultPartOfTheWay_SaysHowManyWereAcceptedAndConsumersGetThose()
    {
        var stream = Create(window: 2);
        await using var reader = stream.GetAsyncEnumerator();
        var put = stream.PutManyAsync(s_six);
        await reader.NextAsync();
        await reader.NextAsync();

        stream.TryFault(new FormatException());

        var error = await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
        Assert.Equal(3, error.AcceptedCount);
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Equal(3, await reader.NextAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task PutManyAsync_ClosedPartOfTheWay_StillCommitsAllOfItsValues()
    {
        var stream = Create(window: 2);
        var reader = stream.GetAsyncEnumerator();
        var put = stream.PutManyAsync(s_six);

        var close = stream.CloseAsync();

        Assert.Equal(StreamState.Closing, stream.State);
        Assert.Equal(s_six, await reader.ReadToEndAsync().WithinAsync());
        await put.WithinAsync();
        await close.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_Closed_IsRefused()
    {
        var stream = Create();
        await stream.CloseAsync();

        var error = await Assert.ThrowsAsync<StreamClosedException>(() => stream.PutManyAsync(s_six).WithinAsync());

        Assert.Equal(0, error.AcceptedCount);
    }

    [Fact]
    public async Task PutManyAsync_ClosedAndTheLastSubscriptionLeaves_SaysHowManyWereAccepted()
    {
        var stream = Create(window: 2);
        var subscription = stream.Subscribe();
        var put = stream.PutManyAsync(s_six);
        var close = stream.CloseAsync();

        await subscription.DisposeAsync();

        var error = await Assert.ThrowsAsync<StreamClosedException>(() => put.WithinAsync());
        Assert.Equal(2, error.AcceptedCount);
        await close.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_LastSubscriptionLeaves_DoesWithTheRestWhatIsSet()
    {
        var put = new Dictionary<NoSubscribers, (AsyncStream<int> Stream, Task Put)>();
        foreach (var setting in Enum.GetValues<NoSubscribers>())
        {
            var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2, WhenNoSubscribers = setting });
            var subscription = stream.Subscribe();
            put[setting] = (stream, stream.PutManyAsync(s_six).AsTask());
            await subscription.DisposeAsync();
        }

        await put[NoSubscribers.Discard].Put.WithinAsync();
        Assert.Equal((6, 4), (put[NoSubscribers.Discard].Stream.GetSnapshot().ValuesPut, put[NoSubscribers.Discard].Stream.GetSnapshot().ValuesDiscarded));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => put[NoSubscribers.Throw].Put.WithinAsync());
        Assert.Contains("accepted 2 of 6 values", refused.Message, StringComparison.Ordinal);
        var (waiting, task) = put[NoSubscribers.Wait];
        Assert.Equal((false, 4), (task.IsCompleted, waiting.GetSnapshot().ValuesWaiting));
        var reader = waiting.GetAsyncEnumerator();
        _ = waiting.CloseAsync();
        Assert.Equal([3, 4, 5, 6], await reader.ReadToEndAsync().WithinAsync());
        await task.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_NobodySubscribed_DiscardsAllAtOnce()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });

        var put = stream.PutManyAsync(s_six);

        Assert.True(put.IsCompletedSuccessfully);
        await put;
        Assert.Equal((6, 6), (stream.GetSnapshot().ValuesPut, stream.GetSnapshot().ValuesDiscarded));
    }

    [Fact]
    public async Task GetSnapshot_CallPartOfTheWay_CountsTheValuesThatWaitAndTheAgeOfTheFirst()
    {
        var clock = new FakeTimeProvider();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2, TimeProvider = clock });
        await using var reader = stream.GetAsyncEnumerator();
        var put = stream.PutManyAsync(s_six);
        var one = stream.PutAsync(7);
        clock.Advance(TimeSpan.FromSeconds(3));
        var before = stream.GetSnapshot();

        await reader.NextAsync();
        await reader.NextAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        var after = stream.GetSnapshot();

        Assert.Equal((2, 5, TimeSpan.FromSeconds(3)), (before.ValuesPut, before.ValuesWaiting, before.OldestWaitingPutAge));
        Assert.Equal((3, 4, TimeSpan.FromSeconds(1)), (after.ValuesPut, after.ValuesWaiting, after.OldestWaitingPutAge));
        Assert.Equal(TimeSpan.FromSeconds(4), Assert.Single(after.Subscriptions).TimeGating);
        stream.TryFault(new FormatException());
        await Assert.ThrowsAsync<StreamFaultedException>(() => put.WithinAsync());
        await Assert.ThrowsAsync<StreamFaultedException>(() => one.WithinAsync());
    }

    [Fact]
    public async Task PutManyAsync_BatchReadWaits_GetsTheWholeOfIt()
    {
        var stream = Create(window: 4);
        await using var reader = stream.Subscribe().ReadBatchesAsync(10, TimeSpan.Zero).GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        var put = stream.PutManyAsync(s_six);

        Assert.True(await read.WithinAsync());
        Assert.Equal([1, 2, 3, 4], reader.Current);
        Assert.Equal([5, 6], await reader.NextBatchAsync());
        await put.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_LatestSubscription_GetsTheNewestAndCountsTheRest()
    {
        var stream = Create(window: 6);
        stream.Subscribe("every");
        var latest = stream.Subscribe(new SubscriptionOptions { Name = "latest", Mode = SubscriptionMode.Latest });
        await using var reader = latest.GetAsyncEnumerator();

        await stream.PutManyAsync(new[] { 1, 2, 3 });
        var first = await reader.NextAsync();
        await stream.PutManyAsync(new[] { 4 });
        await stream.PutManyAsync(new[] { 5, 6 });
        var second = await reader.NextAsync();

        Assert.Equal((3, 6), (first, second));
        Assert.Equal((1, 4, 5), (latest.GetSnapshot().ValuesFinished, latest.GetSnapshot().ValuesOvertaken, latest.GetSnapshot().Position));
    }

    [Fact]
    public async Task PutManyAsync_RingWrapsAround_KeepsTheOrder()
    {
        var stream = Create(window: 7);
        var received = stream.ReadToEndAsync();
        var expected = new List<int>();
        for (var length = 1; length <= 40; length++)
        {
            var values = Enumerable.Range(expected.Count, length).ToArray();
            expected.AddRange(values);
            await stream.PutManyAsync(values).WithinAsync();
        }

        await stream.CloseAsync().WithinAsync();

        Assert.Equal(expected, await received.WithinAsync());
    }

    [Fact]
    public async Task PutManyAsync_PartOfAnArrayOfADerivedType_TakesThatPart()
    {
        var stream = new AsyncStream<object>(new AsyncStreamOptions { Window = 2 });
        var reader = stream.GetAsyncEnumerator();
        object[] values = new string[] { "a", "b", "c", "d", "e" };

        var put = stream.PutManyAsync(new ReadOnlyMemory<object>(values, 1, 3));
        _ = stream.CloseAsync();

        Assert.Equal(["b", "c", "d"], await reader.ReadToEndAsync().WithinAsync());
        await put.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_MemoryThatIsUserCode_IsNotAskedUnderTheLock()
    {
        var stream = Create(window: 2);
        var reader = stream.GetAsyncEnumerator();
        using var memory = new LookingMemory(stream, s_six);

        var put = stream.PutManyAsync(memory.Memory);
        _ = stream.CloseAsync();

        Assert.Equal(s_six, await reader.ReadToEndAsync().WithinAsync());
        await put.WithinAsync();
    }

    [Fact]
    public async Task PutManyAsync_Over_DoesNotKeepTheMemoryAlive()
    {
        var stream = Create(window: 2);
        var reader = stream.GetAsyncEnumerator();
        var (values, put) = PutOwnMemory(stream);
        var isAliveBefore = IsAlive(values);
        for (var i = 0; i < 4; i++) await reader.NextAsync();
        await put.WithinAsync();

        Assert.True(isAliveBefore);
        Assert.False(IsAlive(values));
        GC.KeepAlive(stream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PutManyAsync_SeveralProducersAndConsumers_EveryCallStandsTogether(bool inline)
    {
        const int Producers = 4, Calls = 50, Length = 7;
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 3, AllowSynchronousContinuations = inline });
        var readers = Enumerable.Range(0, 3).Select(_ => stream.ReadToEndAsync()).ToArray();

        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            for (var call = 0; call < Calls; call++)
            {
                var first = ((producer * Calls) + call) * Length;
                await stream.PutManyAsync(Enumerable.Range(first, Length).ToArray());
            }
        }))).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        var received = await Task.WhenAll(readers).WithinAsync();
        Assert.All(received, values => Assert.Equal(received[0], values));
        Assert.Equal(Producers * Calls * Length, received[0].Count);
        Assert.All(received[0].Chunk(Length), call => Assert.Equal(Enumerable.Range(call[0], Length), call));
        Assert.All(received[0].Chunk(Length), call => Assert.Equal(0, call[0] % Length));
    }

    private static AsyncStream<int> Create(int window = 1) => new(new AsyncStreamOptions { Window = window });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Values, ValueTask Put) PutOwnMemory(AsyncStream<int> stream)
    {
        var values = new[] { 1, 2, 3, 4 };
        return (new WeakReference(values), stream.PutManyAsync(values));
    }

    private static bool IsAlive(WeakReference value)
    {
        Collection.Force();
        return value.IsAlive;
    }

    /// <summary>Memory whose code looks at the stream, which it can only while the lock is free.</summary>
    private sealed class LookingMemory(AsyncStream<int> stream, int[] values) : MemoryManager<int>
    {
        public override Span<int> GetSpan()
        {
            stream.GetSnapshot();
            return values;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
