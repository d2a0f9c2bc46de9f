namespace Streamx.Hosting.Tests.Remote;

public sealed class FinishReportsTests : IAsyncDisposable
{
    private readonly FakeSession _session = new();
    private readonly FinishReports _reports;

    /// <summary>The consumer has finished what it had in hand, and its stream has ended.</summary>
    private readonly TaskCompletionSource _drained = new();

    public FinishReportsTests() => _reports = new FinishReports(_session, _drained.Task);

    [Fact]
    public async Task Reports_AreInOrder_EachOnceItsValueIsFinished()
    {
        TaskCompletionSource first = new();
        var slow = Delivery(1, first.Task);
        var run = _reports.RunAsync();
        _reports.Add(slow);
        _reports.Add(Settled(2));
        Assert.Empty(_session.Finished);

        slow.Settle();
        first.SetResult();
        _reports.Complete();

        Assert.Null(await run);
        Assert.Equal([1, 2], _session.Finished);
        Assert.Equal(new FinishedNumber(7, 2), _reports.Finished);
    }

    [Fact]
    public async Task Reports_OneWasPassedOver_NothingBehindItCountsAsFinished()
    {
        _reports.Add(Settled(1));
        var stale = Delivery(2);
        stale.PassOver();
        stale.Settle();
        _reports.Add(stale);
        // It could not be read, and was not given to the consumer.
        _reports.Add(Hosting.Remote.Consuming.Delivery.NotGiven(Raw(3)));

        _reports.Complete();

        Assert.Null(await _reports.RunAsync());
        Assert.Equal([1], _session.Finished);
        Assert.Equal(new FinishedNumber(7, 1), _reports.Finished);
    }

    [Fact]
    public async Task Reports_ConsumerLeftWithOneInHand_EndThere()
    {
        var inHand = Delivery(2);
        _reports.Add(Settled(1));
        _reports.Add(inHand);
        _reports.Add(Delivery(3));

        Assert.Same(inHand, await _reports.RunAsync());

        Assert.Equal([1], _session.Finished);
    }

    [Fact]
    public async Task Reports_StreamFaultsWithOneInHand_WaitUntilItIsFinished()
    {
        var inHand = Delivery(1, Task.FromException(new StreamFaultedException("a", new InvalidOperationException())));
        _reports.Add(inHand);
        _reports.Complete();
        var run = _reports.RunAsync();
        Assert.False(run.IsCompleted);

        inHand.Settle();
        _drained.SetResult();

        Assert.Null(await run);
        Assert.Equal([1], _session.Finished);
    }

    [Fact]
    public async Task Finished_StreamIsAnotherOne_CountsAmongItsNumbersAlone()
    {
        _reports.Add(Settled(1000));
        _reports.Add(Settled(3, streamId: 8));
        _reports.Complete();

        Assert.Null(await _reports.RunAsync());

        Assert.True(_reports.Finished.Covers(Raw(3, streamId: 8)));
        Assert.False(_reports.Finished.Covers(Raw(4, streamId: 8)));
        Assert.False(_reports.Finished.Covers(Raw(1, streamId: 7)));
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static TransportDelivery Raw(long sequence, long streamId = 7) => new(Epoch: 1, sequence, default) { StreamId = streamId };

    private static Delivery Delivery(long sequence, Task? whenOut = null) => new(Raw(sequence)) { WhenOut = whenOut ?? Task.CompletedTask };

    private static Delivery Settled(long sequence, long streamId = 7)
    {
        var delivery = new Delivery(Raw(sequence, streamId));
        delivery.Settle();
        return delivery;
    }
}
