namespace Streamx.Hosting.Tests.Chaos;

internal sealed class ChaosHandler<TSlot>(ChaosConsumer consumer) : IConsumer<long>
{
    public ValueTask ConsumeAsync(long value, CancellationToken abortToken) => new(consumer.HandleAsync([value], abortToken));
}
