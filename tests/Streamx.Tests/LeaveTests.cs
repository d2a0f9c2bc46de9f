using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class LeaveTests
{
    public static TheoryData<string> Ways => ["break", "exception", "dispose the enumerator", "dispose the subscription", "cancel"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Leave_HoldingAValue_ReleasesTheWaitingPutAndAbandonsTheValue(string way)
    {
        var stream = new AsyncStream<int>();
        var leaving = stream.Subscribe("leaving");
        await using var staying = stream.Subscribe("staying").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await staying.NextAsync());
        var stayingRead = staying.MoveNextAsync();
        var put = stream.PutAsync(2);
        var waited = !put.IsCompleted;

        await LeaveOnTheFirstValueAsync(leaving, way).WithinAsync();

        Assert.True(waited);
        Assert.True(put.IsCompletedSuccessfully);
        await put;
        Assert.True(await stayingRead.WithinAsync());
        Assert.Equal(2, staying.Current);
        Assert.Equal(1, stream.SubscriptionCount);
        var left = leaving.GetSnapshot();
        Assert.Equal(0, left.ValuesFinished);
        Assert.Equal(1, left.ValuesAbandoned);
        Assert.Equal(1, left.Position);
        Assert.Equal(0, left.Lag);
        Assert.False(left.HoldsValue);
        Assert.False(left.IsGating);
        Assert.Equal(0, stream.GetSnapshot().Of("staying").ValuesAbandoned);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Leave_LargerWindow_ReleasesAsManyPutsAsThereIsRoomFor(string way)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 3 });
        var leaving = stream.Subscribe("leaving");
        await using var staying = stream.Subscribe("staying").GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 6).Select(value => stream.PutAsync(value)).ToList();
        Assert.Equal(1, await staying.NextAsync());
        Assert.Equal(2, await staying.NextAsync());
        Assert.Equal(3, await staying.NextAsync());

        await LeaveOnTheFirstValueAsync(leaving, way).WithinAsync();

        Assert.Equal([true, true, true, true, true, false], puts.ConvertAll(put => put.IsCompletedSuccessfully));
        for (var value = 4; value <= 6; value++) Assert.Equal(value, await staying.NextAsync());
        foreach (var put in puts) await put.WithinAsync();
        Assert.Equal(1, leaving.GetSnapshot().ValuesAbandoned);
        Assert.Equal(2, leaving.GetSnapshot().Lag);
    }

    [Fact]
    public async Task Leave_AnotherIsStillSlow_ThePutGoesOnWaiting()
    {
        var stream = new AsyncStream<int>();
        var leaving = stream.Subscribe();
        await using var slow = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var put = stream.PutAsync(2);

        await leaving.DisposeAsync();

        Assert.False(put.IsCompleted);
        Assert.Equal(1, await slow.NextAsync());
        Assert.Equal(2, await slow.NextAsync());
        await put.WithinAsync();
    }

    [Fact]
    public async Task Leave_NothingInHand_AbandonsNothing()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();

        await subscription.DisposeAsync();

        var left = subscription.GetSnapshot();
        Assert.Equal(0, left.ValuesAbandoned);
        Assert.Equal(0, left.ValuesFinished);
        Assert.Equal(0, left.Position);
        Assert.Equal(1, left.Lag);
    }

    [Fact]
    public async Task DisposeAsync_ReadPending_TheReadReturnsFalseAndNothingThrows()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        var reader = subscription.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        await subscription.DisposeAsync();

        Assert.False(await read.WithinAsync());
        Assert.False(await reader.MoveNextAsync().WithinAsync());
        Assert.Equal(0, stream.SubscriptionCount);
        await reader.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_OfTheEnumeratorWithAReadPending_TheReadReturnsFalse()
    {
        var stream = new AsyncStream<int>();
        var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        await reader.DisposeAsync();
        await reader.DisposeAsync();

        Assert.False(await read.WithinAsync());
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public async Task DisposeAsync_FromManyThreadsAtOnce_LeavesOnce()
    {
        var stream = new AsyncStream<int>();
        await using var staying = stream.GetAsyncEnumerator();
        var subscription = stream.Subscribe();
        var reader = subscription.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await subscription.DisposeAsync()))).WithinAsync();

        Assert.Equal(1, subscription.GetSnapshot().ValuesAbandoned);
        Assert.Equal(1, stream.SubscriptionCount);
    }

    [Fact]
    public async Task DisposeAsync_HoldingAValue_TheValueInHandStaysReadable()
    {
        var stream = new AsyncStream<string>();
        var subscription = stream.Subscribe();
        await using var reader = subscription.GetAsyncEnumerator();
        await stream.PutAsync("held").WithinAsync();
        await reader.NextAsync();

        await subscription.DisposeAsync();

        Assert.Equal("held", reader.Current);
        Assert.False(await reader.MoveNextAsync().WithinAsync());
    }

    private static async Task LeaveOnTheFirstValueAsync(StreamSubscription<int> subscription, string way)
    {
        using var cancellation = new CancellationTokenSource();
        switch (way)
        {
            case "break":
                await foreach (var value in subscription)
                {
                    Assert.Equal(1, value);
                    break;
                }

                break;
            case "exception":
                await Assert.ThrowsAsync<FormatException>(async () =>
                {
                    await foreach (var _ in subscription) throw new FormatException();
                });
                break;
            case "cancel":
                var cancelled = subscription.GetAsyncEnumerator(cancellation.Token);
                await cancelled.NextAsync();
                await cancellation.CancelAsync();
                break;
            default:
                var reader = subscription.GetAsyncEnumerator();
                await reader.NextAsync();
                await (way.EndsWith("enumerator", StringComparison.Ordinal) ? reader.DisposeAsync() : subscription.DisposeAsync());
                break;
        }
    }
}
