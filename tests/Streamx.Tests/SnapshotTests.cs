using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class SnapshotTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void GetSnapshot_NewStream_HasItsSettingsAndZeros()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Name = "numbers", Window = 5 });

        var snapshot = stream.GetSnapshot();

        Assert.Equal("numbers", snapshot.Name);
        Assert.Equal(5, snapshot.Window);
        Assert.Equal(StreamState.Open, snapshot.State);
        Assert.Equal(0, snapshot.ValuesPut);
        Assert.Equal(0, snapshot.ValuesDiscarded);
        Assert.Equal(0, snapshot.ValuesWaiting);
        Assert.Null(snapshot.OldestWaitingPutAge);
        Assert.Empty(snapshot.Subscriptions);
    }

    [Fact]
    public void GetSnapshot_Subscriptions_AreInTheOrderInWhichTheyJoined()
    {
        var stream = CreateStream();
        stream.Subscribe("a");
        stream.Subscribe(new SubscriptionOptions { Name = "b", Mode = SubscriptionMode.Latest });
        stream.Subscribe("c");

        var subscriptions = stream.GetSnapshot().Subscriptions;

        Assert.Equal(["a", "b", "c"], subscriptions.Select(subscription => subscription.Name));
        Assert.Equal(
            [SubscriptionMode.Every, SubscriptionMode.Latest, SubscriptionMode.Every],
            subscriptions.Select(subscription => subscription.Mode));
    }

    [Fact]
    public async Task GetSnapshot_StepByStep_PositionLagAndFinishedFollow()
    {
        var stream = CreateStream(window: 3);
        await using var first = stream.Subscribe("first").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await using var second = stream.Subscribe("second").GetAsyncEnumerator();
        await stream.PutAsync(2).WithinAsync();
        await first.NextAsync();
        await first.NextAsync();

        var snapshot = stream.GetSnapshot();

        Assert.Equal(2, snapshot.ValuesPut);
        Assert.Equal((1, 1, 1), Counts(snapshot.Of("first")));
        Assert.Equal((1, 1, 0), Counts(snapshot.Of("second")));
        Assert.True(snapshot.Of("first").HoldsValue);
        Assert.False(snapshot.Of("second").HoldsValue);
        var end = first.MoveNextAsync();
        Assert.Equal((2, 0, 2), Counts(stream.GetSnapshot().Of("first")));
        Assert.False(stream.GetSnapshot().Of("first").HoldsValue);
        await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.False(await end.WithinAsync());

        static (long Position, long Lag, long Finished) Counts(SubscriptionSnapshot subscription) =>
            (subscription.Position, subscription.Lag, subscription.ValuesFinished);
    }

    [Fact]
    public async Task HeldFor_ReadHadWaitedForTheValue_IsTheAgeOfTheValue()
    {
        var stream = CreateStream();
        await using var reader = stream.Subscribe("a").GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        _clock.Advance(3 * Second);

        Assert.True(stream.TryPut(1));
        Assert.True(await read);
        _clock.Advance(Second);

        Assert.Equal(Second, stream.GetSnapshot().Of("a").HeldFor);
    }

    [Fact]
    public async Task HeldFor_ValueInHand_IsItsAge()
    {
        var stream = CreateStream();
        await using var reader = stream.Subscribe("a").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        _clock.Advance(Second);
        var unread = stream.GetSnapshot().Of("a").HeldFor;
        await reader.NextAsync();
        _clock.Advance(3 * Second);

        var held = stream.GetSnapshot().Of("a").HeldFor;
        var read = reader.MoveNextAsync();
        var asked = stream.GetSnapshot().Of("a").HeldFor;
        await stream.PutAsync(2).WithinAsync();
        _clock.Advance(2 * Second);

        Assert.Equal(TimeSpan.Zero, unread);
        Assert.Equal(3 * Second, held);
        Assert.Equal(TimeSpan.Zero, asked);
        Assert.Equal(2 * Second, stream.GetSnapshot().Of("a").HeldFor);
        Assert.True(await read.WithinAsync());
    }

    [Fact]
    public async Task OldestWaitingPutAge_SeveralWaiting_IsThatOfTheOldestLeft()
    {
        var stream = CreateStream();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        var first = stream.PutAsync(2);
        _clock.Advance(Second);
        var second = stream.PutAsync(3, cancellation.Token);
        _clock.Advance(Second);

        var both = stream.GetSnapshot();
        await reader.NextAsync();
        Assert.Equal(2, await reader.NextAsync());
        var one = stream.GetSnapshot();
        await cancellation.CancelAsync();
        var none = stream.GetSnapshot();

        Assert.Equal((2, 2 * Second), (both.ValuesWaiting, both.OldestWaitingPutAge));
        Assert.Equal((1, Second), (one.ValuesWaiting, one.OldestWaitingPutAge));
        Assert.Equal((0, (TimeSpan?)null), (none.ValuesWaiting, none.OldestWaitingPutAge));
        await first.WithinAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WithinAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task IsGating_PutWaits_NamesExactlyThoseWithoutRoom(int window)
    {
        var stream = CreateStream(window);
        await using var fast = stream.Subscribe("fast").GetAsyncEnumerator();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        for (var value = 0; value < window; value++) Assert.True(stream.TryPut(value));
        var full = stream.GetSnapshot();
        var put = stream.PutAsync(window);

        var both = stream.GetSnapshot();
        for (var value = 0; value < window; value++) await fast.NextAsync();
        var read = fast.MoveNextAsync();
        var one = stream.GetSnapshot();
        for (var value = 0; value <= window; value++) await slow.NextAsync();
        var none = stream.GetSnapshot();

        Assert.False(full.Of("fast").IsGating || full.Of("slow").IsGating);
        Assert.True(both.Of("fast").IsGating && both.Of("slow").IsGating);
        Assert.False(one.Of("fast").IsGating);
        Assert.True(one.Of("slow").IsGating);
        Assert.False(none.Of("fast").IsGating || none.Of("slow").IsGating);
        await put.WithinAsync();
        Assert.True(await read.WithinAsync());
    }

    [Fact]
    public async Task TimeGating_OneFinishesLast_TheWholeWaitIsItsOwn()
    {
        var stream = CreateStream();
        await using var fast = stream.Subscribe("fast").GetAsyncEnumerator();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await fast.NextAsync();
        await slow.NextAsync();
        _clock.Advance(Second);
        var put = stream.PutAsync(2);
        _clock.Advance(Second);
        var whileBothMiss = stream.GetSnapshot();
        var fastRead = fast.MoveNextAsync();
        _clock.Advance(2 * Second);

        var whileOnlySlowMisses = stream.GetSnapshot();
        await slow.NextAsync();
        _clock.Advance(4 * Second);
        var after = stream.GetSnapshot();

        Assert.Equal(TimeSpan.Zero, whileBothMiss.Of("slow").TimeGating);
        Assert.Equal(3 * Second, whileOnlySlowMisses.Of("slow").TimeGating);
        Assert.Equal(TimeSpan.Zero, whileOnlySlowMisses.Of("fast").TimeGating);
        Assert.Equal(3 * Second, after.Of("slow").TimeGating);
        Assert.Equal(TimeSpan.Zero, after.Of("fast").TimeGating);
        await put.WithinAsync();
        Assert.True(await fastRead.WithinAsync());
    }

    [Fact]
    public async Task TimeGating_SeveralWaits_AddUpPerSubscription()
    {
        var stream = CreateStream();
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        await using var b = stream.Subscribe("b").GetAsyncEnumerator();
        await stream.PutAsync(0).WithinAsync();
        await a.NextAsync();
        await b.NextAsync();
        var puts = Enumerable.Range(1, 4).Select(value => stream.PutAsync(value).AsTask()).ToList();

        for (var round = 0; round < 4; round++)
        {
            var (first, last) = round % 2 == 0 ? (a, b) : (b, a);
            _clock.Advance(Second);
            var read = first.MoveNextAsync();
            _clock.Advance((1 + round) * Second);
            await last.NextAsync();
            Assert.True(await read.WithinAsync());
        }

        // Only the head of the queue counts: 2 + 4 seconds and 3 + 5 seconds of a total of 14.
        Assert.Equal(6 * Second, stream.GetSnapshot().Of("b").TimeGating);
        Assert.Equal(8 * Second, stream.GetSnapshot().Of("a").TimeGating);
        await Task.WhenAll(puts).WithinAsync();
    }

    [Fact]
    public async Task TimeGating_TheSlowOneLeaves_TheWaitIsItsOwn()
    {
        var stream = CreateStream();
        var slow = stream.Subscribe("slow");
        await using var other = stream.Subscribe("other").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await other.NextAsync();
        var read = other.MoveNextAsync();
        var put = stream.PutAsync(2);
        _clock.Advance(5 * Second);

        await slow.DisposeAsync();
        _clock.Advance(5 * Second);

        Assert.Equal(5 * Second, slow.GetSnapshot().TimeGating);
        Assert.Equal(TimeSpan.Zero, stream.GetSnapshot().Of("other").TimeGating);
        await put.WithinAsync();
        Assert.True(await read.WithinAsync());
    }

    [Fact]
    public async Task TimeGating_HeadCancelled_CountsForWhomItWaitedAndStartsAnew()
    {
        var stream = CreateStream();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        var cancelled = stream.PutAsync(2, cancellation.Token);
        var next = stream.PutAsync(3);
        _clock.Advance(2 * Second);

        await cancellation.CancelAsync();
        _clock.Advance(Second);
        await slow.NextAsync();
        Assert.Equal(3, await slow.NextAsync());

        Assert.Equal(3 * Second, stream.GetSnapshot().Of("slow").TimeGating);
        await next.WithinAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
    }

    [Fact]
    public async Task TimeGating_NobodyWaits_NoTimePasses()
    {
        var stream = CreateStream();
        await using var reader = stream.Subscribe("a").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();
        _clock.Advance(10 * Second);

        var put = stream.PutAsync(2);
        await reader.NextAsync();

        Assert.Equal(TimeSpan.Zero, stream.GetSnapshot().Of("a").TimeGating);
        await put.WithinAsync();
    }

    [Fact]
    public async Task TimeGating_WaitForASubscription_CountsForNoMember()
    {
        var stream = CreateStream();
        var put = stream.PutAsync(1);
        _clock.Advance(10 * Second);

        await using var reader = stream.Subscribe("a").GetAsyncEnumerator();

        Assert.Equal(TimeSpan.Zero, stream.GetSnapshot().Of("a").TimeGating);
        await put.WithinAsync();
    }

    [Fact]
    public async Task GetSnapshot_OfASubscriptionThatLeft_IsWhereItWas()
    {
        var stream = CreateStream(window: 4);
        var leaving = stream.Subscribe("leaving");
        await using var staying = stream.GetAsyncEnumerator();
        await using var reader = leaving.GetAsyncEnumerator();
        for (var value = 0; value < 4; value++) Assert.True(stream.TryPut(value));
        await reader.NextAsync();
        await reader.NextAsync();
        await leaving.DisposeAsync();
        for (var value = 0; value < 4; value++) await staying.NextAsync();
        var put = stream.PutAsync(4);

        var left = leaving.GetSnapshot();

        Assert.Equal("leaving", left.Name);
        Assert.Equal(2, left.Position);
        Assert.Equal(1, left.ValuesFinished);
        Assert.Equal(1, left.ValuesAbandoned);
        Assert.Equal(2, left.Lag);
        Assert.False(left.HoldsValue);
        Assert.Equal(TimeSpan.Zero, left.HeldFor);
        Assert.DoesNotContain(stream.GetSnapshot().Subscriptions, subscription => string.Equals(subscription.Name, "leaving", StringComparison.Ordinal));
        await put.WithinAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task GetSnapshot_UnderLoad_AddsUp(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        var every = Enumerable.Range(0, 2).Select(i => stream.Subscribe($"every-{i}").ReadToEndAsync()).ToList();
        var latest = stream.Subscribe(new SubscriptionOptions { Name = "latest", Mode = SubscriptionMode.Latest }).ReadToEndAsync();
        var batches = stream.Subscribe("batches").ReadBatchesAsync(3, TimeSpan.Zero).ReadToEndAsync();
        var producers = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (var value = 0; value < 2_000; value++) await stream.PutAsync(value);
        })));

        var snapshots = new List<StreamSnapshot>();
        while (!producers.IsCompleted) snapshots.Add(stream.GetSnapshot());
        await producers.WithinAsync();
        await stream.CloseAsync().WithinAsync();
        await Task.WhenAll(every.Append(latest)).WithinAsync();
        await batches.WithinAsync();

        long before = 0;
        foreach (var snapshot in snapshots)
        {
            SnapshotRules.Check(snapshot);
            Assert.True(snapshot.ValuesPut >= before);
            before = snapshot.ValuesPut;
        }

        Assert.Equal(6_000, stream.GetSnapshot().ValuesPut);
    }

    private AsyncStream<int> CreateStream(int window = 1) => new(new AsyncStreamOptions { Window = window, TimeProvider = _clock });
}
