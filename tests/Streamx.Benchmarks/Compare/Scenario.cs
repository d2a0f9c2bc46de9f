namespace Streamx.Benchmarks.Compare;

/// <summary>One way to get every value to every consumer.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Baseline">The scenario of ours it is compared with: the one with the same kind of continuations.</param>
/// <param name="RunAsync">Runs it: consumers, window, items.</param>
internal sealed record Scenario(string Name, string Baseline, Func<int, int, int, Task> RunAsync)
{
    private const string Default = "ours";
    private const string Inline = "ours, synchronous";
    private const string Batches = "ours, batches";

    /// <summary>What a window of 1 is compared with.</summary>
    public static IReadOnlyList<Scenario> LockStep { get; } =
    [
        new(Default, Default, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        new("channels", Default, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        new("channels, acknowledged", Default, (consumers, _, items) => Peers.Channels.AcknowledgedAsync(consumers, items)),
        new("dataflow", Default, (consumers, window, items) => Peers.Dataflow.RunAsync(consumers, window, items)),
        new("python port", Default, (consumers, _, items) => Peers.PythonPort.RunAsync(consumers, items)),
        new(Inline, Inline, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: true)),
        new("channels, synchronous", Inline, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: true)),
    ];

    /// <summary>What larger windows are compared with.</summary>
    public static IReadOnlyList<Scenario> Windowed { get; } =
    [
        new(Default, Default, (consumers, window, items) => Peers.Ours.ValuesAsync(consumers, window, items, inline: false)),
        new(Batches, Batches, Peers.Ours.BatchesAsync),
        new("channels", Default, (consumers, window, items) => Peers.Channels.RunAsync(consumers, window, items, inline: false)),
        new("dataflow", Default, (consumers, window, items) => Peers.Dataflow.RunAsync(consumers, window, items)),
    ];
}
