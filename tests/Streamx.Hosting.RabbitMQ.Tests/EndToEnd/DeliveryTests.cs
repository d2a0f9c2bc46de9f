using System.Collections.Concurrent;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>What handlers can know of how a value came.</summary>
public sealed class DeliveryTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Current_InAHandler_IsTheNumberOfItsValue(int window)
    {
        var (taken, seen) = (new Taken(), new ConcurrentQueue<(int Value, StreamxDelivery? Delivery)>());
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", async (value, _) =>
        {
            await Task.Yield();
            seen.Enqueue((value, StreamxDelivery.Current));
            Assert.Empty(StreamxDelivery.CurrentBatch);
            await taken.Add(value);
        }), o => o.Window = window);
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutFortyAsync), o => o.Window = window);

        await taken.UntilAsync(40);

        Assert.All(seen, pair => Assert.Equal((pair.Value, false), (pair.Delivery!.Sequence, pair.Delivery.IsRedelivered)));
        var (stream, epoch) = Assert.Single(seen.Select(pair => (pair.Delivery!.StreamId, pair.Delivery.Epoch)).Distinct());
        Assert.True(stream > 0 && epoch > 0);
        Assert.Null(StreamxDelivery.Current);
    }

    [Fact]
    public async Task Current_FirstTryFailed_IsTheSameForTheNext()
    {
        var (taken, seen) = (new Taken(), new ConcurrentQueue<long>());
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) =>
        {
            seen.Enqueue(StreamxDelivery.Current!.Sequence);
            return seen.Count == 2 ? throw new IOException("Once.") : taken.Add(value);
        }, o => o.Retry = new RetryOptions { MaxAttempts = 1, Delay = TimeSpan.FromMilliseconds(1) }));
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutFortyAsync));

        await taken.UntilAsync(40);

        Assert.Equal([1, 2, .. Enumerable.Range(2, 39).Select(i => (long)i)], seen);
    }

    [Fact]
    public async Task CurrentBatch_InABatchHandler_IsTheNumbersOfItsValues()
    {
        var taken = new Taken();
        var batches = new ConcurrentQueue<(int[] Values, long[] Numbers)>();
        await using var consumer = await Pod.StartAsync(
            _stream,
            stream =>
            {
                stream.Services.AddSingleton(new Batches(taken, batches));
                stream.AddBatchConsumer<Batches>("a", o => (o.MaxBatchSize, o.MaxBatchWait) = (4, TimeSpan.FromMilliseconds(1)));
            },
            o => o.Window = 16);
        await _stream.RegisteredAsync("a");
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutFortyAsync), o => o.Window = 16);

        await taken.UntilAsync(40);

        Assert.Equal(Enumerable.Range(1, 40), batches.SelectMany(batch => batch.Values));
        Assert.All(batches, batch => Assert.Equal(batch.Values.Select(value => (long)value), batch.Numbers));
    }

    [Fact]
    public async Task Current_GivenToAProcessThatDied_IsRedelivered()
    {
        var (taken, seen) = (new Taken(), new ConcurrentQueue<(long, bool)>());
        var died = await _stream.CreateProcess().JoinAsync("a", default);
        await using var producer = await Pod.StartAsync(_stream, stream => stream.AddProducer("feed", PutFortyAsync), o => o.Window = 2);
        await died.NextAsync();
        await died.NextAsync();
        await died.DisposeAsync();

        await using var next = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) =>
        {
            seen.Enqueue((StreamxDelivery.Current!.Sequence, StreamxDelivery.Current.IsRedelivered));
            return taken.Add(value);
        }), o => o.Window = 2);
        await taken.UntilAsync(5);

        Assert.Equal([(1, true), (2, true), (3, false), (4, false), (5, false)], seen.Take(5));
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static async Task PutFortyAsync(IStreamWriter<int> puts, CancellationToken stoppingToken)
    {
        for (var value = 1; value <= 40; value++) await puts.PutAsync(value, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
    }

    private sealed class Batches(Taken taken, ConcurrentQueue<(int[] Values, long[] Numbers)> seen) : IBatchConsumer<int>
    {
        public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            Assert.Null(StreamxDelivery.Current);
            seen.Enqueue((batch.ToArray(), [.. StreamxDelivery.CurrentBatch.Select(delivery => delivery.Sequence)]));
            foreach (var value in batch) await taken.Add(value);
        }
    }
}
