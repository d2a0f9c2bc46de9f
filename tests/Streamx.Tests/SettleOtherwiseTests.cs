namespace Streamx.Tests;

/// <summary>Values that a consumer settles without handling them, as hosting does with those that it skips.</summary>
public sealed class SettleOtherwiseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task TrySettleOtherwise_SomeValues_AreFinishedButNotHandled(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        var subscription = stream.Subscribe();
        await using var reader = subscription.GetAsyncEnumerator();
        List<Task> puts = [.. Enumerable.Range(1, 6).Select(value => stream.PutAsync(value).AsTask())];
        List<(long Finished, long Handled)> counts = [];

        for (var value = 1; value <= 6; value++)
        {
            Assert.True(await reader.MoveNextAsync());
            if (value % 2 == 0) Assert.True(subscription.TrySettleOtherwise(1));
            var snapshot = subscription.GetSnapshot();
            counts.Add((snapshot.ValuesFinished, snapshot.ValuesHandled));
        }

        await Task.WhenAll(puts);
        Assert.Equal([(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)], counts);
        _ = stream.CloseAsync();
        Assert.False(await reader.MoveNextAsync());
        var end = subscription.GetSnapshot();
        Assert.Equal((6, 3, 0), (end.ValuesFinished, end.ValuesHandled, end.ValuesUnsettled));
    }

    [Fact]
    public async Task TrySettleOtherwise_StepsOfARunInBetween_CountsForTheValueInHand()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8 });
        var subscription = stream.Subscribe();
        await using var reader = subscription.GetAsyncEnumerator();
        for (var value = 1; value <= 5; value++) await stream.PutAsync(value);

        for (var value = 1; value <= 5; value++)
        {
            Assert.True(await reader.MoveNextAsync());
            if (value is 2 or 5) Assert.True(subscription.TrySettleOtherwise(1));
        }

        var held = subscription.GetSnapshot();
        Assert.Equal((4, 3, 0), (held.ValuesFinished, held.ValuesHandled, held.ValuesAbandoned));
        await subscription.DisposeAsync();
        var left = subscription.GetSnapshot();
        Assert.Equal((4, 3, 1, 0), (left.ValuesFinished, left.ValuesHandled, left.ValuesAbandoned, left.ValuesUnsettled));
    }

    [Fact]
    public async Task TrySettleOtherwise_PartOfABatchThatIsAbandoned_TheRestIsUnsettled()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        var subscription = stream.Subscribe();
        await using var reader = subscription.ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        for (var value = 1; value <= 3; value++) await stream.PutAsync(value);
        Assert.True(await reader.MoveNextAsync());

        Assert.True(subscription.TrySettleOtherwise(1));
        Assert.True(subscription.TrySettleOtherwise(1));
        await subscription.DisposeAsync();

        Assert.False(subscription.TrySettleOtherwise(1));
        var left = subscription.GetSnapshot();
        Assert.Equal((0, 0, 3, 1), (left.ValuesFinished, left.ValuesHandled, left.ValuesAbandoned, left.ValuesUnsettled));
    }
}
