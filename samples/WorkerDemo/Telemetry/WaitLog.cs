using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Logs, every few seconds, how fast the streams are, how much of the time puts wait, and for whom.</summary>
/// <remarks>Of a stream between processes only its speed: how long its puts wait is on the live page.</remarks>
internal sealed class WaitLog(
    IStreamxControl control, IOptions<DemoOptions> options, TimeProvider timeProvider, ILogger<WaitLog> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromSeconds(options.Value.SummarySeconds);
        // Says something within the first second.
        using var timer = new PeriodicTimer(interval < TimeSpan.FromSeconds(1) ? interval : TimeSpan.FromSeconds(1), timeProvider);
        // A timer that is disposed ticks no more.
        await using var stop = stoppingToken.Register(timer.Dispose);
        var (before, at) = (control.GetStreams(), timeProvider.GetTimestamp());
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var (now, time) = (control.GetStreams(), timeProvider.GetTimestamp());
            foreach (var (old, stream) in before.Zip(now)) LogStream(old, stream, timeProvider.GetElapsedTime(at, time));
            (before, at, timer.Period) = (now, time, interval);
        }
    }

    private void LogStream(StreamxStreamStatus old, StreamxStreamStatus now, TimeSpan elapsed)
    {
        var shares = now.Consumers.Zip(old.Consumers, (consumer, before) => (consumer.Name, Share: Share(before, consumer, elapsed)))
            .Where(consumer => consumer.Share >= 0.001).OrderByDescending(consumer => consumer.Share).ToList();
        var rate = (now.Stream.ValuesPut - old.Stream.ValuesPut) / elapsed.TotalSeconds;
        var names = string.Join(", ", shares.Select(consumer => $"{consumer.Name} ({consumer.Share:P1})"));
        var note = now.Remote switch { null => "; no backpressure", { IsStandby: true } => "; stands by", _ => "" };
        if (names.Length == 0) Log.Flows(logger, now.Name, rate, note);
        else Log.Waits(logger, now.Name, rate, shares.Sum(consumer => consumer.Share), names);
    }

    /// <summary>What share of the time puts have waited for a consumer.</summary>
    internal static double Share(StreamxConsumerStatus old, StreamxConsumerStatus now, TimeSpan elapsed) =>
        (Waited(now) - Waited(old)) / elapsed;

    /// <summary>How long puts have waited for a consumer.</summary>
    internal static TimeSpan Waited(StreamxConsumerStatus consumer) => consumer.Subscription?.TimeGating ?? TimeSpan.Zero;
}
