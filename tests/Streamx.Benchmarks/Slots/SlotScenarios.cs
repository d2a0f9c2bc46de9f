using System.Diagnostics;
using Streamx.Benchmarks.Compare;
using Streamx.Benchmarks.Peers;
using Streamx.Hosting;

namespace Streamx.Benchmarks.Slots;

/// <summary>What is measured side by side. The number of consumers of a <see cref="Scenario"/> is that of slots here.</summary>
internal static class SlotScenarios
{
    public const string WaitingOne = "one slot, waits 1 ms";
    public const string WaitingAll = "slots, wait 1 ms";
    public const string One = "one slot";
    public const string All = "slots";
    public const string NoKey = "slots, no key";
    public const string ByKey = "slots, by key";

    private static readonly Receipts s_receipts = new();
    private static readonly KeyedReceipts s_keyed = new();

    /// <summary>Handlers that wait, as for a request.</summary>
    public static IReadOnlyList<Scenario> Waiting { get; } =
    [
        Ours(WaitingOne, WaitingOne, (_, window, items) => SlotRun.TimeAsync(1, window, items, WaitAsync)),
        Ours(WaitingAll, WaitingOne, (slots, window, items) => SlotRun.TimeAsync(slots, window, items, WaitAsync)),
    ];

    /// <summary>Handlers that return at once, ours and those of others.</summary>
    public static IReadOnlyList<Scenario> AtOnce { get; } =
    [
        Ours(One, One, (_, window, items) => SlotRun.TimeAsync(1, window, items, ReturnAsync)),
        Ours(All, One, (slots, window, items) => SlotRun.TimeAsync(slots, window, items, ReturnAsync)),
        Other("Parallel.ForEachAsync over a channel", Channels.ParallelAsync),
        Other("Dataflow", Dataflow.ParallelAsync),
        Other("Akka.Streams SelectAsync", AkkaStreams.SelectAsync),
        Other("Akka.Streams SelectAsyncUnordered", AkkaStreams.SelectUnorderedAsync),
    ];

    /// <summary>Handlers that return at once, of values with keys.</summary>
    public static IReadOnlyList<Scenario> Keyed { get; } =
    [
        Keys(NoKey, s_keyed.SeeInAnyOrder),
        Keys(ByKey, s_keyed.SeeInOrder, consumer => consumer.PartitionBy((long value) => ZipfKeys.Of(value))),
    ];

    private static ValueTask ReturnAsync(long value)
    {
        s_receipts.See(value);
        return default;
    }

    private static async ValueTask WaitAsync(long value)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).ConfigureAwait(false);
        s_receipts.See(value);
    }

    private static Scenario Ours(string name, string baseline, Func<int, int, int, Task<TimeSpan>> timeAsync) => new(name, baseline, async (slots, window, items) =>
    {
        s_receipts.Begin(items);
        var time = await timeAsync(slots, window, items);
        s_receipts.End(items);
        return time;
    });

    private static Scenario Other(string name, Func<int, int, int, Func<long, ValueTask>, Task> runAsync) => Ours(name, All, async (slots, window, items) =>
    {
        var watch = Stopwatch.StartNew();
        await runAsync(slots, window, items, ReturnAsync);
        return watch.Elapsed;
    });

    private static Scenario Keys(string name, Func<long, ValueTask> handleAsync, Action<ConsumerOptions>? configure = null) => new(name, NoKey, async (slots, window, items) =>
    {
        s_keyed.Begin();
        var time = await SlotRun.TimeAsync(slots, window, items, handleAsync, configure);
        s_keyed.End(items);
        return time;
    });
}
