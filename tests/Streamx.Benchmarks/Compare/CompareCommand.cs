using System.Globalization;
using Streamx.Benchmarks.CommandLine;

namespace Streamx.Benchmarks.Compare;

/// <summary>The quick side-by-side table: everything in one run, interleaved, medians of several rounds.</summary>
internal static class CompareCommand
{
    public const string Name = "compare";
    public const string Usage = $"{Name} [{ConsumersOption} 1,4,16,64] [{WindowOption} 1,1024]";

    private const string ConsumersOption = "--consumers";
    private const string WindowOption = "--window";

    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 7;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [ConsumersOption] = [1, 4, 16, 64], [WindowOption] = [1, 1024] };
        if (!NumberLists.TryRead(args, smallest: 1, options)) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("scenario\tconsumers\twindow\tns_per_item\talloc_bytes_per_item\tratio_to_ours");
        foreach (var window in options[WindowOption])
        {
            foreach (var consumers in options[ConsumersOption]) await CompareAsync(consumers, window);
        }

        return 0;
    }

    private static async Task CompareAsync(int consumers, int window)
    {
        var scenarios = window == 1 ? Scenario.LockStep : Scenario.Windowed;
        var measurements = await Measurement.InterleaveAsync(scenarios, consumers, window, Rounds);
        foreach (var measurement in measurements)
        {
            var ours = measurements.First(other => other.Scenario.Name == measurement.Scenario.Baseline).NanosecondsPerItem;
            Write(measurement.Scenario.Name, consumers, window, measurement.NanosecondsPerItem, measurement.BytesPerItem, measurement.NanosecondsPerItem / ours);
        }

        if (window == 1 && await Peers.PythonProcess.MeasureAsync(consumers, Math.Max(100, 20_000 / (consumers + 1))) is { } python)
            Write("python", consumers, window, python, double.NaN, python / measurements[0].NanosecondsPerItem);
    }

    private static void Write(string scenario, int consumers, int window, double nanoseconds, double bytes, double ratio) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario}\t{consumers}\t{window}\t{nanoseconds:F1}\t{bytes:F1}\t{ratio:F2}"));
}
