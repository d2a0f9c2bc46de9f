using System.Globalization;
using Streamx.Benchmarks.CommandLine;
using Streamx.Benchmarks.Compare;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Benchmarks.Broker;

/// <summary>The stream over RabbitMQ beside what the broker itself can do: brokers of its own, everything on this machine.</summary>
/// <remarks>
/// Values a second; values of 100 bytes, persistent. Everything in one run, round by round, medians. The floor is what there is
/// without a stream: a fan-out to as many quorum queues, confirmed, as many publishes under way as the window, first nobody
/// consuming, then consuming what is there, then both at once; and both with many values in a message. Beside it, a loop that awaits each
/// put, and one that awaits each PutManyAsync of a window.
/// </remarks>
internal static class BrokerCommand
{
    public const string Name = "broker";
    public const string Usage = $"{Name} [{NodesOption} 1,3] [{ConsumersOption} 1,3] [{WindowOption} 1,16,256] [{RoundsOption} 5]";

    private const string NodesOption = "--nodes";
    private const string ConsumersOption = "--consumers";
    private const string WindowOption = "--window";
    private const string RoundsOption = "--rounds";

    /// <summary>How long one run puts.</summary>
    internal static readonly TimeSpan RunTime = TimeSpan.FromSeconds(3);

    /// <summary>How long a value is.</summary>
    internal const int ValueBytes = 100;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]> { [NodesOption] = [1, 3], [ConsumersOption] = [1, 3], [WindowOption] = [1, 16, 256], [RoundsOption] = [5] };
        if (!NumberLists.TryRead(args, smallest: 1, options)) return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        Console.WriteLine("nodes\tconsumers\twindow\tpublish_per_s\tconsume_per_s\tboth_per_s\ttogether_per_s\tstreamx_per_s\tstreamx_p50_ms\tratio_to_publish\tratio_to_both\tratio_to_together\tloop_per_s\tmany_per_s\tmany_to_loop");
        foreach (var nodes in options[NodesOption])
        {
            await using var cluster = await BrokerCluster.StartAsync(nodes);
            foreach (var consumers in options[ConsumersOption])
            {
                foreach (var window in options[WindowOption]) await MeasureAsync(cluster, consumers, window, options[RoundsOption][0]);
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(BrokerCluster cluster, int consumers, int window, int rounds)
    {
        List<FloorResult> floors = [];
        List<StreamxResult> ours = [];
        // The first round warms up.
        for (var round = 0; round <= rounds; round++)
        {
            var floor = await FloorRun.RunAsync(cluster, consumers, window);
            var streamx = await StreamxRun.RunAsync(cluster, consumers, window);
            if (round == 0) continue;
            floors.Add(floor);
            ours.Add(streamx);
        }

        var rate = Median.Of(ours.Select(run => run.PerSecond));
        var (publish, consume, both) = (Median.Of(floors.Select(run => run.Publish)), Median.Of(floors.Select(run => run.Consume)), Median.Of(floors.Select(run => run.Both)));
        // The ratio is the median of the rounds' own, since a round's runs are disturbed alike.
        var toPublish = Median.Of(ours.Zip(floors, (stream, floor) => stream.PerSecond / floor.Publish));
        var toBoth = Median.Of(ours.Zip(floors, (stream, floor) => stream.PerSecond / floor.Both));
        var together = Median.Of(floors.Select(run => run.Together));
        var toTogether = Median.Of(ours.Zip(floors, (stream, floor) => stream.PerSecond / floor.Together));
        var (loop, many) = (Median.Of(ours.Select(run => run.Loop)), Median.Of(ours.Select(run => run.Many)));
        var toLoop = Median.Of(ours.Select(run => run.Many / run.Loop));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{cluster.Nodes.Count}\t{consumers}\t{window}\t{publish:F0}\t{consume:F0}\t{both:F0}\t{together:F0}\t{rate:F0}\t{Median.Of(ours.Select(run => run.MedianMilliseconds)):F1}\t{toPublish:F2}\t{toBoth:F2}\t{toTogether:F2}\t{loop:F0}\t{many:F0}\t{toLoop:F1}"));
    }
}
