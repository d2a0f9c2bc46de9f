using System.Globalization;
using Streamx.Benchmarks.CommandLine;
using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Hosted;

/// <summary>What the hosting layer adds to a value: handlers beside a bare loop, in one run, interleaved, medians of several rounds.</summary>
internal static class HostingCommand
{
    public const string Name = "hosting";
    public const string Usage = $"{Name} [{ConsumersOption} 1,4] [{WindowOption} 1,1024]";

    private const string ConsumersOption = "--consumers";
    private const string WindowOption = "--window";

    /// <summary>How many timed runs each measurement has.</summary>
    private const int Rounds = 11;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [ConsumersOption] = [1, 4], [WindowOption] = [1, 1024] };
        if (!NumberLists.TryRead(args, smallest: 1, options)) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("scenario\tconsumers\twindow\tns_per_item_per_consumer\toverhead_ns_per_item_per_consumer\talloc_bytes_per_item");
        foreach (var window in options[WindowOption])
        {
            foreach (var consumers in options[ConsumersOption])
            {
                var measurements = await Measurement.InterleaveAsync(HostedRun.Scenarios, consumers, window, Rounds);
                foreach (var measurement in measurements) Write(measurement, measurements[0]);
            }
        }

        if (!MetricsListener.HasHeardOfAny) await Console.Error.WriteLineAsync("There are no instruments yet: with metrics is the same as without.");
        return 0;
    }

    /// <summary>Writes a line. The overhead is the median of the rounds' own differences, since a round's runs are disturbed alike.</summary>
    private static void Write(Measurement measurement, Measurement bare)
    {
        var overhead = Median.Of(measurement.Runs.Zip(bare.Runs, (hosted, loop) => hosted - loop));
        var (consumers, window) = (measurement.Consumers, measurement.Window);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{measurement.Scenario.Name}\t{consumers}\t{window}\t{measurement.NanosecondsPerItem / consumers:F1}\t{overhead / consumers:F1}\t{measurement.BytesPerItem:F1}"));
    }
}
