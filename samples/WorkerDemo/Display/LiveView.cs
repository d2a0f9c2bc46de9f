using Microsoft.Extensions.Hosting;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Shows the streams on the terminal from the start of the host until it is told to stop.</summary>
internal sealed class LiveView(LiveScreen screen, IStreamxControl control, IHostApplicationLifetime lifetime, TimeProvider timeProvider) : BackgroundService
{
    /// <summary>How many times the streams are looked at for one page: over five seconds.</summary>
    private const int Samples = 50;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.1), timeProvider);
        // Before the drain begins: its report is printed below what was on the screen before.
        await using var stop = lifetime.ApplicationStopping.Register(() =>
        {
            screen.End();
            timer.Dispose();
        });
        await using var start = lifetime.ApplicationStarted.Register(screen.Begin);
        var history = new Queue<(long Time, IReadOnlyList<StreamxStreamStatus> Streams)>();
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            history.Enqueue((timeProvider.GetTimestamp(), control.GetStreams()));
            if (history.Count > Samples) history.Dequeue();
            // Read each time: the terminal may have been resized. One column is left free, since some terminals wrap in the last.
            var (width, height) = (Math.Max(20, Console.WindowWidth - 1), Math.Max(5, Console.WindowHeight));
            var elapsed = timeProvider.GetElapsedTime(history.Peek().Time, history.Last().Time);
            var page = history.Peek().Streams.SelectMany(stream =>
                StreamPage.Render([.. history.Select(sample => sample.Streams.First(same => same.Name == stream.Name))], elapsed, width));
            screen.Draw([.. page], width, height);
        }
    }
}
