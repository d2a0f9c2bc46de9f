namespace Streamx.Hosting.Testing.Tests;

/// <summary>Puts 1 to 4 and returns.</summary>
public sealed class Feed : IProducer<int>
{
    public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
    {
        for (var value = 1; value <= 4; value++) await stream.PutAsync(value, stoppingToken);
    }
}
