using System.Globalization;
using Streamx.Benchmarks.CommandLine;

namespace Streamx.Benchmarks.Compare;

/// <summary>The quick side-by-side table: everything in one run, interleaved, medians of several rounds, and which goals are met.</summary>
internal static class CompareCommand
{
    public const string Name = "compare";
    public const string Usage = $"{Name} [{ConsumersOption} 1,4,16,64] [{WindowOption} 1,1024] [{LoadedOption}]";

    private const string ConsumersOption = "--consumers";
    private const string WindowOption = "--window";
    private const string LoadedOption = "--loaded";

    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 11;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [ConsumersOption] = [1, 4, 16, 64], [WindowOption] = [1, 1024] };
        var isLoaded = args.Contains(LoadedOption);
        if (!NumberLists.TryRead([.. args.Where(arg => arg != LoadedOption)], smallest: 1, options))
            return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        using var busy = isLoaded ? BusyProcesses.Start() : null;
        Console.WriteLine("scenario\tconsumers\twindow\tns_per_item\talloc_bytes_per_item\tratio_to_ours\tmin\tmax");
        List<Goal> goals = [];
        foreach (var window in options[WindowOption])
        {
            foreach (var consumers in options[ConsumersOption])
                goals.AddRange(new Goals(await CompareAsync(consumers, window), isLoaded).All);
        }

        Goal.Write(goals);
        return 0;
    }

    private static async Task<IReadOnlyList<Measurement>> CompareAsync(int consumers, int window)
    {
        var scenarios = window == 1 ? Scenario.LockStep : Scenario.Windowed;
        var measurements = await Measurement.InterleaveAsync(scenarios, consumers, window, Rounds);
        foreach (var measurement in measurements)
        {
            var ours = measurements.First(other => other.Scenario.Name == measurement.Scenario.Baseline);
            Write(measurement, measurement.NanosecondsPerItem / ours.NanosecondsPerItem);
        }

        if (window == 1 && await Peers.PythonProcess.MeasureAsync(consumers, Math.Max(100, 20_000 / (consumers + 1))) is { } python)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"python\t{consumers}\t{window}\t{python:F1}\tNaN\t{python / measurements[0].NanosecondsPerItem:F2}\tNaN\tNaN"));
        }

        return measurements;
    }

    private static void Write(Measurement measurement, double ratio) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{measurement.Scenario.Name}\t{measurement.Consumers}\t{measurement.Window}\t{measurement.NanosecondsPerItem:F1}\t"
        + $"{measurement.BytesPerItem:F1}\t{ratio:F2}\t{measurement.Runs.Min():F1}\t{measurement.Runs.Max():F1}"));
}
