using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>The opposite of what the Python library <c>streamx</c> does wrong, by its number in the contract.</summary>
public sealed class PythonDefectTests
{
    [Fact]
    public async Task Defect01_PutsWithNoConsumers_WaitLoseNothingAndCloseDoesNotFail()
    {
        var stream = new AsyncStream<int>();
        var first = stream.PutAsync(1);
        var second = stream.PutAsync(2);
        Assert.False(first.IsCompleted || second.IsCompleted);

        var consumer = stream.ReadToEndAsync();
        await first.WithinAsync();
        await second.WithinAsync();
        await stream.DisposeAsync().WithinAsync();

        Assert.Equal([1, 2], await consumer.WithinAsync());
        await using (var unused = new AsyncStream<int>()) Assert.Equal(StreamState.Open, unused.State);
    }

    [Fact]
    public async Task Defect02_ConsumersThatBreakOrRaise_BlockNeitherPutNorCloseNorTheOthers()
    {
        var stream = new AsyncStream<int>();
        var healthy = stream.ReadToEndAsync();
        var breaking = BreakAsync();
        var raising = RaiseAsync();

        for (var value = 0; value < 20; value++) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        await breaking.WithinAsync();
        await Assert.ThrowsAsync<FormatException>(() => raising.WithinAsync());
        Assert.Equal(Enumerable.Range(0, 20), await healthy.WithinAsync());

        async Task BreakAsync()
        {
            await foreach (var value in stream)
                if (value == 3) break;
        }

        async Task RaiseAsync()
        {
            await foreach (var value in stream)
                if (value == 5) throw new FormatException();
        }
    }

    [Fact]
    public async Task Defect03_OneWaitingConsumerCancelled_TheOthersNoticeNothing()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        await using var cancelled = stream.GetAsyncEnumerator(cancellation.Token);
        await using var other = stream.GetAsyncEnumerator();
        var read = cancelled.MoveNextAsync();
        var otherRead = other.MoveNextAsync();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        await stream.PutAsync(1).WithinAsync();

        Assert.True(await otherRead.WithinAsync());
        Assert.Equal(1, other.Current);
    }

    [Fact]
    public async Task Defect04_ConcurrentPuts_NeverRaise()
    {
        for (var trial = 0; trial < 20; trial++)
        {
            var stream = new AsyncStream<int>();
            var consumer = stream.ReadToEndAsync();

            await Task.WhenAll(stream.PutAsync(1).AsTask(), stream.PutAsync(2).AsTask()).WithinAsync();
            await stream.CloseAsync().WithinAsync();

            Assert.Equal([1, 2], await consumer.WithinAsync());
        }
    }

    [Fact]
    public async Task Defect05_PutCancelledWithAFastAndASlowConsumer_LaterPutsAndCloseGoOn()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        await using var fast = stream.GetAsyncEnumerator();
        await using var slow = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await fast.NextAsync();
        await slow.NextAsync();
        var fastRead = fast.MoveNextAsync();
        var cancelled = stream.PutAsync(2, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());

        var next = stream.PutAsync(3);
        var close = stream.CloseAsync();
        var slowRest = slow.ReadToEndAsync();

        await next.WithinAsync();
        Assert.True(await fastRead.WithinAsync());
        Assert.Equal(3, fast.Current);
        Assert.False(await fast.MoveNextAsync().WithinAsync());
        Assert.Equal([3], await slowRest.WithinAsync());
        await close.WithinAsync();
    }

    [Fact]
    public async Task Defect06_ClosingTwiceOrTimingOut_DoesNotRaiseAndStaysClosed()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var timedOut = stream.CloseAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => timedOut.WithinAsync());
        var second = stream.CloseAsync();

        await Assert.ThrowsAsync<StreamClosedException>(() => stream.PutAsync(2).WithinAsync());
        Assert.Equal([1], await reader.ReadToEndAsync());
        await second.WithinAsync();
        await stream.CloseAsync().WithinAsync();
        Assert.Equal(StreamState.Closed, stream.State);
    }

    /// <summary>
    /// The core cannot know the caller of a put: it leaves the put waiting, visibly and cancellably. The framework refuses it at once.
    /// </summary>
    [Fact]
    public async Task Defect07_PutFromInsideItsOwnConsumer_IsVisibleAndCanBeCancelled()
    {
        var stream = new AsyncStream<int>();
        using var cancellation = new CancellationTokenSource();
        await using var reader = stream.Subscribe("itself").GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();

        var tried = stream.TryPut(2);
        var put = stream.PutAsync(2, cancellation.Token);
        var snapshot = stream.GetSnapshot();
        await cancellation.CancelAsync();

        Assert.False(tried);
        Assert.Equal(1, snapshot.ValuesWaiting);
        Assert.True(snapshot.Of("itself").IsGating);
        Assert.True(snapshot.Of("itself").HoldsValue);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WithinAsync());
        var read = reader.MoveNextAsync();
        await stream.PutAsync(3).WithinAsync();
        Assert.True(await read.WithinAsync());
        Assert.Equal(3, reader.Current);
    }

    [Fact]
    public async Task Defect08_ProducersException_ReachesItsConsumers()
    {
        var stream = new AsyncStream<int>();
        var error = new FormatException();
        var seen = new List<int>();
        var consumer = ConsumeAsync();

        await stream.PutAsync(1).WithinAsync();
        stream.TryFault(error);

        var thrown = await Assert.ThrowsAsync<StreamFaultedException>(() => consumer.WithinAsync());
        Assert.Same(error, thrown.InnerException);
        Assert.Equal([1], seen);

        async Task ConsumeAsync()
        {
            await foreach (var value in stream) seen.Add(value);
        }
    }

    [Fact]
    public async Task Defect09_TwoReadsOnOneIterator_NeverBothGetAValue()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var first = reader.MoveNextAsync();

        var second = reader.MoveNextAsync();
        await stream.PutAsync(1).WithinAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => second.WithinAsync());
        Assert.True(await first.WithinAsync());
        Assert.Equal(1, reader.Current);
    }

    [Fact]
    public async Task Defect10_AnyValue_PassesInBand()
    {
        object?[] values = [null, 0, "", false, new object(), StreamState.Closed, typeof(AsyncStream<>), new StreamClosedException()];
        var stream = new AsyncStream<object?>();
        var consumer = stream.ReadToEndAsync();

        foreach (var value in values) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        Assert.Equal(values, await consumer.WithinAsync());
    }

    [Fact]
    public async Task Defect11_JoiningWhileAPutWaits_AlwaysSeesItsValue()
    {
        for (var trial = 0; trial < 20; trial++)
        {
            var stream = new AsyncStream<int>();
            var early = stream.GetAsyncEnumerator();
            await stream.PutAsync(1).WithinAsync();
            await early.NextAsync();
            var waiting = stream.PutAsync(2);

            await using var late = stream.GetAsyncEnumerator();
            var rest = early.ReadToEndAsync();
            await waiting.WithinAsync();

            Assert.Equal(2, await late.NextAsync());
            var close = stream.CloseAsync();
            Assert.False(await late.MoveNextAsync().WithinAsync());
            await close.WithinAsync();
            Assert.Equal([2], await rest.WithinAsync());
        }
    }
}
