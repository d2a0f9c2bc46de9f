namespace Streamx.Hosting.Workers;

/// <summary>
/// Counts the outcomes of a consumer's values, in its totals and for listeners alike: a value has the same single outcome in both.
/// Remembers the last ones that it could not handle.
/// </summary>
/// <param name="totals">The totals over all attachments.</param>
/// <param name="telemetry">Notifies listeners.</param>
/// <param name="clock">The stream's clock.</param>
internal sealed class ConsumerOutcomes(ConsumerTotals totals, ConsumerTelemetry telemetry, TimeProvider clock)
{
    /// <summary>The last values that were skipped or dead-lettered.</summary>
    private readonly FailedValues _failedValues = new();

    /// <summary>
    /// Serialises counting and reporting the outcomes of values in hand: a report made after that agrees with what listeners have been
    /// told.
    /// </summary>
    private readonly Lock _counting = new();

    /// <summary>Another attachment begins, once the values that the previous one abandoned have been counted.</summary>
    /// <returns>The number of the attachment.</returns>
    internal int Begin(Attachment? before, ConsumerSubscription joined)
    {
        if (before is null) return totals.Start(joined.GetSnapshot());
        // The thread that took the consumer out may not have counted them yet.
        OnLeft(before);
        return totals.Add(before.Subscription.GetSnapshot());
    }

    /// <summary>The last values that were skipped or dead-lettered, the oldest first.</summary>
    internal IReadOnlyList<StreamxFailedValue> FailedValues => _failedValues.Last;

    /// <summary>A value that cannot be read is skipped.</summary>
    /// <param name="item">The value.</param>
    /// <param name="error">Why it cannot be read.</param>
    internal void OnUnreadable(ItemInHand item, Exception error)
    {
        Note(item, 0, error, wasDeadLettered: false);
        lock (_counting)
        {
            totals.OnSkipped(1);
            telemetry.OnItems(ItemOutcome.Skipped, 1);
        }
    }

    /// <summary>Counts values in hand that no dead-letter handler took, unless the consumer has left: they are abandoned then.</summary>
    /// <param name="values">The values.</param>
    /// <param name="slot">The slot that has them in hand.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="error">What the last try failed with.</param>
    internal void OnSkipped(IValuesInHand values, SlotTelemetry slot, int count, Exception error)
    {
        var item = values.Item;
        // Of a batch with more values than are remembered, the last ones are kept.
        for (var index = Math.Max(0, count - Failures.FailedValues.Capacity); index < count; index++)
            Note(item, index, error, wasDeadLettered: false);
        lock (_counting)
        {
            if (values.SettleOtherwise(0, count) is not (> 0 and var settled)) return;
            totals.OnSkipped(settled);
            slot.OnSettledOtherwise(ItemOutcome.Skipped, settled);
        }
    }

    /// <summary>Counts a value in hand that the dead-letter handler took, unless the consumer has left: it is abandoned then.</summary>
    /// <param name="values">The values in hand.</param>
    /// <param name="slot">The slot that has them in hand.</param>
    /// <param name="index">Which of them it is.</param>
    /// <param name="error">What the last try failed with.</param>
    internal void OnDeadLettered(IValuesInHand values, SlotTelemetry slot, int index, Exception error)
    {
        Note(values.Item, index, error, wasDeadLettered: true);
        lock (_counting)
        {
            if (values.SettleOtherwise(index, 1) == 0) return;
            totals.OnDeadLettered();
            slot.OnSettledOtherwise(ItemOutcome.DeadLettered, 1);
        }
    }

    /// <summary>An attachment is over, or is about to be. The first caller counts and reports the values that it abandoned.</summary>
    internal void OnLeft(Attachment attachment, Exception? error = null)
    {
        telemetry.OnLeft(error);
        lock (_counting) telemetry.OnAbandoned(totals.CountAbandoned(attachment.Number, attachment.Subscription.GetSnapshot()), error);
    }

    /// <summary>The consumer's counts so far.</summary>
    /// <param name="last">Its last attachment; null if there has been none.</param>
    /// <param name="accepted">How many values the stream has accepted.</param>
    /// <param name="hasReturned">Whether its code has returned.</param>
    internal ConsumerShutdownReport Report(Attachment? last, long accepted, bool hasReturned)
    {
        // An abort has taken the consumer out, if no other caller has, and its code may not have returned.
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
            Concurrency = telemetry.Slots.Count,
            HasReturned = hasReturned,
        };
    }

    private void Note(ItemInHand item, int index, Exception error, bool wasDeadLettered) => _failedValues.Add(new StreamxFailedValue
    {
        Position = item.NumberOf(index),
        WasDeadLettered = wasDeadLettered,
        Failure = StreamxFailure.Of(error, clock, item, index),
    });
}
