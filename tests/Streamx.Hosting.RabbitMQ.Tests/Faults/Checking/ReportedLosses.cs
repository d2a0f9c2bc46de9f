using System.Globalization;
using System.Text.RegularExpressions;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>What processes have logged as lost: ranges of numbers, and streams that the broker has forgotten.</summary>
internal sealed partial class ReportedLosses
{
    private readonly Dictionary<string, HashSet<long>> _numbers = [];
    private readonly Dictionary<string, List<long>> _forgotten = [];

    /// <summary>When a process last logged that the broker has forgotten the stream; the lowest value for never.</summary>
    public long LastForgotten => _forgotten.Values.SelectMany(times => times).DefaultIfEmpty(long.MinValue).Max();

    /// <summary>Whether a process has logged in a time that the broker has forgotten the stream.</summary>
    public bool WasForgotten(long from, long to) => _forgotten.Values.Any(times => times.Exists(time => time >= from && time <= to));

    /// <summary>How often the broker has forgotten the stream: as often as the process says that has seen it most often.</summary>
    public int TimesForgotten => _forgotten.Values.Select(times => times.Count).DefaultIfEmpty().Max();

    /// <summary>How many numbers have been named in all.</summary>
    public int Count => _numbers.Values.Sum(numbers => numbers.Count);

    /// <summary>The numbers that were named as lost to a consumer.</summary>
    public IReadOnlySet<long> Of(string name) => _numbers.GetValueOrDefault(name) ?? [];

    /// <summary>A process has named a range.</summary>
    public void AddRange(string name, long first, long last)
    {
        if (!_numbers.TryGetValue(name, out var numbers)) _numbers[name] = numbers = [];
        for (var number = first; number <= last; number++) numbers.Add(number);
    }

    /// <summary>A process has logged that the broker has forgotten the stream.</summary>
    public void AddForgotten(string process, long time)
    {
        if (!_forgotten.TryGetValue(process, out var times)) _forgotten[process] = times = [];
        times.Add(time);
    }

    /// <summary>Takes account of a line that a process has printed.</summary>
    public void AddOutput(string process, string line)
    {
        if (Lost().Match(line) is { Success: true } lost)
            AddRange(lost.Groups[1].Value, Number(lost.Groups[2]), Number(lost.Groups[3]));
        else if (Forgotten().Match(line) is { Success: true } forgotten)
            AddForgotten(process, TimeOf(TimeSpan.Parse(forgotten.Groups[1].Value, CultureInfo.InvariantCulture)));

        static long Number(Group group) => long.Parse(group.Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The time of the monotonic clock at a time of this day or the day before.</summary>
    private static long TimeOf(TimeSpan ofDay)
    {
        var ago = TimeProvider.System.GetLocalNow().TimeOfDay - ofDay;
        if (ago < TimeSpan.Zero) ago += TimeSpan.FromDays(1);
        return TimeProvider.System.GetTimestamp() - (long)(ago.TotalSeconds * TimeProvider.System.TimestampFrequency);
    }

    [GeneratedRegex(@"Streamx\.Hosting\[48\] Consumer (\S+) of stream \S+ \D+ (\d+) to (\d+)")]
    private static partial Regex Lost();

    [GeneratedRegex(@"^(\d\d:\d\d:\d\d\.\d+) .*Streamx\.Hosting\[46\]")]
    private static partial Regex Forgotten();
}
