using System.Diagnostics;
using Streamx.Benchmarks.Hosted;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Compare;

/// <summary>One way to get every value to every consumer.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Baseline">The scenario of ours it is compared with: the one with the same kind of continuations.</param>
/// <param name="TimeAsync">Runs it, and says how long that took: consumers, window, items.</param>
internal sealed record Scenario(string Name, string Baseline, Func<int, int, int, Task<TimeSpan>> TimeAsync)
{
    public const string Core = "ours";
    public const string Hosted = "ours, hosted";
    public const string CoreInline = "ours, synchronous";
    public const string HostedInline = "ours, hosted, synchronous";
    public const string CoreBatches = "ours, batches";
    public const string HostedBatches = "ours, hosted, batches";
    public const string Channels = "channels";
    public const string ChannelsInline = "channels, synchronous";
    public const string Dataflow = "dataflow";
    public const string Akka = "akka.streams broadcast";

    /// <summary>What a window of 1 is compared with.</summary>
    public static IReadOnlyList<Scenario> LockStep { get; } =
    [
        Whole(Core, Core, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        Host(Hosted, Core, HostedRun.AddDelegate),
        Whole(Channels, Core, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        Whole("channels, acknowledged", Core, (consumers, _, items) => Peers.Channels.AcknowledgedAsync(consumers, items)),
        Whole(Dataflow, Core, Peers.Dataflow.RunAsync),
        Whole(Akka, Core, Peers.AkkaStreams.BroadcastAsync),
        Whole("python port", Core, (consumers, _, items) => Peers.PythonPort.RunAsync(consumers, items)),
        Whole(CoreInline, CoreInline, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: true)),
        Host(HostedInline, CoreInline, HostedRun.AddDelegate, inline: true),
        Whole(ChannelsInline, CoreInline, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: true)),
    ];

    /// <summary>What larger windows are compared with.</summary>
    public static IReadOnlyList<Scenario> Windowed { get; } =
    [
        Whole(Core, Core, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        Host(Hosted, Core, HostedRun.AddDelegate),
        Whole(Channels, Core, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        Whole(Dataflow, Core, Peers.Dataflow.RunAsync),
        Whole(Akka, Core, Peers.AkkaStreams.BroadcastAsync),
        Whole(CoreBatches, CoreBatches, Peers.Ours.BatchesAsync),
        Whole("ours, batches by PutManyAsync", CoreBatches, Peers.Ours.ManyAsync),
        Host(HostedBatches, CoreBatches, HostedRun.AddBatches),
    ];

    /// <summary>Whether it is the stream, rather than something to compare it with.</summary>
    public bool IsOurs => Name.StartsWith(Core, StringComparison.Ordinal);

    private static Scenario Host(string name, string baseline, Action<IStreamxBuilder<long>, string> addConsumer, bool inline = false) =>
        new(name, baseline, (consumers, window, items) => HostedRun.HostAsync(consumers, window, items, addConsumer, inline));

    /// <summary>One whose set-up is too small to be told apart from its values.</summary>
    private static Scenario Whole(string name, string baseline, Func<int, int, int, Task> runAsync) =>
        new(name, baseline, async (consumers, window, items) =>
    {
        var watch = Stopwatch.StartNew();
        await runAsync(consumers, window, items);
        return watch.Elapsed;
    });
}
