namespace Streamx.Hosting.Workers;

/// <summary>Counts what becomes of a consumer's values, in its totals and for listeners alike: a value has one outcome in both.</summary>
/// <typeparam name="T">The type of the stream's values.</typeparam>
/// <param name="totals">The totals over all stays.</param>
/// <param name="telemetry">Tells listeners.</param>
internal sealed class ConsumerOutcomes<T>(ConsumerTotals totals, ConsumerTelemetry telemetry)
{
    /// <summary>Lets one at a time count what has become of values in hand, and tell it: who reports after that, listeners know as much.</summary>
    private readonly Lock _counting = new();

    /// <summary>Another stay begins, once what the one before abandoned has been counted.</summary>
    /// <returns>The number of the stay.</returns>
    internal int BeginStay(Attachment<T>? before, StreamSubscription<T> joined)
    {
        if (before is null) return totals.Start(joined.GetSnapshot());
        // Who took it out may not have come to count that.
        OnLeft(before);
        return totals.Add(before.Subscription.GetSnapshot());
    }

    /// <summary>A value that cannot be read is passed over.</summary>
    internal void OnUnreadable()
    {
        lock (_counting)
        {
            totals.OnUnreadable();
            telemetry.OnItems(ItemOutcome.Skipped, 1);
        }
    }

    /// <summary>Counts values in hand that nobody took, unless they have been counted as abandoned.</summary>
    internal void OnSkipped(Attachment<T> attachment, int count)
    {
        lock (_counting)
        {
            if (totals.OnSkipped(count, attachment.Subscription.GetSnapshot())) telemetry.OnItems(ItemOutcome.Skipped, count);
        }
    }

    /// <summary>Counts a value in hand that the dead-letter handler took, unless it has been counted as abandoned.</summary>
    internal void OnDeadLettered(Attachment<T> attachment)
    {
        lock (_counting)
        {
            if (totals.OnDeadLettered(attachment.Subscription.GetSnapshot())) telemetry.OnItems(ItemOutcome.DeadLettered, 1);
        }
    }

    /// <summary>A stay is over, or is going to be: what it abandoned is counted and told, by whoever comes first.</summary>
    internal void OnLeft(Attachment<T> attachment, Exception? error = null)
    {
        telemetry.OnLeft(error);
        lock (_counting) telemetry.OnAbandoned(totals.CountAbandoned(attachment.Stay, attachment.Subscription.GetSnapshot()), error);
    }

    /// <summary>What the consumer has done so far.</summary>
    /// <param name="last">Its last stay; null if there has been none.</param>
    /// <param name="accepted">How many values the stream has accepted.</param>
    /// <param name="hasReturned">Whether its code has returned.</param>
    internal ConsumerShutdownReport Report(Attachment<T>? last, long accepted, bool hasReturned)
    {
        // An abort has taken it out, if nobody else has, and its code may not have returned.
        if (last is not null) OnLeft(last);
        var snapshot = last?.Subscription.GetSnapshot();
        return new ConsumerShutdownReport
        {
            Name = telemetry.Name,
            Finished = totals.Finished(snapshot),
            Skipped = totals.Skipped,
            DeadLettered = totals.DeadLettered,
            Aborted = totals.Abandoned(snapshot),
            Undelivered = snapshot is null ? 0 : totals.Undelivered(snapshot, accepted),
            TimeWaitedFor = totals.Gating(snapshot),
            TimeWaitingForOutput = telemetry.OutputWaits.Time,
            HasReturned = hasReturned,
        };
    }
}
