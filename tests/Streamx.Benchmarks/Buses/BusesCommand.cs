using System.Globalization;
using Streamx.Benchmarks.CommandLine;
using Streamx.Benchmarks.Compare;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Benchmarks.Buses;

/// <summary>The stream beside message buses at the same job, in memory and over RabbitMQ, with what each promises.</summary>
/// <remarks>
/// Each value goes to three consumers; at most a window of values is unfinished. Values of 100 bytes and a number, as JSON over the
/// broker, which is one node; publisher and consumers share a process. The last column counts values that came out of order, or again.
/// Everything in one run, round by round, medians.
/// </remarks>
internal static class BusesCommand
{
    public const string Name = "buses";
    public const string Usage = $"{Name} [{WindowOption} 1,16,256] [{RoundsOption} 5]";

    /// <summary>How many consumers there are.</summary>
    internal const int Consumers = 3;

    private const string WindowOption = "--window";
    private const string RoundsOption = "--rounds";

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [WindowOption] = [1, 16, 256], [RoundsOption] = [5] };
        if (!NumberLists.TryRead(args, smallest: 1, options)) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("system\tconsumers\twindow\tper_s\tratio_to_ours\tdurable\tin_order\teach_value\tunexpected");
        await using var cluster = await BrokerCluster.StartAsync(1);
        foreach (var (systems, broker) in new[] { (BusSystem.InMemory, null), (BusSystem.OverRabbitMq, cluster.Nodes[0].Uri) })
        {
            foreach (var window in options[WindowOption]) await CompareAsync(systems, broker, window, options[RoundsOption][0]);
        }

        return 0;
    }

    private static async Task CompareAsync(IReadOnlyList<BusSystem> systems, Uri? broker, int window, int rounds)
    {
        var results = systems.Select(_ => new List<BusResult>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < systems.Count; i++) results[i].Add(await systems[i].RunAsync(broker, window));
        }

        for (var i = 0; i < systems.Count; i++)
        {
            var system = systems[i];
            // The ratio is the median of the rounds' own, since a round's runs are disturbed alike.
            var ratio = Median.Of(results[i].Zip(results[0], (result, ours) => result.PerSecond / ours.PerSecond));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{system.Name}\t{Consumers}\t{window}\t{Median.Of(results[i].Select(result => result.PerSecond)):F0}\t{ratio:F2}\t"
                + $"{(system.IsDurable ? "yes" : "no")}\t{system.Order}\t{system.Once}\t{results[i].Sum(result => result.Unexpected)}"));
        }
    }
}
