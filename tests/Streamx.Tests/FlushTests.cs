using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class FlushTests
{
    [Fact]
    public async Task FlushAsync_NothingUnfinished_CompletesAtOnce()
    {
        var stream = new AsyncStream<int>();
        var withNobody = stream.FlushAsync();
        await using var reader = stream.GetAsyncEnumerator();
        var withNothingPut = stream.FlushAsync();

        Assert.True(withNobody.IsCompletedSuccessfully);
        Assert.True(withNothingPut.IsCompletedSuccessfully);
        await withNobody;
        await withNothingPut;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task FlushAsync_ValuesAccepted_CompletesWhenEverySubscriptionHasFinishedThem(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var fast = stream.GetAsyncEnumerator();
        await using var slow = stream.GetAsyncEnumerator();
        for (var value = 0; value < window; value++) Assert.True(stream.TryPut(value));

        var flush = stream.FlushAsync();
        for (var value = 0; value < window; value++) await fast.NextAsync();
        var fastRead = fast.MoveNextAsync();
        for (var value = 0; value < window; value++) await slow.NextAsync();
        var waitsWhileHeld = !flush.IsCompleted;
        var slowRead = slow.MoveNextAsync();

        Assert.True(waitsWhileHeld);
        await flush.WithinAsync();
        Assert.Equal(0, stream.GetSnapshot().Subscriptions.Sum(subscription => subscription.Lag));
        await stream.CloseAsync().WithinAsync();
        Assert.False(await fastRead.WithinAsync());
        Assert.False(await slowRead.WithinAsync());
    }

    [Fact]
    public async Task FlushAsync_ValuesPutLater_AreNotWaitedFor()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var flush = stream.FlushAsync();
        await stream.PutAsync(2).WithinAsync();
        var later = stream.FlushAsync();
        Assert.Equal(1, await reader.NextAsync());
        Assert.Equal(2, await reader.NextAsync());

        await flush.WithinAsync();
        Assert.False(later.IsCompleted);
        await reader.DisposeAsync();
        await later.WithinAsync();
    }

    [Fact]
    public async Task FlushAsync_PutsWaiting_AreNotWaitedFor()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var waiting = stream.PutAsync(2);

        var flush = stream.FlushAsync();
        Assert.Equal(1, await reader.NextAsync());
        var whileHeld = flush.IsCompleted;
        Assert.Equal(2, await reader.NextAsync());

        Assert.False(whileHeld);
        await flush.WithinAsync();
        await waiting.WithinAsync();
        Assert.Equal(1, stream.GetSnapshot().Subscriptions[0].Lag);
    }

    [Fact]
    public async Task FlushAsync_TheSlowOneLeaves_Completes()
    {
        var stream = new AsyncStream<int>();
        var slow = stream.Subscribe();
        await stream.PutAsync(1).WithinAsync();
        var flush = stream.FlushAsync();
        var waits = !flush.IsCompleted;

        await slow.DisposeAsync();

        Assert.True(waits);
        await flush.WithinAsync();
    }

    [Fact]
    public async Task FlushAsync_SomeoneJoinsLater_IsNotWaitedFor()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var flush = stream.FlushAsync();
        await using var late = stream.Subscribe();

        Assert.Equal(1, await reader.NextAsync());
        var read = reader.MoveNextAsync();

        await flush.WithinAsync();
        await stream.CloseAsync().WithinAsync();
        Assert.False(await read.WithinAsync());
    }

    [Fact]
    public async Task FlushAsync_Cancelled_OnlyItsWaitingEnds()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        var cancelled = stream.FlushAsync(cancellation.Token);
        var other = stream.FlushAsync();

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.False(other.IsCompleted);
        Assert.Equal(1, await reader.NextAsync());
        var read = reader.MoveNextAsync();
        await other.WithinAsync();
        await stream.CloseAsync().WithinAsync();
        Assert.False(await read.WithinAsync());
    }

    [Fact]
    public async Task FlushAsync_TokenAlreadyCancelled_IsCancelled()
    {
        var stream = new AsyncStream<int>();

        var flush = stream.FlushAsync(new CancellationToken(canceled: true));

        Assert.True(flush.IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.WithinAsync());
    }

    [Fact]
    public async Task FlushAsync_ClosingStream_CompletesWithTheDrain()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var close = stream.CloseAsync();

        var flush = stream.FlushAsync();
        var waits = !flush.IsCompleted;
        Assert.Equal([1], await reader.ReadToEndAsync());

        Assert.True(waits);
        await flush.WithinAsync();
        await close.WithinAsync();
        await stream.FlushAsync().WithinAsync();
    }

    [Fact]
    public async Task FlushAsync_CancelledWhileItCompletes_EndsOneWayOrTheOther()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        for (var value = 0; value < 1_000; value++)
        {
            using var cancellation = new CancellationTokenSource();
            await stream.PutAsync(value).WithinAsync();
            Assert.True(await read.WithinAsync());
            var flush = stream.FlushAsync(cancellation.Token).AsTask();
            var cancelling = Task.Run(cancellation.Cancel);
            read = reader.MoveNextAsync();

            await Task.WhenAny(flush).WithinAsync();
            Assert.True(flush.IsCompletedSuccessfully || flush.IsCanceled);
            await cancelling.WithinAsync();
        }

        await stream.FlushAsync().WithinAsync();
        await reader.DisposeAsync();
        Assert.False(await read.WithinAsync());
    }
}
