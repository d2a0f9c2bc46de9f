using Streamx.Benchmarks.Latency;

namespace Streamx.Benchmarks.Peers;

/// <summary>The stream itself.</summary>
internal static class Ours
{
    public static Task ValuesAsync(int consumers, int window, int items, bool inline) => RunAsync(consumers, window, items, inline, ConsumeAsync);

    public static Task BatchesAsync(int consumers, int window, int items) => RunAsync(consumers, window, items, inline: false, ConsumeBatchesAsync);

    /// <summary>As <see cref="BatchesAsync"/>, with a window's values put by one call.</summary>
    public static Task ManyAsync(int consumers, int window, int items) => RunAsync(consumers, window, items, inline: false, ConsumeBatchesAsync, putMany: true);

    /// <summary>One consumer, window 1.</summary>
    public static async Task LatencyAsync(PacedProducer producer, Arrivals arrivals, bool inline)
    {
        var stream = new AsyncStream<StampedValue>(new AsyncStreamOptions { AllowSynchronousContinuations = inline });
        var consuming = ConsumeAsync(stream.Subscribe(), arrivals);
        await Task.Run(() => producer.ProduceAsync(value => stream.PutAsync(value)));
        await stream.CloseAsync();
        await consuming;
    }

    private static async Task RunAsync(int consumers, int window, int items, bool inline, Func<StreamSubscription<long>, int, Task> consume, bool putMany = false)
    {
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = window, AllowSynchronousContinuations = inline });
        var running = new Task[consumers];
        for (var i = 0; i < consumers; i++) running[i] = consume(stream.Subscribe(), items);
        await Task.Run(async () =>
        {
            if (putMany) await PutManyAsync(stream, items).ConfigureAwait(false);
            else for (long i = 0; i < items; i++) await stream.PutAsync(i).ConfigureAwait(false);
            await stream.CloseAsync().ConfigureAwait(false);
        });
        await Task.WhenAll(running);
    }

    private static async Task PutManyAsync(AsyncStream<long> stream, int items)
    {
        var values = new long[stream.Window];
        for (var first = 0; first < items; first += values.Length)
        {
            var count = Math.Min(values.Length, items - first);
            for (var i = 0; i < count; i++) values[i] = first + i;
            await stream.PutManyAsync(values.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private static async Task ConsumeAsync(StreamSubscription<long> subscription, int items)
    {
        Sequence sequence = default;
        await foreach (var value in subscription.ConfigureAwait(false)) sequence.See(value);
        sequence.End(items);
    }

    private static async Task ConsumeBatchesAsync(StreamSubscription<long> subscription, int items)
    {
        Sequence sequence = default;
        await foreach (var batch in subscription.ReadBatchesAsync(int.MaxValue, TimeSpan.Zero).ConfigureAwait(false))
        {
            foreach (var value in batch.Span) sequence.See(value);
        }

        sequence.End(items);
    }

    private static async Task ConsumeAsync(StreamSubscription<StampedValue> subscription, Arrivals arrivals)
    {
        await foreach (var value in subscription.ConfigureAwait(false)) arrivals.See(value);
    }
}
