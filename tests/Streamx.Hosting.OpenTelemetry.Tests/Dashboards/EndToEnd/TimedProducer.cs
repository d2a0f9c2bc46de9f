namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>A producer with a stopwatch of its own around each put.</summary>
internal sealed class TimedProducer
{
    /// <summary>How many values it puts.</summary>
    private const int Values = 20;

    /// <summary>How long it works on each.</summary>
    private static readonly TimeSpan s_work = TimeSpan.FromMilliseconds(100);

    /// <summary>What its stopwatch says: the share of its time that it spent in puts.</summary>
    public double Blocked { get; private set; }

    /// <summary>Puts its values.</summary>
    public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
    {
        var clock = TimeProvider.System;
        var waited = TimeSpan.Zero;
        var start = clock.GetTimestamp();
        for (var i = 0; i < Values; i++)
        {
            await Task.Delay(s_work, clock, stoppingToken);
            var put = clock.GetTimestamp();
            await stream.PutAsync(i, stoppingToken);
            waited += clock.GetElapsedTime(put);
        }
        Blocked = waited / clock.GetElapsedTime(start);
    }
}
