using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Puts a sample of every process of this machine, over and over, and an event when one has started or ended.</summary>
/// <remarks>While a put waits for a slow consumer it takes no samples, so nothing piles up.</remarks>
internal sealed class ProcessWatcher(TimeProvider timeProvider) : IProducer<HostEvent>
{
    /// <summary>How many values there are a second: where fewer processes run, each is sampled more often than once a second.</summary>
    internal const int ValuesPerSecond = 320;

    /// <summary>CPU time is counted in hundredths of a second, so it takes a while to tell how much is used.</summary>
    private static readonly TimeSpan s_cpuPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How far it may fall behind its pace and still catch up.</summary>
    private static readonly TimeSpan s_maxBehind = TimeSpan.FromSeconds(0.5);

    /// <summary>The processes there were, by id.</summary>
    private readonly Dictionary<int, Known> _known = [];

    /// <summary>The number of the last event.</summary>
    private long _sequence;

    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        var (began, due) = (timeProvider.GetTimestamp(), TimeSpan.Zero);
        while (true)
        {
            var events = Observe(ProcessSample.TakeAll());
            var distance = TimeSpan.FromSeconds(1.0 / Math.Max(ValuesPerSecond, events.Count));
            foreach (var value in events)
            {
                await stream.PutAsync(value, stoppingToken);
                // Evenly, not a burst a second.
                var now = timeProvider.GetElapsedTime(began);
                due = due + distance > now - s_maxBehind ? due + distance : now - s_maxBehind;
                if (due > now) await Task.Delay(due - now, timeProvider, stoppingToken);
            }
        }
    }

    /// <summary>The events of a round of samples.</summary>
    internal List<HostEvent> Observe(IReadOnlyList<ProcessSample> samples)
    {
        var (isFirst, now) = (_sequence == 0, timeProvider.GetTimestamp());
        var events = new List<HostEvent>();
        foreach (var ended in _known.Keys.Except(samples.Select(sample => sample.Pid)).ToList())
            if (_known.Remove(ended, out var last)) events.Add(Event(HostEventKind.Exited, last, last.Base, "ended"));
        foreach (var sample in samples)
        {
            var isKnown = _known.TryGetValue(sample.Pid, out var known);
            known ??= new Known(sample, now, Cpu: null);
            if (timeProvider.GetElapsedTime(known.BaseTime, now) is var elapsed && elapsed >= s_cpuPeriod)
                known = new Known(sample, now, 100 * (sample.CpuTime - known.Base.CpuTime) / elapsed);
            _known[sample.Pid] = known;
            var use = $"CPU {known.Cpu ?? 0:F0} %, {sample.Memory / 1048576.0:F0} MB";
            events.Add(isKnown || isFirst
                ? Event(HostEventKind.Sampled, known, sample, use)
                : Event(HostEventKind.Started, known, sample, "started"));
        }

        return events;
    }

    private HostEvent Event(HostEventKind kind, Known known, ProcessSample sample, string message) =>
        new(++_sequence, timeProvider.GetUtcNow(), kind, sample.Name, message, sample.Pid, known.Cpu, sample.Memory);

    /// <summary>A process: the sample its CPU use is measured from, when that was taken, and the use in percent of one core.</summary>
    private sealed record Known(ProcessSample Base, long BaseTime, double? Cpu);
}
