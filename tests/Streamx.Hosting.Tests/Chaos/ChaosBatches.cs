namespace Streamx.Hosting.Tests.Chaos;

internal sealed class ChaosBatches<TSlot>(ChaosConsumer consumer) : IBatchConsumer<long>
{
    public ValueTask ConsumeAsync(StreamBatch<long> batch, CancellationToken abortToken) => new(consumer.HandleAsync(batch.ToArray(), abortToken));
}
