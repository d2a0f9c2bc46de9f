using System.Globalization;

namespace WorkerDemo;

/// <summary>Finds what has changed from sample to sample.</summary>
internal sealed class ProcessChanges(ProcessOptions options)
{
    /// <summary>Bytes in a megabyte.</summary>
    private const double Megabyte = 1024 * 1024;

    /// <summary>The processes of the last sample, by id.</summary>
    private readonly Dictionary<int, Known> _known = [];

    /// <summary>The number of the last event.</summary>
    private long _sequence;

    /// <summary>Whether there has been a sample yet.</summary>
    private bool _hasBegun;

    /// <summary>The events between the last samples and these.</summary>
    /// <param name="samples">Every process there is now.</param>
    /// <param name="now">The time for the events.</param>
    /// <param name="elapsed">How long ago the last samples were taken.</param>
    internal IReadOnlyList<HostEvent> Observe(IReadOnlyList<ProcessSample> samples, DateTimeOffset now, TimeSpan elapsed)
    {
        var events = new List<HostEvent>();
        var present = samples.ToDictionary(sample => sample.Pid);
        foreach (var known in _known.Values.Where(known => !present.TryGetValue(known.Last.Pid, out var sample) || !known.Last.IsSameProcess(sample)).ToList())
        {
            _known.Remove(known.Last.Pid);
            events.Add(Event(HostEventKind.Exited, known, now, "ended"));
        }

        foreach (var sample in samples)
        {
            if (_known.TryGetValue(sample.Pid, out var known))
            {
                events.AddRange(Changes(known, sample, now, elapsed));
                continue;
            }

            _known[sample.Pid] = known = new Known(sample);
            events.Add(Event(_hasBegun ? HostEventKind.Started : HostEventKind.Seen, known, now, _hasBegun ? "started" : "is running"));
        }

        _hasBegun = true;
        return events;
    }

    private IEnumerable<HostEvent> Changes(Known known, ProcessSample sample, DateTimeOffset now, TimeSpan elapsed)
    {
        if (elapsed > TimeSpan.Zero && sample.CpuTime is { } after && known.Last.CpuTime is { } before)
            known.Cpu = Math.Max(0, 100 * (after - before) / elapsed);
        known.Last = sample;

        if (known.Cpu is { } cpu && Math.Abs(cpu - known.ReportedCpu) >= options.CpuChangePercent)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"CPU {known.ReportedCpu:F0} % -> {cpu:F0} %");
            known.ReportedCpu = cpu;
            yield return Event(HostEventKind.CpuChanged, known, now, text);
        }

        if (Math.Abs(sample.Memory - known.ReportedMemory) >= options.MemoryChangeMegabytes * Megabyte)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"memory {known.ReportedMemory / Megabyte:F0} MB -> {sample.Memory / Megabyte:F0} MB");
            known.ReportedMemory = sample.Memory;
            yield return Event(HostEventKind.MemoryChanged, known, now, text);
        }
    }

    private HostEvent Event(HostEventKind kind, Known known, DateTimeOffset now, string message) =>
        new(++_sequence, now, kind, known.Last.Name, message) { Pid = known.Last.Pid, Cpu = known.Cpu, Memory = known.Last.Memory };

    /// <summary>A process, and what has been reported of it.</summary>
    private sealed class Known(ProcessSample first)
    {
        internal ProcessSample Last { get; set; } = first;

        internal double? Cpu { get; set; }

        internal double ReportedCpu { get; set; }

        internal long ReportedMemory { get; set; } = first.Memory;
    }
}
