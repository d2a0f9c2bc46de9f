using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class MisuseTests
{
    [Fact]
    public async Task MoveNextAsync_WhileAnotherWaits_ThrowsAndTheStreamIsUnharmed()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await using var other = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.MoveNextAsync().WithinAsync());

        Assert.False(read.IsCompleted);
        var otherRead = other.MoveNextAsync();
        await stream.PutAsync(1).WithinAsync();
        Assert.True(await read.WithinAsync());
        Assert.Equal(1, reader.Current);
        Assert.True(await otherRead.WithinAsync());
        Assert.Equal(1, other.Current);
        var put = stream.PutAsync(2);
        var both = await Task.WhenAll(reader.NextAsync(), other.NextAsync()).WithinAsync();
        Assert.Equal([2, 2], both);
        await put.WithinAsync();
    }

#if DEBUG
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public async Task MoveNextAsync_BesideOneThatGotSeveralValuesAtOnce_ThrowsAndNoValueIsLost(int window)
    {
        // References: those of a run are copied, and the copies must not be let go of while the run goes on.
        var stream = new AsyncStream<string>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.GetAsyncEnumerator();
        for (var value = 0; value < window; value++) Assert.True(stream.TryPut($"{value}"));
        using var begins = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var beside = DedicatedThread.RunAsync(() =>
        {
            Streamx.Engine.Interleaving.Observe(point =>
            {
                if (!string.Equals(point, "read", StringComparison.Ordinal)) return;
                begins.Set();
                mayGoOn.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            });
            Assert.True(reader.MoveNextAsync().IsFaulted);
        });
        begins.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.True(await reader.MoveNextAsync().WithinAsync());
        mayGoOn.Set();
        await beside;

        for (var value = 0; value < window; value++)
        {
            Assert.Equal($"{value}", reader.Current);
            if (value + 1 < window) Assert.True(await reader.MoveNextAsync().WithinAsync());
        }
    }
#endif

    [Fact]
    public async Task MoveNextAsync_ResultOfTheLastNotTaken_ThrowsAndKeepsTheValueInHand()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();
        await stream.PutAsync(1).WithinAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.MoveNextAsync().WithinAsync());

        Assert.True(await read.WithinAsync());
        Assert.Equal(1, reader.Current);
        Assert.Equal(0, stream.GetSnapshot().Subscriptions[0].ValuesFinished);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task MoveNextAsync_OfBatchesWhileAnotherWaits_ThrowsAndTheStreamIsUnharmed(int alreadyThere)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, Timeout.InfiniteTimeSpan).GetAsyncEnumerator();
        for (var value = 0; value < alreadyThere; value++) Assert.True(stream.TryPut(value));
        var read = reader.MoveNextAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.MoveNextAsync().WithinAsync());
        for (var value = alreadyThere; value < 3; value++) Assert.True(stream.TryPut(value));

        Assert.True(await read.WithinAsync());
        Assert.Equal([0, 1, 2], reader.Current.ToArray());
        Assert.True(stream.TryPut(3));
        var last = reader.MoveNextAsync();
        await stream.CloseAsync(new CancellationToken(canceled: true)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.True(await last.WithinAsync());
        Assert.Equal([3], reader.Current.ToArray());
    }

    [Fact]
    public async Task MoveNextAsync_OfZeroWaitBatchesWhileAnotherWaits_Throws()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.MoveNextAsync().WithinAsync());

        Assert.True(stream.TryPut(1));
        Assert.True(await read.WithinAsync());
        Assert.Equal([1], reader.Current.ToArray());
    }

    [Fact]
    public async Task MoveNextAsync_FromManyThreadsAtOnce_NoValueIsGivenTwice()
    {
        const int Values = 2_000;
        var stream = new AsyncStream<int>();
        var reader = stream.GetAsyncEnumerator();
        var reads = 0;
        var consumers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    if (!await reader.MoveNextAsync().WithinAsync()) return;
                    Interlocked.Increment(ref reads);
                }
                catch (InvalidOperationException)
                {
                    await Task.Yield();
                }
            }
        })).ToList();

        for (var value = 0; value < Values; value++) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();
        await Task.WhenAll(consumers).WithinAsync();

        Assert.Equal(Values, reads);
    }

    [Fact]
    public async Task GetAsyncEnumerator_SecondOnOneSubscription_Throws()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe("only-once");
        await using var reader = subscription.GetAsyncEnumerator();

        var error = Assert.Throws<InvalidOperationException>(() => subscription.GetAsyncEnumerator());
        var batches = subscription.ReadBatchesAsync(1, TimeSpan.Zero);
        Assert.Throws<InvalidOperationException>(() => batches.GetAsyncEnumerator());

        Assert.Contains("only-once", error.Message, StringComparison.Ordinal);
        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await reader.NextAsync());
    }

    [Fact]
    public async Task GetAsyncEnumerator_AfterTheFirstWasDisposed_Throws()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();
        await subscription.GetAsyncEnumerator().DisposeAsync();

        Assert.Throws<InvalidOperationException>(() => subscription.GetAsyncEnumerator());
    }

    [Fact]
    public async Task ReadBatchesAsync_EnumeratedTwice_Throws()
    {
        var stream = new AsyncStream<int>();
        var batches = stream.Subscribe().ReadBatchesAsync(1, TimeSpan.Zero);
        await using var reader = batches.GetAsyncEnumerator();

        Assert.Throws<InvalidOperationException>(() => batches.GetAsyncEnumerator());

        Assert.Equal(1, stream.SubscriptionCount);
    }

    [Fact]
    public async Task ReadBatchesAsync_NeverEnumerated_LeavesTheEnumeratorToOthers()
    {
        var stream = new AsyncStream<int>();
        var subscription = stream.Subscribe();

        _ = subscription.ReadBatchesAsync(1, TimeSpan.Zero);
        await using var reader = subscription.GetAsyncEnumerator();

        await stream.PutAsync(1).WithinAsync();
        Assert.Equal(1, await reader.NextAsync());
    }

