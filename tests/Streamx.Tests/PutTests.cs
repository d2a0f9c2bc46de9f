using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class PutTests
{
    [Fact]
    public async Task PutAsync_WindowOfOneAndRoom_CompletesBeforeAnyoneReads()
    {
        var stream = new AsyncStream<int>();
        await using var subscription = stream.Subscribe("a");

        var put = stream.PutAsync(1);

        Assert.True(put.IsCompletedSuccessfully);
        await put;
        Assert.Equal(1, stream.GetSnapshot().ValuesPut);
        Assert.False(stream.GetSnapshot().Of("a").HoldsValue);
    }

    [Fact]
    public async Task PutAsync_WindowOfOne_WaitsUntilThePreviousValueIsFinished()
    {
        var stream = new AsyncStream<int>();
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();

        var put = stream.PutAsync(2);
        var waitsWhileUnread = !put.IsCompleted;
        Assert.Equal(1, await reader.NextAsync());
        var waitsWhileHeld = !put.IsCompleted;
        Assert.Equal(2, await reader.NextAsync());

        Assert.True(waitsWhileUnread);
        Assert.True(waitsWhileHeld);
        Assert.True(put.IsCompletedSuccessfully);
        await put;
    }

    [Fact]
    public async Task PutAsync_OneConsumerSlow_WaitsForIt()
    {
        var stream = new AsyncStream<string>();
        await using var fast = stream.Subscribe("fast").GetAsyncEnumerator();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        await stream.PutAsync("first").WithinAsync();
        await fast.NextAsync();
        await slow.NextAsync();

        var put = stream.PutAsync("second");
        var fastRead = fast.MoveNextAsync();
        var waitsForSlow = !put.IsCompleted && !fastRead.IsCompleted;
        var slowRead = slow.MoveNextAsync();

        Assert.True(waitsForSlow);
        await put.WithinAsync();
        Assert.True(await slowRead.WithinAsync());
        Assert.True(await fastRead.WithinAsync());
        Assert.Equal("second", fast.Current);
        Assert.Equal("second", slow.Current);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task PutAsync_LargerWindow_WaitsOnceTheSlowestIsAWindowBehind(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var fast = stream.Subscribe("fast").GetAsyncEnumerator();
        await using var slow = stream.Subscribe("slow").GetAsyncEnumerator();
        for (var value = 1; value <= window; value++)
        {
            Assert.True(stream.TryPut(value));
            Assert.Equal(value, await fast.NextAsync());
        }

        var put = stream.PutAsync(window + 1);
        var waitsWhileUnread = !put.IsCompleted;
        Assert.Equal(1, await slow.NextAsync());
        var waitsWhileHeld = !put.IsCompleted;
        Assert.Equal(2, await slow.NextAsync());

        Assert.True(waitsWhileUnread);
        Assert.True(waitsWhileHeld);
        Assert.True(put.IsCompletedSuccessfully);
        await put;
        for (var value = 3; value <= window + 1; value++) Assert.Equal(value, await slow.NextAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task PutAsync_SeveralWaiting_CommitFirstInFirstOut(int window)
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window });
        await using var reader = stream.GetAsyncEnumerator();
        var puts = Enumerable.Range(0, 100).Select(value => stream.PutAsync(value).AsTask()).ToList();

        var seen = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            seen.Add(await reader.NextAsync());
            var snapshot = stream.GetSnapshot();
            Assert.Equal(Math.Min(100, i + window), snapshot.ValuesPut);
            Assert.Equal(100 - snapshot.ValuesPut, snapshot.ValuesWaiting);
        }

        await Task.WhenAll(puts).WithinAsync();
        Assert.Equal(Enumerable.Range(0, 100), seen);
    }

    [Fact]
    public async Task PutAsync_SeveralValuesFinishedAtOnce_CommitsAsManyWaitingPuts()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 3 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(3, TimeSpan.Zero).GetAsyncEnumerator();
        var puts = Enumerable.Range(1, 7).Select(value => stream.PutAsync(value)).ToList();
        Assert.Equal([1, 2, 3], await reader.NextBatchAsync());

        Assert.Equal([4, 5, 6], await reader.NextBatchAsync());

        Assert.All(puts[..6], put => Assert.True(put.IsCompletedSuccessfully));
        Assert.False(puts[6].IsCompleted);
        Assert.Equal([7], await reader.NextBatchAsync());
        foreach (var put in puts) await put.WithinAsync();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    public async Task PutAsync_ManyProducers_EveryConsumerSeesOneOrderThatKeepsEachProducers(int window, bool inline)
    {
        const int Producers = 8;
        const int Each = 200;
        var stream = new AsyncStream<(int Producer, int Number)>(
            new AsyncStreamOptions { Window = window, AllowSynchronousContinuations = inline });
        var consumers = Enumerable.Range(0, 3).Select(_ => stream.ReadToEndAsync()).ToList();

        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++) await stream.PutAsync((producer, number));
        }))).WithinAsync();
        await stream.CloseAsync().WithinAsync();
        var seen = await Task.WhenAll(consumers).WithinAsync();

        Assert.Equal(Producers * Each, seen[0].Count);
        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(seen[0], seen[2]);
        foreach (var values in seen[0].GroupBy(value => value.Producer))
            Assert.Equal(Enumerable.Range(0, Each), values.Select(value => value.Number));
    }

    [Fact]
    public async Task PutAsync_NullReference_IsAnOrdinaryValue()
    {
        var stream = new AsyncStream<object?>(new AsyncStreamOptions { Window = 3 });
        var consumer = stream.ReadToEndAsync();

        await stream.PutAsync(null).WithinAsync();
        await stream.PutAsync("between").WithinAsync();
        await stream.PutAsync(null).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        Assert.Equal([null, "between", null], await consumer.WithinAsync());
    }

    [Fact]
    public async Task PutAsync_DefaultsOfValueTypes_AreOrdinaryValues()
    {
        var numbers = new AsyncStream<int>(new AsyncStreamOptions { Window = 3 });
        var nullables = new AsyncStream<int?>(new AsyncStreamOptions { Window = 3 });
        var tuples = new AsyncStream<(string?, DateTimeOffset)>();
        var seenNumbers = numbers.ReadToEndAsync();
        var seenNullables = nullables.ReadToEndAsync();
        var seenTuples = tuples.ReadToEndAsync();

        Assert.True(numbers.TryPut(0) && numbers.TryPut(-1) && numbers.TryPut(0));
        Assert.True(nullables.TryPut(null) && nullables.TryPut(0));
        Assert.True(tuples.TryPut(default));
        await Task.WhenAll(numbers.CloseAsync(), nullables.CloseAsync(), tuples.CloseAsync()).WithinAsync();

        Assert.Equal([0, -1, 0], await seenNumbers);
        Assert.Equal([null, 0], await seenNullables);
        Assert.Equal([default], await seenTuples);
    }

    [Fact]
    public async Task PutAsync_ExceptionsAndTasksAsValues_AreOrdinaryValues()
    {
        object[] values = [new OperationCanceledException(), new StreamClosedException(), Task.CompletedTask, Array.Empty<int>()];
        var stream = new AsyncStream<object>(new AsyncStreamOptions { Window = values.Length });
        var consumer = stream.ReadToEndAsync();

        foreach (var value in values) await stream.PutAsync(value).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        Assert.Equal(values, await consumer);
    }

    [Fact]
    public async Task PutAsync_ThroughTheWriterInterface_IsTheSame()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2 });
        await using var reader = stream.GetAsyncEnumerator();

        var flush = await WriteAsync(stream);

        Assert.Equal(1, await reader.NextAsync());
        Assert.Equal(2, await reader.NextAsync());
        Assert.False(flush.IsCompleted);
        var end = reader.MoveNextAsync();
        await flush.WithinAsync();
        await stream.CloseAsync().WithinAsync();
        Assert.False(await end.WithinAsync());

        static async Task<Task> WriteAsync<T>(T writer)
            where T : IStreamWriter<int>
        {
            await writer.PutAsync(1).WithinAsync();
            Assert.True(writer.TryPut(2));
            Assert.False(writer.TryPut(3));
            return writer.FlushAsync().AsTask();
        }
    }
}
