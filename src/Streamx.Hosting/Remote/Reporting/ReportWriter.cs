using System.Text.Json;

namespace Streamx.Hosting.Remote.Reporting;

/// <summary>Writes reports of a bounded size: what does not fit comes in the next ones. For one loop at a time.</summary>
/// <param name="instance">The instance id of this process.</param>
internal sealed class ReportWriter(string instance)
{
    /// <summary>The most bytes of a report: a notification of PostgreSQL takes less than 8,000.</summary>
    internal const int MaxBytes = 7_900;

    /// <summary>How many processes that stand by a report names for each consumer.</summary>
    private const int MaxStandbys = 5;

    /// <summary>The consumer that the next report begins with.</summary>
    private int _nextConsumer;

    /// <summary>The durable consumer that the next report begins with.</summary>
    private int _nextName;

    /// <summary>Writes the next report.</summary>
    /// <param name="consumers">The consumers of this process.</param>
    /// <param name="names">All durable consumers where this process leads; null elsewhere.</param>
    /// <returns>The report; null where not even one consumer fits, which has a name of thousands of letters.</returns>
    internal byte[]? Write(IReadOnlyList<ReportedConsumer> consumers, IReadOnlyList<StreamxRemoteName>? names)
    {
        ReportedName[] registered = [.. (names ?? []).Select(name => new ReportedName(
            name.Name, name.Instance, [.. name.Standbys.Take(MaxStandbys)], name.Processes, name.Lag, name.IsGating))];
        var (consumerCount, nameCount) = (consumers.Count, registered.Length);
        while (true)
        {
            var message = new ReportMessage(
                ReportMessage.KnownVersion,
                instance,
                names is not null,
                Part(consumers, _nextConsumer, consumerCount),
                Part(registered, _nextName, nameCount));
            var report = JsonSerializer.SerializeToUtf8Bytes(message, ReportJson.Default.ReportMessage);
            var fits = report.Length <= MaxBytes;
            if (fits || (consumerCount <= 1 && nameCount <= 1))
            {
                _nextConsumer = Next(_nextConsumer, consumerCount, consumers.Count);
                _nextName = Next(_nextName, nameCount, registered.Length);
                return fits ? report : null;
            }

            var share = 0.9 * MaxBytes / report.Length;
            (consumerCount, nameCount) = (Reduce(consumerCount, share), Reduce(nameCount, share));
        }
    }

    /// <summary>Fewer entries, but at least one of each kind: neither may keep the other out of every report.</summary>
    private static int Reduce(int count, double share) => Math.Max(Math.Min(count, 1), (int)(count * share));

    private static T[] Part<T>(IReadOnlyList<T> all, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(at => all[at % all.Count])];

    private static int Next(int first, int count, int all) => all == 0 ? 0 : (first + count) % all;
}
