namespace Streamx.Hosting.Tests.Chaos;

internal sealed class ChaosProcessor<TSlot>(ChaosConsumer consumer) : IProcessor<long, long>
{
    public Task ProcessAsync(long value, IStreamWriter<long> output, CancellationToken abortToken) => consumer.HandleAsync([value], abortToken, output);
}
