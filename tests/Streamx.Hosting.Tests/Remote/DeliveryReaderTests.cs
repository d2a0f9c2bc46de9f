namespace Streamx.Hosting.Tests.Remote;

/// <summary>What a consumer may begin of the deliveries that it reads, and what becomes of the others.</summary>
public sealed class DeliveryReaderTests : IAsyncDisposable
{
    private readonly AsyncStream<Delivery<int>> _stream = new(new AsyncStreamOptions { Window = 8 });
    private readonly FakeSession _session = new();
    private readonly SessionFence _fence;

    public DeliveryReaderTests() => _fence = Fence(_session);

    [Fact]
    public async Task Values_OfALostSession_ArePassedOver_AndThoseOfTheNextAreNot()
    {
        await using var subscription = _stream.Subscribe();
        await using var reader = new DeliveryReader<int>(subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken));
        Delivery<int>[] lost = [Delivery(10, 1), Delivery(20, 2), Delivery(30, 3)];
        foreach (var delivery in lost) await _stream.PutAsync(delivery);
        Assert.True(await reader.MoveNextAsync());

        _session.Lose();
        var next = reader.MoveNextAsync();

        Assert.False(next.IsCompleted);
        Assert.Equal([false, true, true], lost.Select(delivery => delivery.WasPassedOver));
        Assert.All(lost, delivery => Assert.True(delivery.IsSettled));
        using var other = Fence(new FakeSession());
        await _stream.PutAsync(Delivery(40, 4, other));
        Assert.True(await next);
        Assert.Equal((40, 4), (reader.Current.Value, reader.Current.Info.Sequence));
        Assert.False(reader.Current.WasPassedOver);
    }

    [Fact]
    public async Task Value_InHand_IsSettledOnlyWhenTheNextIsAskedFor()
    {
        await using var subscription = _stream.Subscribe();
        await using var reader = new DeliveryReader<int>(subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken));
        var delivery = Delivery(10, 1);
        await _stream.PutAsync(delivery);
        Assert.True(await reader.MoveNextAsync());
        Assert.False(delivery.IsSettled);

        _ = reader.MoveNextAsync();

        Assert.True(delivery.IsSettled);
    }

    [Fact]
    public async Task Batch_OfALostSession_IsPassedOverAsAWhole()
    {
        await using var subscription = _stream.Subscribe();
        await using var reader = new DeliveryBatchReader<int>(subscription.ReadBatchesAsync(8, TimeSpan.Zero).GetAsyncEnumerator(TestContext.Current.CancellationToken));
        Delivery<int>[] first = [Delivery(10, 1), Delivery(20, 2)];
        Delivery<int>[] second = [Delivery(30, 3), Delivery(40, 4)];
        foreach (var delivery in first) await _stream.PutAsync(delivery);
        Assert.True(await reader.MoveNextAsync());
        foreach (var delivery in second) await _stream.PutAsync(delivery);

        _session.Lose();
        var next = reader.MoveNextAsync();

        Assert.False(next.IsCompleted);
        Assert.Equal([false, false, true, true], first.Concat(second).Select(delivery => delivery.WasPassedOver));
        Assert.All(first.Concat(second), delivery => Assert.True(delivery.IsSettled));
    }

    [Fact]
    public async Task LoopValue_InHandOfALostSession_IsNotRepeated()
    {
        await using var subscription = _stream.Subscribe();
        await using var values = new DeliveredValues<int>(new ConsumerSubscription<Delivery<int>>(subscription)).Read(TestContext.Current.CancellationToken);
        var delivery = Delivery(10, 1);
        await _stream.PutAsync(delivery);
        Assert.True(await values.MoveNextAsync());
        Assert.True(values.MayRepeat());

        _session.Lose();

        Assert.False(values.MayRepeat());
        Assert.True(delivery.WasPassedOver);
    }

    [Fact]
    public async Task Loop_StartedAgainAfterItsSessionIsLost_GoesOnBehindTheValueItHad()
    {
        var mayRepeat = true;
        await using var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8 });
        await using var subscription = stream.Subscribe();
        await using var values = subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var feed = new LoopFeed<int>(values) { MayRepeat = () => mayRepeat };
        foreach (var value in new[] { 10, 20 }) await stream.PutAsync(value);
        feed.BeginRun();
        Assert.True(await feed.MoveNextAsync());
        feed.BeginRun();
        Assert.True(await feed.MoveNextAsync());
        Assert.Equal(10, feed.Current);

        mayRepeat = false;
        feed.BeginRun();

        Assert.True(await feed.MoveNextAsync());
        Assert.Equal(20, feed.Current);
    }

    public async ValueTask DisposeAsync()
    {
        _fence.Dispose();
        await _stream.DisposeAsync();
    }

    private static SessionFence Fence(FakeSession session) => new(session, error => Assert.Fail($"{error}"));

    private Delivery<int> Delivery(int value, long sequence, SessionFence? fence = null) =>
        new(value, new TransportDelivery(Epoch: 1, sequence, default), fence ?? _fence);
}
