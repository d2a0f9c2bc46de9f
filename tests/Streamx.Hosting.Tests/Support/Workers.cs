namespace Streamx.Hosting.Tests.Support;

/// <summary>Puts 1 to 100 and returns.</summary>
internal sealed class HundredProducer : IProducer<int>
{
    public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
    {
        for (var i = 1; i <= 100; i++) await stream.PutAsync(i, stoppingToken);
    }
}

/// <summary>Notes each value.</summary>
internal sealed class NotingConsumer(Seen<int> seen) : IConsumer<int>
{
    public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
    {
        seen.Add(nameof(NotingConsumer), value);
        return default;
    }
}

/// <summary>Notes each value, in a loop of its own.</summary>
internal sealed class NotingLoop(Seen<int> seen) : IStreamConsumer<int>
{
    public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
    {
        await foreach (var value in stream) seen.Add(nameof(NotingLoop), value);
    }
}

/// <summary>Notes each value of each batch.</summary>
internal sealed class NotingBatches(Seen<int> seen) : IBatchConsumer<int>
{
    public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
    {
        foreach (var value in batch) seen.Add(nameof(NotingBatches), value);
        return default;
    }
}
