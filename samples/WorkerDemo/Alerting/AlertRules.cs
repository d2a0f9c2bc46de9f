using System.Globalization;
using System.Text.RegularExpressions;

namespace WorkerDemo;

/// <summary>Decides which events are alarming.</summary>
internal sealed class AlertRules(AlertOptions options)
{
    /// <summary>Bytes in a megabyte.</summary>
    private const double Megabyte = 1024 * 1024;

    /// <summary>How many names of started processes are kept before those that have expired are thrown out.</summary>
    private const int MaxNames = 1000;

    /// <summary>The pattern of alarming lines.</summary>
    private readonly Regex _pattern = new(options.LinePattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, options.LineTimeout);

    /// <summary>The memory that growth is measured from, by process id.</summary>
    private readonly Dictionary<int, long> _memory = [];

    /// <summary>When processes started lately, by name.</summary>
    private readonly Dictionary<string, Queue<DateTimeOffset>> _starts = new(StringComparer.Ordinal);

    /// <summary>Checks an event.</summary>
    /// <returns>The alert, or null.</returns>
    internal Alert? Check(HostEvent value)
    {
        if (value.Kind == HostEventKind.Exited && value.Pid is { } ended) _memory.Remove(ended);
        else if (value is { Pid: { } pid, Memory: { } memory }) _memory.TryAdd(pid, memory);

        return value.Kind switch
        {
            HostEventKind.CpuChanged => CheckCpu(value),
            HostEventKind.MemoryChanged => CheckMemory(value),
            HostEventKind.Started => CheckRestarts(value),
            HostEventKind.Line => CheckLine(value),
            _ => null,
        };
    }

    private Alert? CheckCpu(HostEvent value) =>
        value.Cpu >= options.CpuPercent
            ? new Alert(AlertRule.HighCpu, string.Create(CultureInfo.InvariantCulture, $"{Name(value)} uses {value.Cpu:F0} % of a core"))
            : null;

    private Alert? CheckMemory(HostEvent value)
    {
        if (value is not { Pid: { } pid, Memory: { } memory } || !_memory.TryGetValue(pid, out var from)) return null;
        if (memory - from < options.MemoryGrowthMegabytes * Megabyte) return null;
        _memory[pid] = memory;
        return new Alert(
            AlertRule.MemoryGrowth, string.Create(CultureInfo.InvariantCulture, $"{Name(value)} has grown from {from / Megabyte:F0} MB to {memory / Megabyte:F0} MB"));
    }

    private Alert? CheckRestarts(HostEvent value)
    {
        if (_starts.Count >= MaxNames) ForgetExpired(value.Time);
        if (!_starts.TryGetValue(value.Source, out var starts)) _starts[value.Source] = starts = new Queue<DateTimeOffset>();
        starts.Enqueue(value.Time);
        while (value.Time - starts.Peek() > options.RestartPeriod) starts.Dequeue();
        if (starts.Count < options.Restarts) return null;
        // The count begins anew, so that a loop that goes on is reported again, but not with every start.
        starts.Clear();
        return new Alert(AlertRule.RestartLoop, $"{value.Source} has started {options.Restarts} times within {options.RestartPeriod}");
    }

    private Alert? CheckLine(HostEvent value)
    {
        try
        {
            return _pattern.IsMatch(value.Message) ? new Alert(AlertRule.LineMatch, $"line {value.Sequence}: {value.Message}") : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return new Alert(AlertRule.PatternTimeout, $"line {value.Sequence}: the pattern took longer than {options.LineTimeout}");
        }
    }

    private void ForgetExpired(DateTimeOffset now)
    {
        foreach (var (name, starts) in _starts)
        {
            while (starts.TryPeek(out var start) && now - start > options.RestartPeriod) starts.Dequeue();
            if (starts.Count == 0) _starts.Remove(name);
        }
    }

    private static string Name(HostEvent value) => string.Create(CultureInfo.InvariantCulture, $"{value.Source} ({value.Pid})");
}
