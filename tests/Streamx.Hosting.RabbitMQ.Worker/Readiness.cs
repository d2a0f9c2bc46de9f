using Microsoft.Extensions.Hosting;

namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>Notes when the worker first is active, or stands by.</summary>
/// <param name="control">Says so.</param>
/// <param name="isProducer">Whether it is a producer.</param>
/// <param name="log">Where it is noted.</param>
internal sealed class Readiness(IStreamxControl control, bool isProducer, WorkLog log) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>A consumer that has no problem may not have begun yet; after so many looks it has.</summary>
    private const int Enough = 100;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_look);
        var hadNone = false;
        for (var look = 0; await timer.WaitForNextTickAsync(stoppingToken); look++)
        {
            var remote = control.GetStreams()[0].Remote!;
            hadNone |= remote.Problems.Count > 0;
            if (isProducer ? !remote.IsLeading && !remote.IsStandby : remote.Problems.Count > 0 || (!hadNone && look < Enough)) continue;
            log.Ready();
            return;
        }
    }
}
