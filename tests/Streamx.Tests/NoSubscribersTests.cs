using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class NoSubscribersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Wait_PutsBeforeAnyoneSubscribed_WaitAndLoseNothing(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });

        var puts = Enumerable.Range(1, 3).Select(value => stream.PutAsync(value)).ToList();
        var waiting = puts.TrueForAll(put => !put.IsCompleted);
        var accepted = stream.GetSnapshot().ValuesPut;
        await using var reader = stream.GetAsyncEnumerator();
        var committedOnJoin = puts.Count(put => put.IsCompletedSuccessfully);

        Assert.True(waiting);
        Assert.Equal(0, accepted);
        Assert.Equal(window, committedOnJoin);
        for (var value = 1; value <= 3; value++) Assert.Equal(value, await reader.NextAsync());
        foreach (var put in puts) await put.WithinAsync();
    }

    [Fact]
    public async Task Wait_LastSubscriptionLeaves_PutsWaitForTheNext()
    {
        var stream = new AsyncStream<int>();
        var first = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var put = stream.PutAsync(2);

        await first.DisposeAsync();
        var stillWaiting = !put.IsCompleted;
        var tried = stream.TryPut(3);
        await using var second = stream.GetAsyncEnumerator();

        Assert.True(stillWaiting);
        Assert.False(tried);
        Assert.Equal(2, await second.NextAsync());
        await put.WithinAsync();
    }

    [Fact]
    public async Task Discard_NobodySubscribed_AcceptsAndCounts()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });

        await stream.PutAsync(1).WithinAsync();
        var tried = stream.TryPut(2);

        Assert.True(tried);
        var snapshot = stream.GetSnapshot();
        Assert.Equal(2, snapshot.ValuesPut);
        Assert.Equal(2, snapshot.ValuesDiscarded);
        Assert.Equal(0, snapshot.ValuesWaiting);
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(3).WithinAsync();
        Assert.Equal(3, await reader.NextAsync());
        Assert.Equal(2, stream.GetSnapshot().ValuesDiscarded);
    }

    [Fact]
    public async Task Discard_LastSubscriptionLeaves_AcceptsWaitingPuts()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Discard });
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var second = stream.PutAsync(2);
        var third = stream.PutAsync(3);

        await subscription.DisposeAsync();

        await second.WithinAsync();
        await third.WithinAsync();
        Assert.Equal(3, stream.GetSnapshot().ValuesPut);
        Assert.Equal(2, stream.GetSnapshot().ValuesDiscarded);
    }

    [Fact]
    public async Task Throw_NobodySubscribed_FailsThePut()
    {
        var stream = new AsyncStream<int>(
            new AsyncStreamOptions { Name = "orders", WhenNoSubscribers = NoSubscribers.Throw });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => stream.PutAsync(1).WithinAsync());
        var tried = stream.TryPut(2);

        Assert.Contains("orders", error.Message, StringComparison.Ordinal);
        Assert.Contains("WhenNoSubscribers", error.Message, StringComparison.Ordinal);
        Assert.False(tried);
        Assert.Equal(0, stream.GetSnapshot().ValuesPut);
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(3).WithinAsync();
        Assert.Equal(3, await reader.NextAsync());
    }

    [Fact]
    public async Task Throw_LastSubscriptionLeaves_FailsWaitingPuts()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = NoSubscribers.Throw });
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var second = stream.PutAsync(2);
        var third = stream.PutAsync(3);

        await subscription.DisposeAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => second.WithinAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => third.WithinAsync());
        Assert.Equal(1, stream.GetSnapshot().ValuesPut);
    }
}
