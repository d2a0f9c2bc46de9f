using Streamx;
using Streamx.Hosting;

namespace WorkerDemo.Troubled;

/// <summary>Puts lines without end, and fails after every fiftieth.</summary>
internal sealed class FailingProducer(TimeProvider timeProvider) : IProducer<HostEvent>
{
    /// <summary>The number of the last line of all instances: each run of a producer has its own.</summary>
    private static long s_sequence;

    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        do
        {
            await stream.PutAsync(new HostEvent(++s_sequence, timeProvider.GetUtcNow(), HostEventKind.Line, "-", $"{s_sequence}"), stoppingToken);
        }
        while (s_sequence % 50 != 0);

        throw new InvalidOperationException("Fails after every fiftieth line.");
    }
}