#pragma warning disable VSTHRD002 // Taking a result that is not there yet is the misuse this test is about; nothing blocks.
    [Fact]
    public async Task GetResult_PutOrReadStillWaits_ThrowsAndTheyGoOn()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        var read = reader.MoveNextAsync();

        Assert.Throws<InvalidOperationException>(() => read.GetAwaiter().GetResult());
        await stream.PutAsync(1).WithinAsync();
        Assert.True(await read.WithinAsync());
        var put = stream.PutAsync(2);
        Assert.Throws<InvalidOperationException>(() => put.GetAwaiter().GetResult());
        Assert.Equal(2, await reader.NextAsync());

        await put.WithinAsync();
    }
#pragma warning restore VSTHRD002

#if DEBUG
    [Fact]
    public async Task GetResult_TwoThreadsAtOnce_OneGetsItAndPutsOfOthersAreUnharmed()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var put = stream.PutAsync(2);
        Assert.Equal(1, await reader.NextAsync());
        Assert.Equal(2, await reader.NextAsync());
        Exception? second = null;

        // The second comes while the first has begun, and has not given the put's object back for others.
        var hasCome = false;
        Streamx.Engine.Interleaving.Observe(point =>
        {
            if (point != "take put result" || hasCome) return;
            hasCome = true;
            var other = new Thread(() => second = Record.Exception(() => Take(put)));
            other.Start();
            other.Join();
        });
        Take(put);
        Streamx.Engine.Interleaving.Observe(null);

        Assert.True(hasCome);
        Assert.IsType<InvalidOperationException>(second);
        var (third, fourth) = (stream.PutAsync(3), stream.PutAsync(4));
        Assert.Equal(3, await reader.NextAsync());
        Assert.Equal(4, await reader.NextAsync());
        var end = reader.NextAsync();
        await third.WithinAsync();
        await fourth.WithinAsync();
        Assert.False(end.IsCompleted);
    }

#pragma warning disable VSTHRD002 // The result is there: nothing blocks.
    private static void Take(ValueTask put) => put.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
#endif

    [Fact]
    public async Task GetResult_PutAwaitedTwice_Throws()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        var put = stream.PutAsync(2);
        Assert.Equal(1, await reader.NextAsync());
        Assert.Equal(2, await reader.NextAsync());
        await put.WithinAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await put);
    }
}
