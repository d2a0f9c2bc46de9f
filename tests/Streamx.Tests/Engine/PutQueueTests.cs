using Streamx.Engine;

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
        Assert.Equal(2, _puts.Count);
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
        Assert.Equal(0, _puts.Count);
    }

    private List<PutWaiter<string>> Enqueue(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _puts.Enqueue(_core, $"{i}", now: i, CancellationToken.None))];
}
