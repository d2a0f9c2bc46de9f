using System.Diagnostics;

namespace Streamx.Benchmarks.Buses;

/// <summary>Publishes over a bus, as fast as its window lets it.</summary>
internal static class BusRun
{
    /// <summary>
    /// How long a run is warmed up: a leader of the stream over a broker first listens for four seconds whether values may go together.
    /// </summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);

    /// <summary>How long it is timed.</summary>
    private static readonly TimeSpan s_runTime = TimeSpan.FromSeconds(3);

    /// <summary>How long a bus may take to stop.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    /// <summary>Measures one run.</summary>
    /// <param name="window">The window that consumers report to.</param>
    /// <param name="publishAsync">Publishes a value; it ends when the bus has taken it.</param>
    /// <param name="oneAtATime">Whether a publish begins only once the one before it has ended, as their order may need.</param>
    public static async Task<BusResult> MeasureAsync(BusWindow window, Func<BusValue, Task> publishAsync, bool oneAtATime = false)
    {
        var first = await PublishAsync(window, publishAsync, oneAtATime, 0, s_warmUp);
        var watch = Stopwatch.StartNew();
        var last = await PublishAsync(window, publishAsync, oneAtATime, first, s_runTime);
        return new BusResult((last - first) / watch.Elapsed.TotalSeconds, window.Unexpected);
    }

    /// <summary>Publishes for a time, and waits until every consumer has finished.</summary>
    /// <returns>The number after that of the last value.</returns>
    private static async Task<long> PublishAsync(
        BusWindow window, Func<BusValue, Task> publishAsync, bool oneAtATime, long number, TimeSpan time)
    {
        var body = new byte[Broker.BrokerCommand.ValueBytes];
        Queue<Task> underWay = [];
        var watch = Stopwatch.StartNew();
        for (; watch.Elapsed < time; number++)
        {
            await window.EnterAsync(number);
            underWay.Enqueue(publishAsync(new BusValue(number, body)));
            while (underWay.TryPeek(out var publish) && (oneAtATime || publish.IsCompleted)) await underWay.Dequeue();
        }

        await Task.WhenAll(underWay).WaitAsync(StopLimit);
        await window.FlushAsync();
        return number;
    }
}
