using Microsoft.Extensions.Hosting;

namespace WorkerDemo;

/// <summary>Stops the host after the time given with <c>--duration</c>.</summary>
internal sealed class RunDuration(DemoOptions options, IHostApplicationLifetime lifetime, TimeProvider timeProvider) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(options.Duration!.Value), timeProvider, stoppingToken);
        lifetime.StopApplication();
    }
}
