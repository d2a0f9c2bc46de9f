using System.Globalization;
using System.Text;

namespace WorkerDemo;

/// <summary>Adds up events, and lays them out. Safe from any thread: the loop adds while the timer shows.</summary>
internal sealed class SummaryBoard(int rows, TimeProvider timeProvider)
{
    /// <summary>Guards all that follows.</summary>
    private readonly Lock _gate = new();

    /// <summary>What was last reported of each process that has not ended.</summary>
    private readonly Dictionary<int, HostEvent> _processes = [];

    /// <summary>The latest events, the newest last.</summary>
    private readonly Queue<HostEvent> _latest = [];

    /// <summary>When the count began.</summary>
    private readonly long _began = timeProvider.GetTimestamp();

    /// <summary>How many events there have been.</summary>
    private long _count;

    /// <summary>How many of them are lines.</summary>
    private long _lines;

    /// <summary>How many there had been when the table was last laid out.</summary>
    private long _countShown;

    /// <summary>When that was.</summary>
    private long _shown = timeProvider.GetTimestamp();

    /// <summary>Adds an event.</summary>
    internal void Add(HostEvent value)
    {
        lock (_gate)
        {
            _count++;
            if (value.Kind == HostEventKind.Line) _lines++;
            else if (value.Kind == HostEventKind.Exited) _processes.Remove(value.Pid!.Value);
            else _processes[value.Pid!.Value] = value;

            _latest.Enqueue(value);
            if (_latest.Count > rows) _latest.Dequeue();
        }
    }

    /// <summary>Lays out the present state, and begins to measure the rate anew.</summary>
    internal string Format()
    {
        lock (_gate)
        {
            var now = timeProvider.GetTimestamp();
            var text = new StringBuilder();
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{_count} events{(_lines > 0 ? " (lines)" : "")}, {Rate(_count - _countShown, _shown, now):F1}/s now, {Rate(_count, _began, now):F1}/s on average");
            (_countShown, _shown) = (_count, now);
            if (_processes.Count > 0) text.Append(Busiest());
            foreach (var value in _latest)
                text.AppendLine(CultureInfo.InvariantCulture, $"  {value.Time:HH:mm:ss} {value.Kind,-13} {Subject(value)}{Shorten(value.Message)}");
            return text.ToString();
        }
    }

    private TextTable Busiest()
    {
        // By what was last reported, which is as exact as the thresholds of the watcher are fine.
        var table = new TextTable("busiest process", "pid", "CPU %", "memory MB");
        foreach (var process in _processes.Values.OrderByDescending(process => process.Cpu ?? 0).ThenByDescending(process => process.Memory).Take(rows))
        {
            table.Add(
                process.Source,
                process.Pid!.Value.ToString(CultureInfo.InvariantCulture),
                process.Cpu?.ToString("F0", CultureInfo.InvariantCulture) ?? "-",
                ((process.Memory ?? 0) / 1048576.0).ToString("F1", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private double Rate(long count, long from, long to) => count / Math.Max(timeProvider.GetElapsedTime(from, to).TotalSeconds, 0.001);

    private static string Subject(HostEvent value) => value.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"{value.Source} ({pid}): ") : "";

    private static string Shorten(string message) => message.Length <= 100 ? message : message[..99] + "…";
}
