using System.Globalization;
using Streamx.Benchmarks.CommandLine;

namespace Streamx.Benchmarks.Latency;

/// <summary>How long a value takes from its put to the one consumer, in lock-step, beside a channel of capacity 1.</summary>
/// <remarks>
/// Microseconds; everything in one run, interleaved, each percentile the median of several rounds. With an interval of 0 one put
/// follows the other, and the time includes the put's own wait for room.
/// </remarks>
internal static class LatencyCommand
{
    public const string Name = "latency";
    public const string Usage = $"{Name} [{IntervalOption} 0,50,1000]";

    private const string IntervalOption = "--interval";

    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 7;

    private static readonly double[] s_shares = [0.5, 0.9, 0.99, 0.999, 1];

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [IntervalOption] = [0, 50, 1000] };
        if (!NumberLists.TryRead(args, smallest: 0, options)) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("scenario\tinterval_us\tp50_us\tp90_us\tp99_us\tp99.9_us\tmax_us\tp50_ratio_to_ours\tp99_ratio_to_ours");
        foreach (var interval in options[IntervalOption]) await MeasureAsync(interval);
        return 0;
    }

    private static async Task MeasureAsync(int interval)
    {
        var measurements = LatencyScenario.All.Select(scenario => new LatencyMeasurement(scenario, TimeSpan.FromMicroseconds(interval))).ToList();
        foreach (var measurement in measurements) await measurement.WarmUpAsync();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var measurement in measurements) await measurement.RunAsync();
        }

        foreach (var measurement in measurements)
        {
            var ours = measurements.First(other => other.Scenario.Name == measurement.Scenario.Baseline);
            var percentiles = string.Join('\t', s_shares.Select(share => measurement.Percentile(share).ToString("F2", CultureInfo.InvariantCulture)));
            var (median, tail) = (measurement.Percentile(0.5) / ours.Percentile(0.5), measurement.Percentile(0.99) / ours.Percentile(0.99));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{measurement.Scenario.Name}\t{interval}\t{percentiles}\t{median:F2}\t{tail:F2}"));
        }
    }
}
