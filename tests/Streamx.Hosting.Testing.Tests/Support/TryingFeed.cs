namespace Streamx.Hosting.Testing.Tests;

/// <summary>Puts 1 to 4 as far as they are taken at once, and returns.</summary>
public sealed class TryingFeed : IProducer<int>
{
    public Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
    {
        for (var value = 1; value <= 4; value++) stream.TryPut(value);
        return Task.CompletedTask;
    }
}
