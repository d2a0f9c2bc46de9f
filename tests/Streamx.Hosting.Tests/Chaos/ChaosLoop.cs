namespace Streamx.Hosting.Tests.Chaos;

internal sealed class ChaosLoop<TSlot>(ChaosConsumer consumer) : IStreamConsumer<long>
{
    public Task ConsumeAsync(IAsyncEnumerable<long> stream, CancellationToken abortToken) => consumer.RunLoopAsync(stream, abortToken);
}
