using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Puts an event when a process of this machine starts, ends, or changes its use of CPU or memory notably.</summary>
/// <remarks>While a put waits for a slow consumer no samples are taken: the watch slows down, and nothing piles up.</remarks>
internal sealed class ProcessWatcher(DemoOptions options, Rehearsal rehearsal, TimeProvider timeProvider) : IProducer<HostEvent>
{
    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        var changes = new ProcessChanges(options.Processes);
        var lastSample = timeProvider.GetTimestamp();
        using var timer = new PeriodicTimer(options.Processes.Interval, timeProvider);
        do
        {
            var samples = ProcessSample.TakeAll();
            var sampled = timeProvider.GetTimestamp();
            foreach (var change in changes.Observe(samples, timeProvider.GetUtcNow(), timeProvider.GetElapsedTime(lastSample, sampled)))
            {
                await rehearsal.BeforeAsync(nameof(ProcessWatcher), values: 1, stoppingToken);
                await stream.PutAsync(change, stoppingToken);
            }

            lastSample = sampled;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
