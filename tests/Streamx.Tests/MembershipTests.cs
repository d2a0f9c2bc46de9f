using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class MembershipTests
{
    [Fact]
    public async Task Subscribe_WhileAPutWaits_SeesItsValue()
    {
        var stream = new AsyncStream<int>();
        await using var early = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await early.NextAsync());
        var waiting = stream.PutAsync(2);

        await using var late = stream.GetAsyncEnumerator();
        var lateRead = late.MoveNextAsync();
        var notYet = !waiting.IsCompleted && !lateRead.IsCompleted;
        Assert.Equal(2, await early.NextAsync());

        Assert.True(notYet);
        await waiting.WithinAsync();
        Assert.True(await lateRead.WithinAsync());
        Assert.Equal(2, late.Current);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Subscribe_AfterAValueCommitted_DoesNotSeeIt(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var early = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        await using var late = stream.Subscribe("late").GetAsyncEnumerator();
        Assert.Equal(1, stream.GetSnapshot().Of("late").Position);
        Assert.Equal(1, await early.NextAsync());
        var earlyRead = early.MoveNextAsync();
        await stream.PutAsync(2).WithinAsync();

        Assert.Equal(2, await late.NextAsync());
        Assert.True(await earlyRead.WithinAsync());
        Assert.Equal(2, early.Current);
    }

    [Fact]
    public async Task Subscribe_ValueUnfinishedByAnother_NewcomerDoesNotGateIt()
    {
        var stream = new AsyncStream<int>();
        await using var early = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await early.NextAsync();

        await using var late = stream.Subscribe("late");
        var read = early.MoveNextAsync();
        var accepted = stream.TryPut(2);

        Assert.True(accepted);
        Assert.True(await read.WithinAsync());
        Assert.Equal(1, stream.GetSnapshot().Of("late").Lag);
    }

    [Fact]
    public async Task Leave_WhileAPutWaits_DoesNotSeeItsValue()
    {
        var stream = new AsyncStream<int>();
        await using var staying = stream.GetAsyncEnumerator();
        var leaving = stream.Subscribe("leaving");
        await stream.PutAsync(1).WithinAsync();
        await staying.NextAsync();
        var waiting = stream.PutAsync(2);

        await leaving.DisposeAsync();
        Assert.Equal(2, await staying.NextAsync());

        await waiting.WithinAsync();
        Assert.Equal(1, leaving.GetSnapshot().Lag);
        Assert.Equal(0, leaving.GetSnapshot().Position);
        await using var reader = leaving.GetAsyncEnumerator();
        Assert.False(await reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task GetAsyncEnumerator_OfTheStream_SubscribesBeforeTheFirstRead()
    {
        var stream = new AsyncStream<int>();

        await using var reader = stream.GetAsyncEnumerator();
        var count = stream.SubscriptionCount;
        var accepted = stream.TryPut(1);

        Assert.Equal(1, count);
        Assert.True(accepted);
        Assert.Equal(1, await reader.NextAsync());
    }

    [Fact]
    public async Task AwaitForeach_OverTheStream_SeesEverythingFromItsStartAndLeavesAtTheEnd()
    {
        var stream = new AsyncStream<int>();
        var seen = new List<int>();

        async Task ConsumeAsync()
        {
            await foreach (var value in stream) seen.Add(value);
        }

        var consumer = ConsumeAsync();
        for (var value = 0; value < 10; value++) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();
        await consumer.WithinAsync();

        Assert.Equal(Enumerable.Range(0, 10), seen);
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public async Task ConfigureAwait_OfStreamAndSubscription_ReadsTheSameValues()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        var (fromStream, fromSubscription) = (new List<int>(), new List<int>());

        var consumers = Task.WhenAll(ReadStreamAsync(), ReadSubscriptionAsync());
        for (var value = 0; value < 3; value++) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();
        await consumers.WithinAsync();

        Assert.Equal([0, 1, 2], fromStream);
        Assert.Equal([0, 1, 2], fromSubscription);

        async Task ReadStreamAsync()
        {
            await foreach (var value in stream.ConfigureAwait(false)) fromStream.Add(value);
        }

        async Task ReadSubscriptionAsync()
        {
            await foreach (var value in subscription.ConfigureAwait(false)) fromSubscription.Add(value);
        }
    }

    [Fact]
    public async Task SubscriptionCount_JoinAndLeave_CountsBothModesOnce()
    {
        var stream = new AsyncStream<int>();

        var every = stream.Subscribe();
        var latest = stream.Subscribe(new SubscriptionOptions { Mode = SubscriptionMode.Latest });
        var joined = stream.SubscriptionCount;
        await every.DisposeAsync();
        await every.DisposeAsync();
        var afterOneLeft = stream.SubscriptionCount;
        await latest.DisposeAsync();

        Assert.Equal(2, joined);
        Assert.Equal(1, afterOneLeft);
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public async Task Subscribe_NeverRead_GatesPutsAndShowsInTheSnapshot()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.Subscribe("reading").GetAsyncEnumerator();
        await using var forgotten = stream.Subscribe("forgotten");
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();
        var read = reader.MoveNextAsync();

        var put = stream.PutAsync(2);

        Assert.False(put.IsCompleted);
        var snapshot = stream.GetSnapshot();
        Assert.True(snapshot.Of("forgotten").IsGating);
        Assert.False(snapshot.Of("forgotten").HoldsValue);
        Assert.Equal(1, snapshot.Of("forgotten").Lag);
        Assert.False(snapshot.Of("reading").IsGating);
        await forgotten.DisposeAsync();
        await put.WithinAsync();
        Assert.True(await read.WithinAsync());
    }

    [Fact]
    public async Task SubscribeAll_PutsWaitForASubscription_AllSeeTheFirst()
    {
        var stream = new AsyncStream<int>();
        var first = stream.PutAsync(1);
        var second = stream.PutAsync(2);

        var subscriptions = stream.SubscribeAll([new() { Name = "a" }, new() { Name = "b" }, new() { Mode = SubscriptionMode.Latest }]);

        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);
        await using var a = subscriptions[0].GetAsyncEnumerator();
        await using var b = subscriptions[1].GetAsyncEnumerator();
        await using var latest = subscriptions[2].GetAsyncEnumerator();
        Assert.Equal(1, await a.NextAsync());
        Assert.Equal(1, await b.NextAsync());
        Assert.Equal(1, await latest.NextAsync());
        Assert.Equal(2, (await Task.WhenAll(a.NextAsync(), b.NextAsync()))[0]);
        await first;
        await second.WithinAsync();
    }
}
