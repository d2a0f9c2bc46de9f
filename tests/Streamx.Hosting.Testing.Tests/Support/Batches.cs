namespace Streamx.Hosting.Testing.Tests;

/// <summary>Does nothing with a batch.</summary>
public sealed class Batches : IBatchConsumer<int>
{
    public ValueTask ConsumeAsync(ReadOnlyMemory<int> batch, CancellationToken abortToken) => default;
}
