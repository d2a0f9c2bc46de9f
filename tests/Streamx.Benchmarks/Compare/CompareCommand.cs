using System.Globalization;

namespace Streamx.Benchmarks.Compare;

/// <summary>The quick side-by-side table: everything in one run, interleaved, medians of several rounds.</summary>
internal static class CompareCommand
{
    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 5;

    public static async Task<int> RunAsync(string[] args)
    {
        if (!TryParse(args, out var consumers, out var windows))
        {
            await Console.Error.WriteLineAsync("usage: compare [--consumers 1,4,16,64] [--window 1,1024]");
            return 2;
        }

        Console.WriteLine("scenario\tconsumers\twindow\tns_per_item\talloc_bytes_per_item\tratio_to_ours");
        foreach (var window in windows)
        {
            foreach (var count in consumers) await CompareAsync(count, window);
        }

        return 0;
    }

    private static async Task CompareAsync(int consumers, int window)
    {
        var scenarios = window == 1 ? Scenario.LockStep : Scenario.Windowed;
        var measurements = scenarios.Select(scenario => new Measurement(scenario, consumers, window)).ToList();
        foreach (var measurement in measurements) await measurement.PrepareAsync();
        // Round by round rather than one after the other: whatever disturbs the machine disturbs them all.
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var measurement in measurements) await measurement.RunAsync();
        }

        foreach (var measurement in measurements)
        {
            var ours = measurements.First(other => other.Scenario.Name == measurement.Scenario.Baseline).NanosecondsPerItem;
            Write(measurement.Scenario.Name, consumers, window, measurement.NanosecondsPerItem, measurement.BytesPerItem, measurement.NanosecondsPerItem / ours);
        }

        if (window == 1 && await Peers.PythonProcess.MeasureAsync(consumers, 20_000 / (consumers + 1)) is { } python)
            Write("python", consumers, window, python, double.NaN, python / measurements[0].NanosecondsPerItem);
    }

    private static void Write(string scenario, int consumers, int window, double nanoseconds, double bytes, double ratio) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario}\t{consumers}\t{window}\t{nanoseconds:F1}\t{bytes:F1}\t{ratio:F2}"));

    private static bool TryParse(string[] args, out int[] consumers, out int[] windows)
    {
        consumers = [1, 4, 16, 64];
        windows = [1, 1024];
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !TryParseList(args[i + 1], out var list)) return false;
            if (args[i] == "--consumers") consumers = list;
            else if (args[i] == "--window") windows = list;
            else return false;
        }

        return true;
    }

    private static bool TryParseList(string text, out int[] list)
    {
        var numbers = text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToArray();
        list = numbers;
        return numbers.All(number => number > 0);
    }
}
