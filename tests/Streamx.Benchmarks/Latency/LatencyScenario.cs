using Streamx.Benchmarks.Peers;

namespace Streamx.Benchmarks.Latency;

/// <summary>One way from a producer to one consumer, one value at a time.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Baseline">The scenario of ours it is compared with: the one with the same kind of continuations.</param>
/// <param name="RunAsync">Runs it.</param>
internal sealed record LatencyScenario(string Name, string Baseline, Func<PacedProducer, Arrivals, Task> RunAsync)
{
    private const string Default = "ours";
    private const string Inline = "ours, synchronous";

    public static IReadOnlyList<LatencyScenario> All { get; } =
    [
        new(Default, Default, (producer, arrivals) => Ours.LatencyAsync(producer, arrivals, inline: false)),
        new("channel", Default, (producer, arrivals) => Channels.LatencyAsync(producer, arrivals, inline: false)),
        new(Inline, Inline, (producer, arrivals) => Ours.LatencyAsync(producer, arrivals, inline: true)),
        new("channel, synchronous", Inline, (producer, arrivals) => Channels.LatencyAsync(producer, arrivals, inline: true)),
    ];
}
