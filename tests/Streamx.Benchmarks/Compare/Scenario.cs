using System.Diagnostics;

namespace Streamx.Benchmarks.Compare;

/// <summary>One way to get every value to every consumer.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Baseline">The scenario of ours it is compared with: the one with the same kind of continuations.</param>
/// <param name="TimeAsync">Runs it, and says how long that took: consumers, window, items.</param>
internal sealed record Scenario(string Name, string Baseline, Func<int, int, int, Task<TimeSpan>> TimeAsync)
{
    private const string Default = "ours";
    private const string Inline = "ours, synchronous";
    private const string Batches = "ours, batches";

    /// <summary>What a window of 1 is compared with.</summary>
    public static IReadOnlyList<Scenario> LockStep { get; } =
    [
        Whole(Default, Default, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        Whole("channels", Default, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        Whole("channels, acknowledged", Default, (consumers, _, items) => Peers.Channels.AcknowledgedAsync(consumers, items)),
        Whole("dataflow", Default, (consumers, window, items) => Peers.Dataflow.RunAsync(consumers, window, items)),
        Whole("python port", Default, (consumers, _, items) => Peers.PythonPort.RunAsync(consumers, items)),
        Whole(Inline, Inline, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: true)),
        Whole("channels, synchronous", Inline, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: true)),
    ];

    /// <summary>What larger windows are compared with.</summary>
    public static IReadOnlyList<Scenario> Windowed { get; } =
    [
        Whole(Default, Default, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        Whole(Batches, Batches, Peers.Ours.BatchesAsync),
        Whole("ours, batches by PutManyAsync", Batches, Peers.Ours.ManyAsync),
        Whole("channels", Default, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        Whole("dataflow", Default, (consumers, window, items) => Peers.Dataflow.RunAsync(consumers, window, items)),
    ];

    /// <summary>One whose set-up is too small to be told apart from its values.</summary>
    private static Scenario Whole(string name, string baseline, Func<int, int, int, Task> runAsync) => new(name, baseline, async (consumers, window, items) =>
    {
        var watch = Stopwatch.StartNew();
        await runAsync(consumers, window, items);
        return watch.Elapsed;
    });
}
