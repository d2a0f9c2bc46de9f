using Streamx;
using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>Puts a reading every second, or less often while a consumer takes longer: a put waits until all are ready.</summary>
public sealed class Thermometer(TimeProvider timeProvider) : IProducer<Reading>
{
    /// <summary>The token is cancelled on SIGTERM; what has been put is still delivered.</summary>
    public async Task ProduceAsync(IStreamWriter<Reading> stream, CancellationToken stoppingToken)
    {
        for (var number = 1; ; number++)
        {
            await stream.PutAsync(new Reading(number, 20 + number % 15), stoppingToken);
            await Task.Delay(TimeSpan.FromSeconds(1), timeProvider, stoppingToken);
        }
    }
}
