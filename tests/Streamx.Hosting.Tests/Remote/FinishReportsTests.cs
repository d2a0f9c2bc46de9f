namespace Streamx.Hosting.Tests.Remote;

public sealed class FinishReportsTests : IAsyncDisposable
{
    private readonly FakeSession _session = new();
    private readonly SessionFence _fence = new();

    [Fact]
    public async Task Reports_AreInOrder_EachOnceItsValueIsFinished()
    {
        TaskCompletionSource first = new();
        var reports = Create();
        var run = reports.RunAsync();
        reports.Add(Delivery(1), first.Task, position: 0, ordinal: 1);
        reports.Add(Delivery(2), Task.CompletedTask, position: 1, ordinal: 2);
        Assert.Empty(_session.Finished);

        first.SetResult();
        reports.Complete();

        Assert.True(await run);
        Assert.Equal([1, 2], _session.Finished);
        Assert.Equal(new FinishedNumber(7, 2), reports.Finished);
    }

    [Fact]
    public async Task Reports_OneWasPassedOver_NothingBehindItCountsAsFinished()
    {
        _fence.OnJoined(_session);
        var reports = Create();
        reports.Add(Delivery(1), Task.CompletedTask, position: 0, ordinal: 1);
        reports.Add(Delivery(2), Task.CompletedTask, position: 1, ordinal: 2);
        // It could not be read, and was not given to the consumer.
        reports.Add(Delivery(3), Task.CompletedTask, position: 2);
        _session.Lose();
        Assert.False(_fence.MayBegin(1));

        reports.Complete();

        Assert.True(await reports.RunAsync());
        Assert.Equal(new FinishedNumber(7, 1), reports.Finished);
    }

    [Fact]
    public async Task Reports_ConsumerLeftWithOneInHand_EndThere()
    {
        var reports = Create(finished: 1);
        reports.Add(Delivery(1), Task.CompletedTask, position: 0, ordinal: 1);
        reports.Add(Delivery(2), Task.CompletedTask, position: 1, ordinal: 2);
        reports.Add(Delivery(3), Task.CompletedTask, position: 2, ordinal: 3);

        Assert.False(await reports.RunAsync());

        Assert.Equal([1], _session.Finished);
    }

    [Fact]
    public async Task Reports_BatchWhoseSessionIsLost_DoesNotCount()
    {
        var reports = Create(isBatched: true);
        reports.Add(Delivery(1), Task.CompletedTask, position: 0, ordinal: 1);
        _session.Lose();
        reports.Complete();

        Assert.True(await reports.RunAsync());

        Assert.Equal(default, reports.Finished);
    }

    [Fact]
    public async Task Finished_StreamIsAnotherOne_CountsAmongItsNumbersAlone()
    {
        var reports = Create();
        reports.Add(Delivery(1000), Task.CompletedTask, position: 0, ordinal: 1);
        reports.Add(Delivery(3, streamId: 8), Task.CompletedTask, position: 1, ordinal: 2);
        reports.Complete();

        Assert.True(await reports.RunAsync());

        Assert.True(reports.Finished.Covers(Delivery(3, streamId: 8)));
        Assert.False(reports.Finished.Covers(Delivery(4, streamId: 8)));
        Assert.False(reports.Finished.Covers(Delivery(1, streamId: 7)));
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static TransportDelivery Delivery(long sequence, long streamId = 7) => new(Epoch: 1, sequence, default) { StreamId = streamId };

    private FinishReports Create(long finished = long.MaxValue, bool isBatched = false) => new(_session, _fence, isBatched, count => count <= finished);
}
