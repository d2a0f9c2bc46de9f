using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class TryPutTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TryPut_UntilTheWindowIsFull_CommitsExactlyTheWindow(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.GetAsyncEnumerator();

        var results = Enumerable.Range(1, window + 2).Select(stream.TryPut).ToList();

        Assert.Equal(Enumerable.Repeat(true, window).Concat([false, false]), results);
        Assert.Equal(window, stream.GetSnapshot().ValuesPut);
        Assert.Equal(0, stream.GetSnapshot().ValuesWaiting);
        for (var value = 1; value <= window; value++) Assert.Equal(value, await reader.NextAsync());
    }

    [Fact]
    public async Task TryPut_AfterTheValueIsFinished_HasRoomAgain()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        Assert.True(stream.TryPut(1));
        await reader.NextAsync();

        var whileHeld = stream.TryPut(2);
        var read = reader.MoveNextAsync();
        var afterFinish = stream.TryPut(3);

        Assert.False(whileHeld);
        Assert.True(afterFinish);
        Assert.True(await read.WithinAsync());
        Assert.Equal(3, reader.Current);
    }

    [Fact]
    public async Task TryPut_OtherPutsWait_DoesNotOvertakeThem()
    {
        var stream = new AsyncStream<string>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync("first").WithinAsync();
        var waiting = stream.PutAsync("waiting");

        var whileWaiting = stream.TryPut("overtaking");
        Assert.Equal("first", await reader.NextAsync());
        Assert.Equal("waiting", await reader.NextAsync());

        Assert.False(whileWaiting);
        await waiting.WithinAsync();
        Assert.Equal(2, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task TryPut_PutsWaitForASubscription_ReturnsFalse()
    {
        var stream = new AsyncStream<string>(new AsyncStreamOptions { Window = 2 });
        var waiting = stream.PutAsync("waiting");

        var before = stream.TryPut("before");
        await using var reader = stream.GetAsyncEnumerator();
        var after = stream.TryPut("after");

        Assert.False(before);
        Assert.True(after);
        await waiting.WithinAsync();
        Assert.Equal("waiting", await reader.NextAsync());
        Assert.Equal("after", await reader.NextAsync());
    }

    [Fact]
    public async Task TryPut_ReadWaits_HandsItTheValue()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        var accepted = stream.TryPut(5);

        Assert.True(accepted);
        Assert.True(await read.WithinAsync());
        Assert.Equal(5, reader.Current);
        Assert.True(stream.GetSnapshot().Subscriptions[0].HoldsValue);
    }
}
