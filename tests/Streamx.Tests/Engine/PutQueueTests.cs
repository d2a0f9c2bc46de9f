using System.Collections.Concurrent;
using Streamx.Engine;
using Streamx.Tests.Support;

namespace Streamx.Tests.Engine;

/// <summary>Reuse of waiters, which only shows as allocations that debug builds hide.</summary>
public sealed class PutQueueTests
{
    private readonly StreamCore<string> _core = new(new AsyncStreamOptions());
    private readonly PutQueue<string> _puts = new();

    [Fact]
    public void Enqueue_SpentWaiterReturned_ReusesIt()
    {
        var first = _puts.Enqueue(_core, "a", now: 1, CancellationToken.None);
        var second = _puts.Enqueue(_core, "b", now: 2, CancellationToken.None);
        var value = _puts.Remove(first, PutOutcome.Committed);
        _puts.Return(first);

        var third = _puts.Enqueue(_core, "c", now: 3, CancellationToken.None);

        Assert.Equal("a", value);
        Assert.Same(first, third);
        Assert.Same(second, _puts.Head);
        Assert.Equal(("c", 3, PutOutcome.Waiting), (third.Value, third.WaitingSince, third.Outcome));
        Assert.Equal(2, _puts.ValueCount);
    }

    [Fact]
    public void Return_MoreThanThePoolKeeps_ForgetsTheRest()
    {
        var spent = Enqueue(100);
        foreach (var waiter in spent) _puts.Remove(waiter, PutOutcome.Cancelled);
        foreach (var waiter in spent) _puts.Return(waiter);

        var reused = Enqueue(100).Count(spent.Contains);

        Assert.Equal(64, reused);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Remove_FromAnyPlace_KeepsTheOrderOfTheRest(int which)
    {
        var waiters = Enqueue(3);

        _puts.Remove(waiters[which], PutOutcome.Cancelled);

        waiters.RemoveAt(which);
        var left = new List<PutWaiter<string>>();
        while (_puts.Head is { } head)
        {
            left.Add(head);
            _puts.Remove(head, PutOutcome.Committed);
        }

        Assert.Equal(waiters, left);
        Assert.Equal(0, _puts.ValueCount);
    }

    [Fact]
    public void TryKeep_SpareIsThere_KeepsOnlyOneUntilItIsUsed()
    {
        var (first, second) = (Spent("a"), Spent("b"));
        var keptFirst = _puts.TryKeep(first);
        var keptSecond = _puts.TryKeep(second);

        var reused = Spent("c");
        var keptThird = _puts.TryKeep(second);

        Assert.Equal((true, false, true), (keptFirst, keptSecond, keptThird));
        Assert.Same(first, reused);
        Assert.Same(second, Spent("d"));
    }

    [Fact]
    public async Task TryKeep_ManyThreadsWhileOthersEnqueue_NeverHandsOutAWaiterTwice()
    {
        const int Times = 20_000;
        var gate = new YieldingSpinLock();
        var inUse = new ConcurrentDictionary<PutWaiter<string>, int>();
        var made = new ConcurrentDictionary<PutWaiter<string>, bool>();
        var threads = (2 * Environment.ProcessorCount) + 2;

        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => DedicatedThread.RunAsync(() =>
        {
            for (var i = 0; i < Times; i++)
            {
                PutWaiter<string> waiter;
                using (gate.Enter()) waiter = Spent("x");
                Assert.True(inUse.TryAdd(waiter, thread), "A waiter serves two puts.");
                made.TryAdd(waiter, value: true);
                Assert.True(inUse.TryRemove(waiter, out _));
                if (_puts.TryKeep(waiter)) continue;
                using (gate.Enter()) _puts.Return(waiter);
            }
        })));

        // No thread holds more than one at a time, so no more are needed.
        Assert.InRange(made.Count, 1, threads);
        Assert.Equal(0, _puts.ValueCount);
    }

    /// <summary>Every put of every producer waits, and gets a waiter some other producer has just let go of.</summary>
    [Fact]
    public async Task PutAsync_ManyProducersWait_EachGetsItsOwnOutcome()
    {
        const int Producers = 12;
        const int Values = 400;
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2 });
        var received = stream.ReadToEndAsync();

        var refused = await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            var count = 0;
            for (var i = 0; i < Values; i++)
            {
                // Withdrawn puts among the others: their waiters are given back on another way.
                using var mine = new CancellationTokenSource();
                var put = stream.PutAsync((producer * Values) + i, mine.Token);
                if (i % 7 == 0) await mine.CancelAsync();
                try
                {
                    await put;
                }
                catch (OperationCanceledException error)
                {
                    Assert.Equal(mine.Token, error.CancellationToken);
                    count++;
                }
            }

            return count;
        }))).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        var values = await received.WithinAsync();
        Assert.Equal((Producers * Values) - refused.Sum(), values.Count);
        Assert.Equal(values.Count, values.Distinct().Count());
        Assert.Equal(values.Count, stream.GetSnapshot().ValuesPut);
    }

    private PutWaiter<string> Spent(string value)
    {
        var waiter = _puts.Enqueue(_core, value, now: 1, CancellationToken.None);
        _puts.Remove(waiter, PutOutcome.Committed);
        return waiter;
    }

    private List<PutWaiter<string>> Enqueue(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _puts.Enqueue(_core, $"{i}", now: i, CancellationToken.None))];
}
