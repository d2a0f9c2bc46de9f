using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task PutAsync_TokenAlreadyCancelled_IsCancelledAndNoSubscriptionGetsTheValue()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.PutAsync(1, cancellation.Token).WithinAsync());

        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal(0, stream.GetSnapshot().ValuesPut);
        await stream.PutAsync(2).WithinAsync();
        Assert.Equal(2, await reader.NextAsync());
    }

    [Fact]
    public async Task PutAsync_CancelledWhileWaiting_NoSubscriptionGetsItAndNothingElseChanges()
    {
        var stream = new AsyncStream<int>();
        await using var fast = stream.Subscribe("fast").GetAsyncEnumerator();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1).WithinAsync();
        await fast.NextAsync();
        await slow.NextAsync();
        var fastRead = fast.MoveNextAsync();
        var cancelled = stream.PutAsync(2, cancellation.Token);
        var next = stream.PutAsync(3);

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.False(next.IsCompleted);
        Assert.Equal(1, stream.GetSnapshot().ValuesWaiting);
        Assert.Equal(1, stream.GetSnapshot().ValuesPut);
        Assert.Equal(3, await slow.NextAsync());
        Assert.True(await fastRead.WithinAsync());
        Assert.Equal(3, fast.Current);
        await next.WithinAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task PutAsync_OneOfThreeWaitingCancelled_TheOthersKeepTheirOrder(int which)
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(-1).WithinAsync();
        using var cancellation = new CancellationTokenSource();
        var puts = Enumerable.Range(0, 3).Select(i => stream.PutAsync(i, i == which ? cancellation.Token : default).AsTask()).ToList();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts[which].WithinAsync());
        puts.Add(stream.PutAsync(3).AsTask());
        var seen = new List<int>();
        for (var i = 0; i < 4; i++) seen.Add(await reader.NextAsync());

        puts.RemoveAt(which);
        await Task.WhenAll(puts).WithinAsync();
        Assert.Equal(new[] { -1, 0, 1, 2, 3 }.Where(value => value != which), seen);
    }

    [Fact]
    public async Task PutAsync_CancelledWithNobodySubscribed_IsGone()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        var cancelled = stream.PutAsync(1, cancellation.Token);
        var kept = stream.PutAsync(2);

        await cancellation.CancelAsync();
        await using var reader = stream.GetAsyncEnumerator();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        Assert.Equal(2, await reader.NextAsync());
        await kept.WithinAsync();
    }

    [Fact]
    public async Task PutAsync_CancelledAfterItCommitted_Succeeds()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        using var cancellation = new CancellationTokenSource();
        await stream.PutAsync(1, cancellation.Token).WithinAsync();
        Assert.Equal(1, await reader.NextAsync());
        var waiting = stream.PutAsync(2, cancellation.Token);
        Assert.Equal(2, await reader.NextAsync());

        await cancellation.CancelAsync();

        Assert.True(waiting.IsCompletedSuccessfully);
        await waiting;
        Assert.Equal(2, stream.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task PutAsync_ManyWaitingOnOneTokenCancelled_AllAreCancelledAndTheStreamGoesOn()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(0).WithinAsync();
        for (var round = 0; round < 3; round++)
        {
            using var cancellation = new CancellationTokenSource();
            var puts = Enumerable.Range(0, 200).Select(_ => stream.PutAsync(-1, cancellation.Token).AsTask()).ToList();

            await cancellation.CancelAsync();

            foreach (var put in puts) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WithinAsync());
        }

        Assert.Equal(0, stream.GetSnapshot().ValuesWaiting);
        Assert.Equal(0, await reader.NextAsync());
        var last = stream.PutAsync(1);
        Assert.Equal(1, await reader.NextAsync());
        await last.WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PutAsync_CancelledWhileItCommits_AllConsumersGetItOrNone(bool inline)
    {
        const int Values = 3_000;
        var stream = new AsyncStream<int>(new AsyncStreamOptions { AllowSynchronousContinuations = inline });
        var consumers = Enumerable.Range(0, 3).Select(_ => stream.ReadToEndAsync()).ToList();
        var succeeded = new List<int>();

        for (var value = 0; value < Values; value++)
        {
            using var cancellation = new CancellationTokenSource();
            var cancelling = Task.Run(cancellation.Cancel);
            try
            {
                await stream.PutAsync(value, cancellation.Token).WithinAsync();
                succeeded.Add(value);
            }
            catch (OperationCanceledException)
            {
                // No subscription may see this one.
            }

            await cancelling.WithinAsync();
        }

        await stream.CloseAsync().WithinAsync();
        foreach (var consumer in consumers) Assert.Equal(succeeded, await consumer.WithinAsync());
    }

    [Fact]
    public async Task MoveNextAsync_CancelledWhileWaiting_ThrowsAndLeaves()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        await using var other = stream.GetAsyncEnumerator();
        await using var reader = stream.GetAsyncEnumerator(cancellation.Token);
        var read = reader.MoveNextAsync();
        var otherRead = other.MoveNextAsync();

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal(1, stream.SubscriptionCount);
        Assert.False(otherRead.IsCompleted);
        await stream.PutAsync(1).WithinAsync();
        Assert.True(await otherRead.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task MoveNextAsync_CancelledHoldingAValue_LeavesAtOnceAndTheNextReadThrows()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        var subscription = stream.Subscribe();
        await using var reader = subscription.GetAsyncEnumerator(cancellation.Token);
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();

        await cancellation.CancelAsync();

        Assert.Equal(0, stream.SubscriptionCount);
        Assert.Equal(1, subscription.GetSnapshot().ValuesAbandoned);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task GetAsyncEnumerator_TokenAlreadyCancelled_NeverGates()
    {
        var stream = new AsyncStream<int>();
        await using var other = stream.GetAsyncEnumerator();

        await using var reader = stream.GetAsyncEnumerator(new CancellationToken(canceled: true));

        Assert.Equal(1, stream.SubscriptionCount);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.MoveNextAsync().WithinAsync());
        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await other.NextAsync());
    }

    [Fact]
    public async Task MoveNextAsync_CancelledAfterDispose_ReturnsFalse()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        var reader = stream.GetAsyncEnumerator(cancellation.Token);
        await reader.DisposeAsync();

        await cancellation.CancelAsync();

        Assert.False(await reader.MoveNextAsync().WithinAsync());
    }

    [Fact]
    public async Task AwaitForeach_WithCancellation_EndsWithTheTokensException()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        var gotOne = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        async Task ConsumeAsync()
        {
            await foreach (var _ in stream.WithCancellation(cancellation.Token)) gotOne.SetResult();
        }

        var consumer = ConsumeAsync();
        await stream.PutAsync(1).WithinAsync();
        await gotOne.Task.WithinAsync();
        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consumer.WithinAsync());
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal(0, stream.SubscriptionCount);
    }
}
