using System.Globalization;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>The live view of a stream as text: what its producers, its window and its consumers do.</summary>
internal static class StreamPage
{
    /// <summary>The lines of a stream, none longer than <paramref name="width"/>.</summary>
    /// <param name="history">Its status at even distances, oldest first: at least one.</param>
    /// <param name="elapsed">The time from the first to the last.</param>
    /// <param name="width">The columns of the terminal.</param>
    internal static List<string> Render(IReadOnlyList<StreamxStreamStatus> history, TimeSpan elapsed, int width)
    {
        var (old, now) = (history[0], history[^1]);
        var shares = WaitLog.Shares(old, now, elapsed);
        var used = now.Consumers.Max(consumer => consumer.Subscription?.Lag) ?? 0;
        List<string> lines =
        [
            Text($"Stream {now.Name}: {now.Stream.State}, {now.Stream.ValuesPut} values, {used} of {now.Stream.Window} places of the window used"),
            Waiting(now),
            "",
            Row("", "state", "busy", "waits", "share", "values/s"),
        ];
        foreach (var producer in now.Producers)
            lines.Add(Row(producer.Name, producer.State, "", Text($"{now.Consumers.Sum(Waited):F1} s"), Text($"{shares.Sum(share => share.Share):P1}"), Rate(now.Stream.ValuesPut - old.Stream.ValuesPut)));
        foreach (var consumer in now.Consumers)
        {
            var before = old.Consumers.FirstOrDefault(same => same.Name == consumer.Name);
            var busy = history.Average(status => status.Consumers.Any(same => same.Name == consumer.Name && same.Subscription is { HoldsValue: true }) ? 1.0 : 0);
            var bar = new string('#', (int)Math.Round(busy * 5)).PadRight(5, '.');
            var share = shares.First(same => same.Name == consumer.Name).Share;
            var name = (now.Stream.ValuesWaiting > 0 && consumer.Subscription is { IsGating: true } ? "> " : "  ") + consumer.Name;
            lines.Add(Row(name, consumer.IsStalled ? "stalled" : consumer.State, Text($"{bar} {busy:P0}"), Text($"{Waited(consumer):F1} s"), Text($"{share:P1}"), Rate(consumer.ValuesFinished - (before?.ValuesFinished ?? 0))));
        }

        lines.Add(new string('-', width));
        return lines.ConvertAll(line => Fit(line, width));

        string Rate(long values) => elapsed > TimeSpan.Zero ? Text($"{values / elapsed.TotalSeconds:F1}") : "";
    }

    /// <summary>Cuts a line to the terminal's width, and takes what would move its cursor out.</summary>
    internal static string Fit(string line, int width)
    {
        var plain = string.Concat(line.Select(character => char.IsControl(character) ? ' ' : character));
        return (plain.Length <= width ? plain : plain[..Math.Max(0, width)]).TrimEnd();
    }

    private static string Waiting(StreamxStreamStatus now)
    {
        if (now.Stream.OldestWaitingPutAge is not { } age) return "No put waits.";
        var names = now.Consumers.Where(consumer => consumer.Subscription is { IsGating: true }).Select(consumer => consumer.Name);
        return Text($"A put has waited for {string.Join(", ", names)} for {age.TotalSeconds:F2} s.");
    }

    private static double Waited(StreamxConsumerStatus consumer) => consumer.Subscription?.TimeGating.TotalSeconds ?? 0;

    private static string Row(string name, object state, string busy, string waited, string share, string rate) =>
        Text($"{name,-22}{state,-12}{busy,-13}{waited,11}{share,10}{rate,10}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
