using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>What the framework needs of the core beyond its public surface.</summary>
public sealed class HostedStreamTests
{
    [Fact]
    public async Task Dispose_OfAHostedStream_LeavesItOpen()
    {
        var stream = AsyncStream<int>.CreateHosted(new AsyncStreamOptions { Name = "hosted" });

        await stream.DisposeAsync().WithinAsync();
        ((IDisposable)stream).Dispose();

        Assert.Equal("hosted", stream.Name);
        Assert.Equal(StreamState.Open, stream.State);
        stream.BeginClose();
        await stream.Drained.WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
    }

    [Fact]
    public async Task Dispose_ValuesUnfinished_ClosesWithoutWaiting()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        ((IDisposable)stream).Dispose();

        Assert.Equal(StreamState.Closing, stream.State);
        Assert.False(stream.Drained.IsCompleted);
        Assert.Equal([1], await reader.ReadToEndAsync());
        await stream.Drained.WithinAsync();
    }

    [Fact]
    public async Task WhenFaulted_ValuesUnfinished_EndsWithTheFaultBeforeCompletion()
    {
        var stream = new AsyncStream<int>();
        await using var subscription = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var error = new FormatException();
        var before = stream.WhenFaulted.IsCompleted;

        stream.TryFault(error);

        Assert.False(before);
        Assert.Same(error, await stream.WhenFaulted.WithinAsync());
        Assert.False(stream.Completion.IsCompleted);
    }

    [Fact]
    public async Task Abort_ReadsPutsAndCloseWaiting_EndsThemAll()
    {
        var stream = new AsyncStream<int>();
        await using var holding = stream.Subscribe("holding").GetAsyncEnumerator();
        await using var waiting = stream.GetAsyncEnumerator();
        await using var latest = stream.Subscribe(new SubscriptionOptions { Mode = SubscriptionMode.Latest }).GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await holding.NextAsync();
        await waiting.NextAsync();
        await latest.NextAsync();
        var put = stream.PutAsync(2);
        var read = waiting.MoveNextAsync();
        var close = stream.CloseAsync();

        stream.Abort(CancellationToken.None);

        Assert.Equal(0, stream.SubscriptionCount);
        Assert.False(await read.WithinAsync());
        Assert.False(await holding.MoveNextAsync().WithinAsync());
        await Assert.ThrowsAsync<StreamClosedException>(() => put.WithinAsync());
        await close.WithinAsync();
    }

    [Fact]
    public async Task HasReachedEnd_ReaderToldOfTheEnd_IsTrueOnlyThen()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        var left = stream.Subscribe();
        await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        await left.DisposeAsync();
        var before = subscription.HasReachedEnd;

        await using var reader = subscription.GetAsyncEnumerator();
        Assert.False(await reader.MoveNextAsync().WithinAsync());

        Assert.False(before);
        Assert.True(subscription.HasReachedEnd);
        Assert.False(left.HasReachedEnd);
    }
}
