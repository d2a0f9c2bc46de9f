namespace Streamx.Hosting.Testing.Tests;

/// <summary>Puts nothing, then 1 to 3 and 4 to 5 in one call each, and returns.</summary>
public sealed class ManyFeed : IProducer<int>
{
    public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
    {
        await stream.PutManyAsync(ReadOnlyMemory<int>.Empty, stoppingToken);
        await stream.PutManyAsync(new[] { 1, 2, 3 }, stoppingToken);
        await stream.PutManyAsync(new[] { 4, 5 }, stoppingToken);
    }
}
