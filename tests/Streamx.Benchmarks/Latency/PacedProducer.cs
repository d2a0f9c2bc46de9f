namespace Streamx.Benchmarks.Latency;

/// <summary>Puts stamped values, an interval apart.</summary>
/// <remarks>
/// It awaits a timer where the interval is long enough for one, and spins where it is not: then it never gives up its thread. It
/// does not catch up when a put was late. A stamp is the time of the put and not of what the pace asked for: what the machine does
/// to the producer between two puts is not the stream's.
/// </remarks>
internal sealed class PacedProducer(int items, TimeSpan interval)
{
    /// <summary>The finest interval of a timer.</summary>
    private static readonly TimeSpan s_timerInterval = TimeSpan.FromMilliseconds(1);

    public int Items => items;

    public async Task ProduceAsync(Func<StampedValue, ValueTask> put)
    {
        using var timer = interval < s_timerInterval ? null : new PeriodicTimer(interval);
        var clock = TimeProvider.System;
        var ticks = (long)(interval.TotalSeconds * clock.TimestampFrequency);
        var putAt = clock.GetTimestamp();
        for (long i = 0; i < items; i++)
        {
            if (timer is not null) await timer.WaitForNextTickAsync().ConfigureAwait(false);
            else if (ticks > 0) SpinUntil(clock, putAt + ticks);
            putAt = clock.GetTimestamp();
            await put(new StampedValue(i, putAt)).ConfigureAwait(false);
        }
    }

    private static void SpinUntil(TimeProvider clock, long time)
    {
        while (clock.GetTimestamp() < time) Thread.SpinWait(10);
    }
}
