namespace Streamx.Hosting.Testing.Tests;

/// <summary>Does nothing with a batch.</summary>
public sealed class Batches : IBatchConsumer<int>
{
    public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => default;
}
