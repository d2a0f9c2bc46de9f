using Microsoft.Extensions.Time.Testing;
using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>What an observer is told of puts and reads. Times are in seconds of a test's clock, which starts at midnight.</summary>
public sealed class ObserverTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RecordedPuts _puts = new();

    [Fact]
    public async Task Put_RoomForIt_IsCommittedAndEndsWithoutAWait()
    {
        var puts = new RecordedPuts(traces: true);
        var stream = Create(puts, window: 2);
        stream.Subscribe("a");

        await stream.PutAsync(1);
        Assert.True(stream.TryPut(2));

        Assert.Equal(["commits 1 at 0", "ends 1 0/0 none accepted", "commits 2 at 1", "ends 2 0/0 none accepted"], puts.Calls);
    }

    [Fact]
    public void TryPut_Refused_IsForgotten()
    {
        var puts = new RecordedPuts(traces: true);
        var stream = Create(puts);

        Assert.False(stream.TryPut(1));

        Assert.Equal(["forget 1"], puts.Calls);
    }

    [Fact]
    public async Task Put_TokenCancelledBefore_IsNone()
    {
        var stream = Create();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.PutAsync(1, new CancellationToken(canceled: true)));

        Assert.Equal(0, _puts.Begun);
    }

    [Fact]
    public async Task Put_Refused_EndsWithTheErrorItsCallerGets()
    {
        var throwing = Create(noSubscribers: NoSubscribers.Throw);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await throwing.PutAsync(1));
        var closed = Create();
        await closed.CloseAsync();
        await Assert.ThrowsAsync<StreamClosedException>(async () => await closed.PutAsync(1));
        var faulted = Create();
        faulted.TryFault(new FormatException());
        await Assert.ThrowsAsync<StreamFaultedException>(async () => await faulted.PutAsync(1));

        Assert.Equal(
            ["ends 0/0 none InvalidOperationException", "ends 0/0 none StreamClosedException", "ends 0/0 none StreamFaultedException"], _puts.Calls);
    }

    [Fact]
    public async Task Put_BringsItsOwnObserver_TheStreamsIsNotTold()
    {
        var own = new RecordedPuts();
        var stream = Create();
        stream.Subscribe("a");

        await stream.PutAsync(1, own, CancellationToken.None);
        Assert.False(stream.TryPut(2, own));

        Assert.Equal(["ends 0/0 none accepted", "forget "], own.Calls);
        Assert.Empty(_puts.Calls);
    }

    [Fact]
    public async Task Put_Waits_TellsWhenAndForWhom()
    {
        var puts = new RecordedPuts(traces: true);
        var stream = Create(puts);
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        await stream.PutAsync(0);
        await a.NextAsync();
        var put = stream.PutAsync(1);
        Pass(3);

        await a.NextAsync();
        var told = puts.Calls.Skip(2).ToList();
        await put.WithinAsync();

        Assert.Equal(["waits 0", "leaves head 3", "commits 2 at 1"], told);
        Assert.Equal("ends 2 3/3 a accepted", puts.Calls[^1]);
    }

    [Fact]
    public async Task Put_TwoMissing_OnlyWhatTheLastWasWaitedForAloneIsMarginal()
    {
        var stream = Create();
        var (a, b) = (await HoldAsync(stream, "a", "b"));
        var put = stream.PutAsync(1);
        Pass(1);
        var read = a.MoveNextAsync();
        Pass(2);
        await b.NextAsync();
        await put.WithinAsync();
        Assert.True(await read);

        Assert.Equal("ends 3/2 b accepted", _puts.Calls[^1]);
    }

    [Fact]
    public async Task Put_NewcomerWhileOneIsMissing_ChangesNothing()
    {
        var stream = Create();
        var (a, b) = (await HoldAsync(stream, "a", "b"));
        var put = stream.PutAsync(1);
        Pass(1);
        var read = a.MoveNextAsync();
        Pass(2);
        stream.Subscribe("late");
        Pass(4);
        await b.NextAsync();
        await put.WithinAsync();
        Assert.True(await read);

        Assert.Equal("ends 7/6 b accepted", _puts.Calls[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Put_MissingOneLeaves_CountsAsTheGate(int window)
    {
        var stream = Create(window: window);
        var slow = stream.Subscribe("slow");
        await using var other = stream.Subscribe("other").GetAsyncEnumerator();
        for (var value = 0; value < window; value++)
        {
            await stream.PutAsync(value);
            await other.NextAsync();
        }

        var put = stream.PutAsync(9);
        Pass(1);
        var read = other.MoveNextAsync();
        Pass(2);
        await slow.DisposeAsync();
        await put.WithinAsync();
        Assert.True(await read);

        Assert.Equal($"ends 3/{(window == 1 ? 2 : 3)} slow accepted", _puts.Calls[^1]);
    }

    [Fact]
    public async Task Put_LastOneLeaves_GoesOnWaitingForASubscription_OfWhichNothingIsMarginal()
    {
        var stream = Create();
        var slow = stream.Subscribe("slow");
        await stream.PutAsync(0);
        var put = stream.PutAsync(1);
        Pass(2);
        await slow.DisposeAsync();
        Pass(5);
        stream.Subscribe("next");
        await put.WithinAsync();

        Assert.Equal("ends 7/2 slow accepted", _puts.Calls[^1]);
    }

    [Fact]
    public async Task Put_NobodySubscribed_WaitHasNoGate()
    {
        var stream = Create();
        var put = stream.PutAsync(1);
        Pass(5);
        stream.Subscribe("first");
        await put.WithinAsync();

        Assert.Equal(["waits 0", "leaves head 5", "ends 5/0 none accepted"], _puts.Calls);
    }

    [Fact]
    public async Task Puts_Queued_EachWaitsFromTheHeadOn()
    {
        var stream = Create();
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        await stream.PutAsync(0);
        await a.NextAsync();
        var first = stream.PutAsync(1);
        Pass(1);
        var second = stream.PutAsync(2);
        Pass(2);
        await a.NextAsync();
        Pass(4);
        await a.NextAsync();
        await first.WithinAsync();
        await second.WithinAsync();

        Assert.Equal(
            ["ends 0/0 none accepted", "waits 0", "queues 1", "leaves head 3", "reaches head 3", "leaves head 7", "ends 3/3 a accepted", "ends 4/4 a accepted"],
            _puts.Calls);
    }

    [Fact]
    public async Task Puts_ReleasedTogether_OnlyTheFirstHasWaitedForAMember()
    {
        var stream = Create(window: 2);
        var batches = stream.Subscribe("a").ReadBatchesAsync(2, TimeSpan.Zero).GetAsyncEnumerator();
        await stream.PutAsync(0);
        await stream.PutAsync(1);
        await batches.NextAsync();
        var first = stream.PutAsync(2);
        var second = stream.PutAsync(3);
        Pass(2);
        await batches.NextAsync();
        await first.WithinAsync();
        await second.WithinAsync();
        await batches.DisposeAsync();

        Assert.Equal(["ends 2/2 a accepted", "ends 0/0 none accepted"], _puts.Calls.TakeLast(2));
    }

    [Fact]
    public async Task HeadCancelled_OneMissing_IsTheGate_AndTheNextWaitsFromThen()
    {
        var stream = Create();
        await using var a = stream.Subscribe("a").GetAsyncEnumerator();
        await stream.PutAsync(0);
        await a.NextAsync();
        using var cancellation = new CancellationTokenSource();
        var head = stream.PutAsync(1, cancellation.Token).AsTask();
        var next = stream.PutAsync(2);
        Pass(2);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        Pass(3);
        await a.NextAsync();
        await next.WithinAsync();

        Assert.Equal(
            ["waits 0", "queues 0", "leaves head 2", "reaches head 2", "ends 2/2 a OperationCanceledException", "leaves head 5", "ends 3/3 a accepted"],
            _puts.Calls.Skip(1));
        Assert.Equal(5 * s_second, stream.GetSnapshot().Of("a").TimeGating);
    }

    [Fact]
    public async Task HeadCancelled_TwoMissing_IsNoMembersWait_AndTheNextsIsNotMarginalUntilOneIsLeft()
    {
        var stream = Create();
        var (a, b) = (await HoldAsync(stream, "a", "b"));
        using var cancellation = new CancellationTokenSource();
        var head = stream.PutAsync(1, cancellation.Token).AsTask();
        var next = stream.PutAsync(2);
        Pass(2);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        Pass(3);
        var read = b.MoveNextAsync();
        Pass(4);
        await a.NextAsync();
        await next.WithinAsync();
        Assert.True(await read);

        Assert.Contains("ends 2/0 none OperationCanceledException", _puts.Calls);
        Assert.Equal("ends 7/4 a accepted", _puts.Calls[^1]);
    }

    [Fact]
    public async Task HeadCancelled_QueueEmptyForAWhile_TheNextHeadStartsAnew()
    {
        var stream = Create();
        var (a, b) = (await HoldAsync(stream, "a", "b"));
        using var cancellation = new CancellationTokenSource();
        var head = stream.PutAsync(1, cancellation.Token).AsTask();
        var read = a.MoveNextAsync();
        Pass(1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        Pass(10);
        var put = stream.PutAsync(2);
        Pass(3);
        await b.NextAsync();
        await put.WithinAsync();
        Assert.True(await read);

        Assert.Contains("ends 1/1 b OperationCanceledException", _puts.Calls);
        Assert.Equal("ends 3/3 b accepted", _puts.Calls[^1]);
    }

    [Fact]
    public async Task QueuedCancelled_HasNotWaitedForAMember()
    {
        var stream = Create();
        stream.Subscribe("a");
        await stream.PutAsync(0);
        var head = stream.PutAsync(1);
        using var cancellation = new CancellationTokenSource();
        var queued = stream.PutAsync(2, cancellation.Token).AsTask();
        Pass(2);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);

        Assert.Equal(["waits 0", "queues 0", "leaves queue 2", "ends 0/0 none OperationCanceledException"], _puts.Calls.Skip(1));
        Assert.False(head.IsCompleted);
    }

    [Fact]
    public async Task Fault_WaitsHaveNoGate()
    {
        var stream = Create();
        stream.Subscribe("a");
        await stream.PutAsync(0);
        var head = stream.PutAsync(1).AsTask();
        var queued = stream.PutAsync(2).AsTask();
        Pass(2);
        stream.TryFault(new FormatException());
        await Assert.ThrowsAsync<StreamFaultedException>(() => head);
        await Assert.ThrowsAsync<StreamFaultedException>(() => queued);

        Assert.Equal(["waits 0", "queues 0", "leaves head 2", "reaches head 2", "leaves head 2"], _puts.Calls.Skip(1).Take(5));
        // Each ends on its caller's thread.
        Assert.Equal(["ends 0/0 none StreamFaultedException", "ends 2/0 none StreamFaultedException"], _puts.Calls.Skip(6).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Abort_OneMissing_IsTheGateOfTheRefusedPut()
    {
        var stream = Create();
        stream.Subscribe("a");
        await stream.PutAsync(0);
        var put = stream.PutAsync(1).AsTask();
        Pass(2);
        stream.Abort(new CancellationToken(canceled: true));
        await Assert.ThrowsAsync<StreamClosedException>(() => put);

        Assert.Equal("ends 2/2 a StreamClosedException", _puts.Calls[^1]);
    }

    [Fact]
    public async Task Put_LastOneLeavesBeforeItHasSaidThatItFinished_TheWaitWasForIt()
    {
        var stream = Create(window: 2);
        var subscription = stream.Subscribe("a");
        await using var a = subscription.GetAsyncEnumerator();
        await stream.PutAsync(0);
        await stream.PutAsync(1);
        await a.NextAsync();
        var put = stream.PutAsync(2);
        Pass(2);
        await DedicatedThread.RunAsync(() =>
        {
            Interleaving.Observe(point =>
            {
                if (point == "check whether the step is awaited") _ = subscription.DisposeAsync();
            });
            _ = a.MoveNextAsync().IsCompleted;
            Interleaving.Observe(null);
        });
        Pass(5);
        stream.Subscribe("next");
        await put.WithinAsync();

#if DEBUG
        Assert.Equal("ends 7/2 a accepted", _puts.Calls[^1]);
#endif
    }

    [Fact]
    public void Clock_PrecisionChanges_NeverGoesBack()
    {
        var clock = new CoarseClock(TimeProvider.System);
        var last = clock.Now;

        for (var i = 0; i < 10_000; i++)
        {
            clock.IsPrecise = !clock.IsPrecise;
            var now = clock.Now;
            Assert.True(now >= last, $"Reading {i} is {last - now} before the one before it.");
            last = now;
        }
    }

    [Fact]
    public async Task Puts_TwoAtOnce_TheOneThatWaitsDoesSinceNow()
    {
        using var both = new Barrier(2);
        AsyncStream<int> stream = null!;
        List<TimeSpan?> ages = [];

        await Task.WhenAll(DedicatedThread.RunAsync(() => Put(leads: true)), DedicatedThread.RunAsync(() => Put(leads: false)));

        Assert.All(ages, age => Assert.Equal(TimeSpan.Zero, age));

        void Put(bool leads)
        {
            for (var round = 0; round < 3_000; round++)
            {
                if (leads)
                {
                    stream = Create(new RecordedPuts());
                    stream.Subscribe("a");
                    Pass(3_600);
                }

                both.SignalAndWait();
                _ = stream.PutAsync(round).IsCompleted;
                both.SignalAndWait();
                if (leads) ages.Add(stream.GetSnapshot().OldestWaitingPutAge);
            }
        }
    }

    [Fact]
    public async Task Reads_OneByOne_TellWhatTheyFinishedAndTook()
    {
        var stream = Create();
        var reads = new RecordedReads();
        await using var a = Observed(stream.Subscribe("a"), reads).GetAsyncEnumerator();
        await stream.PutAsync(0);
        Pass(1);
        await a.NextAsync();
        var waiting = a.MoveNextAsync();
        Pass(2);
        await stream.PutAsync(1);
        Pass(4);
        Assert.True(await waiting);
        var last = a.MoveNextAsync();
        await stream.CloseAsync();

        Assert.False(await last);
        Assert.Equal(["finished 0, took 1 at 0 1", "finished 1, took 0, waits", "finished 0, took 1 at 1 3", "finished 1, took 0, waits"], reads.Calls);
    }

    [Fact]
    public async Task Reads_WithinARun_TellEachStep()
    {
        var stream = Create(window: 4);
        var reads = new RecordedReads();
        await using var a = Observed(stream.Subscribe("a"), reads).GetAsyncEnumerator();
        for (var value = 0; value < 3; value++) await stream.PutAsync(value);
        for (var value = 0; value < 3; value++)
        {
            Pass(1);
            await a.NextAsync();
        }

        await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.False(await a.MoveNextAsync());

        Assert.Equal(["finished 0, took 1 at 0 1", "finished 1, took 1 at 1 2", "finished 1, took 1 at 2 3", "finished 1, took 0"], reads.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_InBatches_TellTheWholeBatch(bool fill)
    {
        var stream = Create(window: 4);
        var reads = new RecordedReads();
        await using var a = Observed(stream.Subscribe("a"), reads).ReadBatchesAsync(3, fill ? TimeSpan.FromHours(1) : TimeSpan.Zero).GetAsyncEnumerator();
        for (var value = 0; value < 4; value++) await stream.PutAsync(value);
        Assert.Equal(3, (await a.NextBatchAsync()).Count);
        await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Single(await a.NextBatchAsync());
        Assert.False(await a.MoveNextAsync());

        Assert.Equal((4, 4), (reads.Finished, reads.Taken));
        Assert.Equal(2, reads.Calls.Count(call => call.Contains("took 3 at 0", StringComparison.Ordinal) || call.Contains("took 1 at 3", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Reads_Latest_TellThePositionOfWhatTheyTook()
    {
        var stream = Create(noSubscribers: NoSubscribers.Discard);
        var reads = new RecordedReads();
        await using var a = Observed(stream.Subscribe(new SubscriptionOptions { Name = "a", Mode = SubscriptionMode.Latest }), reads).GetAsyncEnumerator();
        await stream.PutAsync(0);
        await a.NextAsync();
        for (var value = 1; value < 4; value++) await stream.PutAsync(value);
        await a.NextAsync();

        Assert.Equal(["finished 0, took 1 at 0 0", "finished 1, took 1 at 3 0"], reads.Calls);
    }

    [Fact]
    public async Task Reads_SubscriptionLeaves_WhatItHoldsIsNotFinished()
    {
        var stream = Create();
        var reads = new RecordedReads();
        var subscription = Observed(stream.Subscribe("a"), reads);
        var a = subscription.GetAsyncEnumerator();
        await stream.PutAsync(0);
        await a.NextAsync();
        await subscription.DisposeAsync();

        Assert.False(await a.MoveNextAsync());
        Assert.Equal(["finished 0, took 1 at 0 0"], reads.Calls);
    }

    private static StreamSubscription<int> Observed(StreamSubscription<int> subscription, ReadObserver reads)
    {
        subscription.Observe(reads);
        return subscription;
    }

    /// <summary>Two readers that hold a value, so that the next put waits for both.</summary>
    private static async Task<(IAsyncEnumerator<int> First, IAsyncEnumerator<int> Second)> HoldAsync(AsyncStream<int> stream, string first, string second)
    {
        var readers = (stream.Subscribe(first).GetAsyncEnumerator(), stream.Subscribe(second).GetAsyncEnumerator());
        await stream.PutAsync(0);
        await readers.Item1.NextAsync();
        await readers.Item2.NextAsync();
        return readers;
    }

    private void Pass(int seconds) => _clock.Advance(seconds * s_second);

    private AsyncStream<int> Create(RecordedPuts? puts = null, int window = 1, NoSubscribers noSubscribers = NoSubscribers.Wait)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window, WhenNoSubscribers = noSubscribers, TimeProvider = _clock });
        stream.Observe(puts ?? _puts);
        return stream;
    }
}
