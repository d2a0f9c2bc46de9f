using System.Globalization;
using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.CommandLine;
using Streamx.Benchmarks.Compare;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Benchmarks.Durable;

/// <summary>A stream in a SQLite file beside what SQLite does without one, and beside RabbitMQ if a server is installed.</summary>
/// <remarks>
/// Values a second, of 100 bytes; everything in one run, round by round, medians. The bare loop is <see cref="BareLoop"/>, for the stream
/// with everything in one process and for the one whose consumers have a process each. A ratio is the median of the rounds' own, since
/// what a round does is disturbed alike. No rounds measure idle streams and memory alone; zero leaves either out.
/// </remarks>
internal static class DurableCommand
{
    public const string Name = "durable";
    public const string Usage =
        $"{Name} [{FullOption} 1,0] [{ConsumersOption} 1,3] [{WindowOption} 1,16,256] [{RoundsOption} 5] [{BrokerOption} 1] [{IdleOption} 100] [{MillionsOption} 0]";

    private const string FullOption = "--full";
    private const string ConsumersOption = "--consumers";
    private const string WindowOption = "--window";
    private const string RoundsOption = "--rounds";
    private const string BrokerOption = "--broker";
    private const string IdleOption = "--idle";
    private const string MillionsOption = "--millions";

    /// <summary>How long a run goes on before it is timed.</summary>
    internal static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>How long a run is timed.</summary>
    internal static readonly TimeSpan RunTime = TimeSpan.FromSeconds(1.5);

    /// <summary>How long a value is.</summary>
    internal const int ValueBytes = 100;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, int[]>
        {
            [FullOption] = [1, 0], [ConsumersOption] = [1, 3], [WindowOption] = [1, 16, 256], [RoundsOption] = [5], [BrokerOption] = [1],
            [IdleOption] = [100], [MillionsOption] = [0],
        };
        if (!NumberLists.TryRead(args, smallest: 0, options) || options[ConsumersOption].Concat(options[WindowOption]).Contains(0))
            return await CommandLine.Usage.RefuseAsync($"usage: {Usage}");

        List<Goal> goals = [];
        if (options[RoundsOption][0] > 0) await MeasureAllAsync(options, goals);
        if (options[IdleOption][0] is > 0 and var streams) goals.Add(await IdleRun.RunAsync(streams));
        if (options[MillionsOption][0] is > 0 and var millions) goals.Add(await MemoryRun.RunAsync(millions));
        foreach (var goal in goals) Console.WriteLine(goal);
        var missed = goals.Where(goal => !goal.IsMet).ToArray();
        Console.WriteLine(missed.Length == 0
            ? $"{goals.Count} goals met"
            : $"{goals.Count - missed.Length} goals met, {missed.Length} missed: {string.Join("; ", missed.Select(goal => string.Create(CultureInfo.InvariantCulture, $"{goal.What} by {Math.Abs(goal.Figure - goal.Bound):F2}")))}");
        return 0;
    }

    private static async Task MeasureAllAsync(Dictionary<string, int[]> options, List<Goal> goals)
    {
        await using var cluster = options[BrokerOption][0] > 0 && File.Exists("/usr/sbin/rabbitmq-server") ? await BrokerCluster.StartAsync(1) : null;
        Console.WriteLine("synchronous\tconsumers\twindow\tprocesses\tbare_per_s\tstreamx_per_s\tstreamx_p50_ms\tvalues_in_a_commit\tratio_to_bare\trabbitmq_per_s\trabbitmq_p50_ms");
        foreach (var consumers in options[ConsumersOption])
        {
            foreach (var window in options[WindowOption])
            {
                List<StreamxResult> broker = [];
                foreach (var isFull in options[FullOption]) await MeasureAsync(new Setting(isFull > 0, consumers, window), options[RoundsOption][0], cluster, broker, goals);
            }
        }
    }

    /// <summary>Prints a line for one process, and one for as many as there are consumers, and one that puts.</summary>
    private static async Task MeasureAsync(Setting setting, int rounds, BrokerCluster? cluster, List<StreamxResult> broker, List<Goal> goals)
    {
        List<double> bare = [];
        List<StreamResult> together = [], apart = [];
        // The first round warms up.
        for (var round = 0; round <= rounds; round++)
        {
            var floor = BareLoop.Run(setting);
            var one = await StreamRun.RunAsync(setting);
            var several = await StreamRun.RunApartAsync(setting);
            // RabbitMQ has one setting: its figures are those of the rounds of the first.
            if (cluster is not null && broker.Count < rounds) broker.Add(await StreamxRun.RunAsync(cluster, setting.Consumers, setting.Window));
            if (round == 0) continue;
            bare.Add(floor);
            together.Add(one);
            apart.Add(several);
        }

        Print(setting, processes: 1, bare, together, broker, goals);
        Print(setting, setting.Consumers + 1, bare, apart, broker, goals);
    }

    private static void Print(Setting setting, int processes, List<double> bare, List<StreamResult> ours, List<StreamxResult> broker, List<Goal> goals)
    {
        var synchronous = setting.IsFull ? "full" : "normal";
        var ratio = Median.Of(ours.Zip(bare, (run, floor) => run.PerSecond / floor));
        var (rabbit, rabbitTime) = broker.Count == 0 ? ("-", "-") : (Text(Median.Of(broker.Select(run => run.PerSecond)), 0), Text(Median.Of(broker.Select(run => run.MedianMilliseconds)), 1));
        Console.WriteLine(string.Join(
            '\t', synchronous, setting.Consumers, setting.Window, processes, Text(Median.Of(bare), 0), Text(Median.Of(ours.Select(run => run.PerSecond)), 0),
            Text(Median.Of(ours.Select(run => run.MedianMilliseconds)), 2), Text(Median.Of(ours.Select(run => run.InACommit)), 1), Text(ratio, 2), rabbit, rabbitTime));
        // The goals are those of three consumers.
        if (setting.Consumers == 3)
            goals.Add(Goal.AtLeast($"{synchronous}, window {setting.Window}, {processes} {(processes == 1 ? "process" : "processes")}", setting.Window > 16 ? 0.4 : 0.7, ratio));
    }

    private static string Text(double figure, int digits) => figure.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
