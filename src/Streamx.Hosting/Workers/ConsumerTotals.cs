namespace Streamx.Hosting.Workers;

/// <summary>The outcomes of a consumer's values, over all its attachments.</summary>
/// <remarks>
/// The subscription counts finished and abandoned values. This class counts skipped and dead-lettered values, and subtracts them
/// from one count or the other: for the stream, a value is finished once the next is asked for, but a value whose letter was
/// taken may still be abandoned if the consumer leaves right then. Once it has been counted as abandoned it remains so, although its
/// letter may be taken later: it has one outcome, in metrics as in the report. Any thread may read the totals; they are exact once the run
/// is over.
/// </remarks>
internal sealed class ConsumerTotals
{
    /// <summary>Ensures that a value gets one outcome: guards all writes to the counts here.</summary>
    private readonly Lock _lock = new();

    private long _firstPosition;
    private long _finishedBefore;
    private long _abandonedBefore;
    private long _gatingBefore;
    private long _skipped;
    private long _deadLettered;
    private long _retries;

    /// <summary>How many values of the item in hand have been skipped or dead-lettered.</summary>
    private long _settledInHand;

    /// <summary>
    /// How many values the attachment had finished when the item was taken: once there are more, it is no longer in hand.
    /// </summary>
    /// <remarks>The subscription takes the next item before the run learns of it.</remarks>
    private long _finishedBeforeItem;

    /// <summary>How many skipped or dead-lettered values count as abandoned for the stream.</summary>
    private long _settledAbandoned;

    /// <summary>The number of the current attachment, or of the last one.</summary>
    private int _attachment;

    /// <summary>The number of the last attachment whose abandoned values have been counted.</summary>
    private int _countedAttachment;

    /// <summary>How many values could not be read, and so never entered the stream.</summary>
    private long _unreadable;

    /// <summary>How many values were skipped because no dead-letter handler took them.</summary>
    internal long Skipped => Interlocked.Read(ref _skipped) + Interlocked.Read(ref _unreadable);

    /// <summary>How many values the dead-letter handler took.</summary>
    internal long DeadLettered => Interlocked.Read(ref _deadLettered);

    /// <summary>How many values of the item in hand have been skipped or dead-lettered.</summary>
    internal long SettledInHand => Interlocked.Read(ref _settledInHand);

    /// <summary>How many retries there were.</summary>
    internal long Retries => Interlocked.Read(ref _retries);

    /// <summary>Counts a value that could not be read.</summary>
    internal void OnUnreadable() => Interlocked.Increment(ref _unreadable);

    /// <summary>Counts a retry.</summary>
    internal void OnRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Counts values of the item in hand that no dead-letter handler took.</summary>
    /// <param name="count">How many.</param>
    /// <param name="now">The subscription, with the item in hand.</param>
    /// <returns>Whether they were counted: false if they have been counted as abandoned.</returns>
    internal bool OnSkipped(int count, SubscriptionSnapshot now) => TrySettle(ref _skipped, count, now);

    /// <summary>Counts a value of the item in hand that the dead-letter handler took.</summary>
    /// <param name="now">The subscription, with the item in hand.</param>
    /// <returns>Whether it was counted: false if it has been counted as abandoned.</returns>
    internal bool OnDeadLettered(SubscriptionSnapshot now) => TrySettle(ref _deadLettered, 1, now);

    /// <summary>The stream has accepted the item in hand as finished.</summary>
    internal void OnFinished()
    {
        if (_settledInHand != 0) Interlocked.Exchange(ref _settledInHand, 0);
    }

    /// <summary>The first attachment begins.</summary>
    /// <returns>The number of the attachment.</returns>
    internal int Start(SubscriptionSnapshot joined)
    {
        _firstPosition = joined.Position;
        return _attachment = 1;
    }

    /// <summary>An attachment is over, the values that it abandoned have been counted, and another begins.</summary>
    /// <returns>The number of the new one.</returns>
    internal int Add(SubscriptionSnapshot left)
    {
        lock (_lock)
        {
            _settledAbandoned += SettledAbandonedIn(left);
            _finishedBefore += left.ValuesFinished;
            _abandonedBefore += left.ValuesAbandoned;
            _gatingBefore += left.TimeGating.Ticks;
            OnFinished();
            return ++_attachment;
        }
    }

    /// <summary>An attachment is over: counts the values that it abandoned, once.</summary>
    /// <param name="number">The number of the attachment.</param>
    /// <param name="left">The subscription. If it has not left after all, nothing is counted.</param>
    internal long CountAbandoned(int number, SubscriptionSnapshot left)
    {
        lock (_lock)
        {
            if (left.ValuesAbandoned == 0 || number <= _countedAttachment) return 0;
            _countedAttachment = number;
            return left.ValuesAbandoned - SettledAbandonedIn(left);
        }
    }

    /// <summary>How many values were handled.</summary>
    internal long Finished(SubscriptionSnapshot? now) =>
        _finishedBefore + (now?.ValuesFinished ?? 0) - (Interlocked.Read(ref _skipped) + DeadLettered - _settledAbandoned - SettledUnfinishedIn(now));

    /// <summary>How many values were in hand when it left, in any of its attachments, and neither handled nor taken.</summary>
    internal long Abandoned(SubscriptionSnapshot? now) =>
        _abandonedBefore + (now?.ValuesAbandoned ?? 0) - _settledAbandoned - SettledAbandonedIn(now);

    /// <summary>How many accepted values it never got.</summary>
    internal long Undelivered(SubscriptionSnapshot now, long accepted) => now.Mode == SubscriptionMode.Every
        // An item that is still in hand belongs to neither count.
        ? Math.Max(0, accepted - _firstPosition - _finishedBefore - _abandonedBefore - now.ValuesFinished - now.ValuesAbandoned - (now.HoldsValue ? 1 : 0))
        : now.Lag;

    /// <summary>How long producers waited for it.</summary>
    internal TimeSpan Gating(SubscriptionSnapshot? now) => TimeSpan.FromTicks(_gatingBefore) + (now?.TimeGating ?? TimeSpan.Zero);

    private bool TrySettle(ref long counter, int count, SubscriptionSnapshot now)
    {
        lock (_lock)
        {
            if (_countedAttachment == _attachment) return false;
            Interlocked.Exchange(ref _finishedBeforeItem, now.ValuesFinished);
            Interlocked.Add(ref counter, count);
            Interlocked.Add(ref _settledInHand, count);
            return true;
        }
    }

    private long SettledAbandonedIn(SubscriptionSnapshot? subscription) => subscription is { ValuesAbandoned: > 0 } ? SettledInHandOf(subscription) : 0;

    /// <summary>The skipped or dead-lettered values that the stream does not count as finished (yet).</summary>
    private long SettledUnfinishedIn(SubscriptionSnapshot? subscription) => subscription is { ValuesAbandoned: > 0 } or { HoldsValue: true } ? SettledInHandOf(subscription) : 0;

    private long SettledInHandOf(SubscriptionSnapshot subscription)
    {
        var settled = Interlocked.Read(ref _settledInHand);
        return settled != 0 && subscription.ValuesFinished == Interlocked.Read(ref _finishedBeforeItem) ? settled : 0;
    }
}
