namespace Streamx.Hosting.Tests.Remote;

public sealed class SessionFenceTests : IAsyncDisposable
{
    private readonly SessionFence _fence = new();
    private readonly AsyncStream<int> _stream = new(new AsyncStreamOptions { Window = 8 });

    [Fact]
    public async Task Values_OfALostSession_ArePassedOver_AndThoseOfTheNextAreNot()
    {
        await using var subscription = _stream.Subscribe();
        await using var values = new FencedSubscription<int>(subscription, _fence).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var session = new FakeSession();
        _fence.OnJoined(session);
        foreach (var value in new[] { 10, 20, 30 }) await _stream.PutAsync(value);
        Assert.True(await values.MoveNextAsync());

        session.Lose();
        var next = values.MoveNextAsync();

        Assert.False(next.IsCompleted);
        Assert.Equal((false, true, true), (_fence.HasPassedOver(0), _fence.HasPassedOver(1), _fence.HasPassedOver(2)));
        _fence.OnLost(3);
        _fence.OnJoined(new FakeSession());
        await _stream.PutAsync(40);
        Assert.True(await next);
        Assert.Equal(40, values.Current);
        Assert.False(_fence.HasPassedOver(3));
    }

    [Fact]
    public async Task ValueInHand_OfALostSession_IsNotRepeated()
    {
        await using var subscription = _stream.Subscribe();
        await using var values = (FencedValues<int>)new FencedSubscription<int>(subscription, _fence).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var session = new FakeSession();
        _fence.OnJoined(session);
        await _stream.PutAsync(10);
        Assert.True(await values.MoveNextAsync());
        Assert.True(values.MayRepeat);

        session.Lose();

        Assert.False(values.MayRepeat);
        Assert.True(_fence.HasPassedOver(0));
    }

    [Fact]
    public async Task Loop_StartedAgainAfterItsSessionIsLost_GoesOnBehindTheValueItHad()
    {
        var mayRepeat = true;
        await using var subscription = _stream.Subscribe();
        await using var values = subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var feed = new LoopFeed<int>(values) { MayRepeat = () => mayRepeat };
        foreach (var value in new[] { 10, 20 }) await _stream.PutAsync(value);
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

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
