using Microsoft.Extensions.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Shows the streams on the terminal from the start of the host until it is told to stop.</summary>
internal sealed class LiveView(
    LiveScreen screen, IStreamxControl control, IHostApplicationLifetime lifetime, TimeProvider timeProvider) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.1), timeProvider);
        // Before the drain begins: its report is printed below what was on the screen before.
        await using var stop = lifetime.ApplicationStopping.Register(timer.Dispose);
        await using var end = lifetime.ApplicationStopping.Register(screen.End);
        await using var start = lifetime.ApplicationStarted.Register(screen.Begin);
        var history = new Queue<(long Time, IReadOnlyList<StreamxStreamStatus> Streams)>(
            [(timeProvider.GetTimestamp(), control.GetStreams())]);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            history.Enqueue((timeProvider.GetTimestamp(), control.GetStreams()));
            // Five seconds.
            if (history.Count > 50) history.Dequeue();
            var elapsed = timeProvider.GetElapsedTime(history.Peek().Time, history.Last().Time);
            var page = history.Peek().Streams.Select((_, i) => Render([.. history.Select(sample => sample.Streams[i])], elapsed));
            // Read each time: the terminal may have been resized. One column is left free, since some terminals wrap in the last.
            screen.Draw(page, Math.Max(20, Console.WindowWidth - 1), Math.Max(5, Console.WindowHeight));
        }
    }

    /// <summary>Renders a stream: what its producers, its window and its consumers do. Colours only repeat what the text says.</summary>
    /// <param name="history">Its status at even distances, oldest first: at least one.</param>
    /// <param name="elapsed">The time from the first to the last.</param>
    internal static IRenderable Render(IReadOnlyList<StreamxStreamStatus> history, TimeSpan elapsed)
    {
        var (old, now) = (history[0], history[^1]);
        var age = now.Stream.OldestWaitingPutAge?.TotalSeconds;
        var waitedFor = age is null ? [] : Gating(now).ToList();
        var shares = now.Consumers.Zip(old.Consumers, (consumer, before) => WaitLog.Share(before, consumer, elapsed)).ToList();
        var (total, waited) = (shares.Sum(), now.Consumers.Sum(consumer => WaitLog.Waited(consumer).TotalSeconds));
        var used = now.Consumers.Max(consumer => consumer.Subscription?.Lag) ?? 0;
        var table = new Table().SimpleBorder();
        foreach (var header in (string[])["  worker", "state", "busy", "puts waited", "share", "values/s"])
            table.AddColumn(new TableColumn(header) { Padding = new(0, 1), NoWrap = true });
        foreach (var number in table.Columns.Skip(3)) number.Alignment = Justify.Right;
        foreach (var producer in now.Producers)
            Row(producer.Name, $"{producer.State}", Math.Max(0, 1 - total), waited, total, now.Stream.ValuesPut - old.Stream.ValuesPut);
        for (var i = 0; i < now.Consumers.Count; i++)
        {
            var consumer = now.Consumers[i];
            var busy = history.Average(status => (double)status.Consumers[i].SlotsBusy / status.Consumers[i].Concurrency);
            var finished = consumer.ValuesFinished - old.Consumers[i].ValuesFinished;
            Row(consumer.Name, State(consumer), busy, WaitLog.Waited(consumer).TotalSeconds, shares[i], finished);
        }

        return new Rows(
            Title($"Stream {now.Name}: {now.Stream.State}, {now.Stream.ValuesPut} values, " +
                $"{used} of {now.Stream.Window} places of the window used"),
            waitedFor.Count == 0
                ? new Text("   No put waits.", Color.Green)
                : new Text($" > A put has waited for {string.Join(", ", waitedFor)} for {age:F2} s.", Color.Olive),
            table);

        void Row(string name, string state, double busy, double waited, double share, long values)
        {
            var isWaitedFor = waitedFor.Contains(name);
            var (mark, rate) = (isWaitedFor ? ">" : " ", values / elapsed.TotalSeconds);
            // As wide as they become, so that columns do not move.
            string[] texts = [$"{mark} {name}", $"{state,-11}", Bar(busy), $"{waited,9:F1} s", $"{share,7:P1}", $"{rate,8:F1}"];
            table.AddRow(texts.Select(text => new Text(text, isWaitedFor ? Color.Olive : null)));
        }
    }

    /// <summary>The heading of a part of the page.</summary>
    internal static Rule Title(string text) => new Rule(text.EscapeMarkup()).LeftJustified().RuleStyle(Color.Grey);

    /// <summary>Whom puts wait for.</summary>
    private static IEnumerable<string> Gating(StreamxStreamStatus now) => now.Remote is { } remote
        ? remote.Names.Where(name => name.IsGating).Select(name => name.Name)
        : now.Consumers.Where(consumer => consumer.Subscription is { IsGating: true }).Select(consumer => consumer.Name);

    /// <summary>What a consumer does; of one with several slots that handles values, how many.</summary>
    private static string State(StreamxConsumerStatus consumer) =>
        consumer.IsStalled ? "Stalled"
        : consumer is { Concurrency: > 1, State: StreamxConsumerState.Processing } ? $"{consumer.SlotsBusy} of {consumer.Concurrency} busy"
        : $"{consumer.State}";

    private static string Bar(double share)
    {
        var full = (int)Math.Round(10 * share);
        return $"{new string('█', full)}{new string('░', 10 - full)} {share,5:P0}";
    }
}
