namespace Streamx.Hosting.Remote.Reporting;

/// <summary>For which part of a second each consumer of this process is busy, by samples. For one loop at a time.</summary>
/// <param name="consumers">The consumers.</param>
internal sealed class BusySamples(IReadOnlyList<ConsumerWorker> consumers)
{
    /// <summary>The time between two samples.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How many samples found each consumer busy; with several slots, which part of them.</summary>
    private readonly double[] _busy = new double[consumers.Count];

    /// <summary>How many samples there were.</summary>
    private int _count;

    /// <summary>Takes a sample.</summary>
    internal void Take()
    {
        _count++;
        for (var at = 0; at < consumers.Count; at++)
            _busy[at] += consumers[at].BusyNow;
    }

    /// <summary>Describes the consumers, and begins anew.</summary>
    /// <param name="isActive">Whether a consumer's values come to this process.</param>
    internal IReadOnlyList<ReportedConsumer> Describe(Func<string, bool> isActive)
    {
        ReportedConsumer[] reported = [.. consumers.Select((consumer, at) =>
        {
            var status = consumer.Status;
            return new ReportedConsumer(
                status.Name,
                isActive(status.Name),
                status.State,
                status.IsStalled,
                _count == 0 ? 0 : Math.Round(_busy[at] / _count, 2),
                status.Subscription is { HoldsValue: true, HeldFor: var held } ? Math.Round(held.TotalSeconds, 3) : null,
                status.Subscription?.Lag ?? 0);
        })];
        Array.Clear(_busy);
        _count = 0;
        return reported;
    }
}
