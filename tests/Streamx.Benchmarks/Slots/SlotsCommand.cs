using System.Globalization;
using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Slots;

/// <summary>What several slots of one consumer bring and cost: everything of a table in one run, interleaved, several rounds.</summary>
internal static class SlotsCommand
{
    public const string Name = "slots";
    public const string Usage = Name;

    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 11;

    /// <summary>How many slots there are where handlers return at once.</summary>
    private const int Slots = 8;

    /// <summary>The window there.</summary>
    private const int Window = 64;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length > 0) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("scenario\tslots\twindow\tns_per_item\tmin\tmax\talloc_bytes_per_item");
        List<Goal> goals = [];
        foreach (var slots in (int[])[2, 8, 64])
        {
            var waiting = await MeasureAsync(SlotScenarios.Waiting, slots, window: 2 * slots);
            goals.Add(
                Goal.AtLeast(
                    $"{slots} slots that wait 1 ms, times the rate of one", 0.95 * slots,
                    Ratio(waiting, SlotScenarios.WaitingOne, SlotScenarios.WaitingAll)));
        }

        var atOnce = await MeasureAsync(SlotScenarios.AtOnce, Slots, Window);
        goals.Add(
            Goal.AtMost(
                $"{Slots} slots that return at once, times the time of one", 2, Ratio(atOnce, SlotScenarios.All, SlotScenarios.One)));
        goals.Add(Goal.AtMost($"{Slots} slots that return at once, bytes per value", 0.05, Find(atOnce, SlotScenarios.All).BytesPerItem));
        var best = atOnce.Where(
            measurement => measurement.Scenario.Baseline == SlotScenarios.All).MinBy(measurement => measurement.NanosecondsPerItem)!;
        goals.Add(
            Goal.AtLeast(
                $"{best.Scenario.Name}, the best of the others, times our time", 2, Ratio(atOnce, best.Scenario.Name, SlotScenarios.All)));

        var keyed = await MeasureAsync(SlotScenarios.Keyed, Slots, Window);
        goals.Add(
            Goal.AtMost("by 1,000 keys in order, times the time of no key", 1.5, Ratio(keyed, SlotScenarios.ByKey, SlotScenarios.NoKey)));

        Goal.Write(goals);
        return 0;
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(IReadOnlyList<Scenario> scenarios, int slots, int window)
    {
        var measurements = await Measurement.InterleaveAsync(scenarios, slots, window, Rounds);
        foreach (var measurement in measurements)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{measurement.Scenario.Name}\t{slots}\t{window}\t{measurement.NanosecondsPerItem:F1}\t{measurement.Runs.Min():F1}\t"
                + $"{measurement.Runs.Max():F1}\t{measurement.BytesPerItem:F1}"));
        }

        return measurements;
    }

    private static Measurement Find(IReadOnlyList<Measurement> measurements, string name) =>
        measurements.Single(measurement => measurement.Scenario.Name == name);

    private static double Ratio(IReadOnlyList<Measurement> measurements, string name, string other) =>
        Find(measurements, name).TimesTheTimeOf(Find(measurements, other));
}
